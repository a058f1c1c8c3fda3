//! Contract tests of `sign_in`: answers, lockout margin, missing accounts.

use super::{MARGIN, World, found, password};
use end2end::directory::content::LOCKOUT_THRESHOLD;
use end2end::people::FIRST_PASSWORD;
use server::ports::directory::{Account, PasswordCheck};

const WRONG: &str = "Vergeten-En-Fout-1";

async fn sign_in(world: &dyn World, account: &Account, text: &str) -> PasswordCheck {
    world.directory().sign_in(Some(account), &password(text), MARGIN).await.unwrap()
}

pub(in crate::directory) async fn right_password_signs_in_and_wrong_one_does_not(world: &dyn World) {
    let account = found(world.directory(), &world.spare(8).await).await;
    assert_eq!(sign_in(world, &account, FIRST_PASSWORD).await, PasswordCheck::Right);
    assert_eq!(sign_in(world, &account, WRONG).await, PasswordCheck::Rejected);
    assert_eq!(sign_in(world, &account, FIRST_PASSWORD).await, PasswordCheck::Right);
}

pub(in crate::directory) async fn sign_in_without_account_always_fails(world: &dyn World) {
    for text in [FIRST_PASSWORD, WRONG] {
        assert_eq!(
            world.directory().sign_in(None, &password(text), MARGIN).await.unwrap(),
            PasswordCheck::Rejected
        );
    }
}

pub(in crate::directory) async fn disabled_account_cannot_sign_in(world: &dyn World) {
    let carla = found(world.directory(), "C.Peters").await;
    assert_eq!(sign_in(world, &carla, FIRST_PASSWORD).await, PasswordCheck::Rejected);
}

pub(in crate::directory) async fn locked_account_reports_lockout_risk(world: &dyn World) {
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

pub(in crate::directory) async fn wrong_passwords_stop_at_the_lockout_margin(world: &dyn World) {
    let directory = world.directory();
    let account = found(directory, &world.spare(10).await).await;
    for _ in 0..LOCKOUT_THRESHOLD - i64::from(MARGIN) {
        assert_eq!(sign_in(world, &account, WRONG).await, PasswordCheck::Rejected);
    }
    for text in [WRONG, WRONG, WRONG, FIRST_PASSWORD] {
        assert_eq!(sign_in(world, &account, text).await, PasswordCheck::LockoutRisk);
    }
    // The account is not locked: at a workplace the right password still works, and restarts the count.
    assert_eq!(directory.verify_password(&account, &password(FIRST_PASSWORD)).await.unwrap(), Some(true));
    assert_eq!(sign_in(world, &account, FIRST_PASSWORD).await, PasswordCheck::Right);
}

pub(in crate::directory) async fn parallel_wrong_passwords_stop_at_the_lockout_margin(world: &dyn World) {
    let directory = world.directory();
    let account = found(directory, &world.spare(11).await).await;
    let results = futures::future::join_all((0..20).map(|_| sign_in(world, &account, WRONG))).await;
    let attempted = results.iter().filter(|result| **result == PasswordCheck::Rejected).count();
    assert_eq!(i64::try_from(attempted).unwrap(), LOCKOUT_THRESHOLD - i64::from(MARGIN), "{results:?}");
    assert_eq!(directory.verify_password(&account, &password(FIRST_PASSWORD)).await.unwrap(), Some(true));
}

pub(in crate::directory) async fn deleted_account_cannot_sign_in(world: &dyn World) {
    let before = found(world.directory(), &world.spare(12).await).await;
    world.recreate(&before.login).await;
    assert_eq!(sign_in(world, &before, FIRST_PASSWORD).await, PasswordCheck::Rejected);
}
