//! Known devices: a sign-in with a code makes the browser known; a change of number or app revokes them.

use super::world::{EnrollmentBrowser, world};
use crate::reset::world::{CURRENT_PASSWORD, World};
use jiff::SignedDuration;
use server::ports::clock::Clock as _;
use server::ports::devices::{Device, DeviceId, Devices as _};
use server::ports::directory::AccountId;

fn account(world: &World, login: &str) -> AccountId {
    world.directory.member(login).unwrap().account.id
}

async fn registered_device(world: &World, login: &str) -> AccountId {
    let (account, created) = (account(world, login), world.clock.now());
    let device = Device { account, created, expires: created + SignedDuration::from_hours(24) };
    world.store.register_device(DeviceId([7; 16]), device, 10).await.unwrap();
    account
}

#[tokio::test]
async fn sign_in_with_a_code_makes_the_browser_known_and_a_password_alone_does_not() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.sign_in("E.Hendriks", CURRENT_PASSWORD).await.unwrap();
    assert_eq!(enrollment.device, None);
    enrollment.sign_in("A.Janssen", CURRENT_PASSWORD).await.unwrap();
    assert_eq!(enrollment.device, None);
    enrollment.code(&world.code_of("A.Janssen")).await.unwrap();
    assert_eq!(enrollment.device, Some(account(&world, "A.Janssen")));
}

#[tokio::test]
async fn replaced_app_or_number_revokes_the_known_devices() {
    let world = world().await;
    let mut enrollment = EnrollmentBrowser::new(&world);
    enrollment.reach_overview(&world, "A.Janssen").await;
    let account = registered_device(&world, "A.Janssen").await;
    enrollment.mobile("06-12345678").await.unwrap();
    assert_eq!(world.store.devices_of(account).await.unwrap().len(), 1, "a first number replaces nothing");
    enrollment.mobile("06-87654321").await.unwrap();
    assert_eq!(world.store.devices_of(account).await.unwrap(), []);
    registered_device(&world, "A.Janssen").await;
    enrollment.activate().await.unwrap();
    assert_eq!(world.store.devices_of(account).await.unwrap(), []);
}
