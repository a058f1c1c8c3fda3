//! A26: the outcome of a write is that of its own result code, whatever other operations on the connection report.

use super::{Trust, adapter, found};
use app::domain::password::Password;
use end2end::directory::{Directory as Simulator, SimulatorConfig};
use end2end::people::FIRST_PASSWORD;
use server::adapters::clock::SystemClock;
use server::ports::directory::{Directory as _, SetPasswordError};
use server::reset::password_write::outcome::{self, WriteOutcome};

const NEW: &str = "Molen-Wiek-Wind-8";

#[tokio::test]
async fn a26_refused_write_stays_refused_although_later_operations_succeed() {
    let trust = Trust::new();
    let simulator = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let ldap = adapter(vec![simulator.url()], trust.file.path());
    let before = found(&ldap, "A.Janssen").await;
    // Shorter than the policy of the simulator allows.
    let refused = ldap.set_password(&before, &Password::new("Kort-1")).await;
    assert!(matches!(refused, Err(SetPasswordError::Refused { .. })), "{refused:?}");
    // The next operation, on the same connection, succeeds.
    assert!(ldap.read_at(&simulator.url(), before.id).await.unwrap().is_some());
    let refused = outcome::set(&ldap, &SystemClock, &before, &Password::new("Kort-1")).await;
    assert!(matches!(refused, WriteOutcome::Refused { .. }), "{refused:?}");
    assert!(simulator.has_password("A.Janssen", FIRST_PASSWORD));
    assert_eq!(found(&ldap, "A.Janssen").await.password_last_set, before.password_last_set);
}

#[tokio::test]
async fn a26_accepted_write_is_what_the_directory_shows_afterwards() {
    let trust = Trust::new();
    let simulator = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let ldap = adapter(vec![simulator.url()], trust.file.path());
    let before = found(&ldap, "A.Janssen").await;
    let set = outcome::set(&ldap, &SystemClock, &before, &Password::new(NEW)).await;
    assert!(matches!(&set, WriteOutcome::Set { server } if *server == simulator.url()), "{set:?}");
    let after = found(&ldap, "A.Janssen").await;
    assert!(after.password_last_set > before.password_last_set);
    for (password, expected) in [(NEW, true), (FIRST_PASSWORD, false)] {
        let verified = ldap.verify_password(&after, &Password::new(password)).await.unwrap();
        assert_eq!(verified, Some(expected), "{password}");
    }
}
