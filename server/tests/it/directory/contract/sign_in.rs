//! The contract's part about signing in. Not the resets.

use super::{MARGIN, World, found, password};
use end2end::directory::content::LOCKOUT_THRESHOLD;
use end2end::people::FIRST_PASSWORD;
use server::ports::directory::{Account, PasswordCheck};

const WRONG: &str = "Vergeten-En-Fout-1";

async fn sign_in(world: &dyn World, account: &Account, text: &str) -> PasswordCheck {
    world.directory().sign_in(Some(account), &password(text), MARGIN).await.unwrap()
}

pub(in crate::directory) async fn a_right_password_signs_in_and_a_wrong_one_does_not(world: &dyn World) {
    let account = found(world.directory(), &world.spare(8).await).await;
    assert_eq!(sign_in(world, &account, FIRST_PASSWORD).await, PasswordCheck::Right);
    assert_eq!(sign_in(world, &account, WRONG).await, PasswordCheck::Not);
    assert_eq!(sign_in(world, &account, FIRST_PASSWORD).await, PasswordCheck::Right);
}

pub(in crate::directory) async fn nobody_signs_in_with_any_password(world: &dyn World) {
    for text in [FIRST_PASSWORD, WRONG] {
        assert_eq!(
            world.directory().sign_in(None, &password(text), MARGIN).await.unwrap(),
            PasswordCheck::Not
        );
    }
}

pub(in crate::directory) async fn a_disabled_account_does_not_sign_in(world: &dyn World) {
    let carla = found(world.directory(), "C.Peters").await;
    assert_eq!(sign_in(world, &carla, FIRST_PASSWORD).await, PasswordCheck::Not);
}

pub(in crate::directory) async fn a_locked_account_is_not_asked(world: &dyn World) {
    let directory = world.directory();
    let account = found(directory, &world.spare(9).await).await;
    for _ in 0..LOCKOUT_THRESHOLD {
        assert_eq!(directory.verify_password(&account, &password(WRONG)).await.unwrap(), Some(false));
    }
    for margin in [0, MARGIN] {
        let answer = directory.sign_in(Some(&account), &password(FIRST_PASSWORD), margin).await.unwrap();
        assert_eq!(answer, PasswordCheck::LockoutRisk, "{margin}");
    }
}

pub(in crate::directory) async fn no_wrong_password_comes_nearer_to_the_lockout_than_the_margin(
    world: &dyn World,
) {
    let directory = world.directory();
    let account = found(directory, &world.spare(10).await).await;
    for _ in 0..LOCKOUT_THRESHOLD - i64::from(MARGIN) {
        assert_eq!(sign_in(world, &account, WRONG).await, PasswordCheck::Not);
    }
    for text in [WRONG, WRONG, WRONG, FIRST_PASSWORD] {
        assert_eq!(sign_in(world, &account, text).await, PasswordCheck::LockoutRisk);
    }
    // It did not lock: at a workplace the right password still is one, and begins the count anew.
    assert_eq!(directory.verify_password(&account, &password(FIRST_PASSWORD)).await.unwrap(), Some(true));
    assert_eq!(sign_in(world, &account, FIRST_PASSWORD).await, PasswordCheck::Right);
}

pub(in crate::directory) async fn a_crowd_of_wrong_passwords_stops_at_the_margin(world: &dyn World) {
    let directory = world.directory();
    let account = found(directory, &world.spare(11).await).await;
    let all = futures::future::join_all((0..20).map(|_| sign_in(world, &account, WRONG))).await;
    let asked = all.iter().filter(|answer| **answer == PasswordCheck::Not).count();
    assert_eq!(i64::try_from(asked).unwrap(), LOCKOUT_THRESHOLD - i64::from(MARGIN), "{all:?}");
    assert_eq!(directory.verify_password(&account, &password(FIRST_PASSWORD)).await.unwrap(), Some(true));
}

pub(in crate::directory) async fn an_account_that_is_gone_does_not_sign_in(world: &dyn World) {
    let before = found(world.directory(), &world.spare(12).await).await;
    world.recreate(&before.login).await;
    assert_eq!(sign_in(world, &before, FIRST_PASSWORD).await, PasswordCheck::Not);
}
