//! What only the pretend directory can show of a sign-in: what was sent, and what is not sent when the
//! counters cannot be read.

use super::{Trust, adapter, found};
use app::domain::password::Password;
use end2end::directory::content::{STRICTER_LOCKOUT_THRESHOLD, SVC_UPN};
use end2end::directory::{Directory as Pretend, Fault, LdapResultCode, Operation, SimulatorConfig};
use end2end::people::{FIRST_PASSWORD, PEOPLE};
use server::adapters::ldap::ActiveDirectory;
use server::ports::directory::{Directory, DirectoryError, PasswordCheck};
use server::ports::health_finding::State;

const WRONG: &str = "Vergeten-En-Fout-1";

async fn setup() -> (Pretend, ActiveDirectory) {
    let trust = Trust::new();
    let pretend = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let ldap = adapter(vec![pretend.url()], trust.file.path());
    (pretend, ldap)
}

async fn sign_in(ldap: &ActiveDirectory, name: &str, text: &str) -> Result<PasswordCheck, DirectoryError> {
    ldap.sign_in(Some(&found(ldap, name).await), &Password::new(text), 2).await
}

/// F.Vermeulen locks after fewer wrong passwords than the others.
pub(super) async fn the_stricter_lockout_keeps_its_margin(ldap: &ActiveDirectory) {
    for _ in 0..STRICTER_LOCKOUT_THRESHOLD - 2 {
        assert_eq!(sign_in(ldap, "F.Vermeulen", WRONG).await.unwrap(), PasswordCheck::Not);
    }
    assert_eq!(sign_in(ldap, "F.Vermeulen", WRONG).await.unwrap(), PasswordCheck::LockoutRisk);
}

#[tokio::test]
async fn the_lockout_of_a_stricter_policy_keeps_its_margin() {
    the_stricter_lockout_keeps_its_margin(&setup().await.1).await;
}

/// What arrived, without the names that were asked about.
fn shapes(pretend: &Pretend) -> Vec<String> {
    let shape = |operation| match operation {
        Operation::Search { base, filter } if base.starts_with("<GUID=") => format!("search <GUID> {filter}"),
        Operation::Search { base, filter } => format!("search {base} {filter}"),
        Operation::Bind { accepted, .. } => format!("bind {accepted}"),
        other @ (Operation::StartTls | Operation::Modify { .. }) => format!("{other:?}"),
    };
    pretend.seen().into_iter().map(shape).collect()
}

#[tokio::test]
async fn a35_a_sign_in_of_nobody_makes_the_same_calls_and_never_sends_what_was_typed() {
    let (pretend, ldap) = setup().await;
    let accounts = [Some(found(&ldap, "A.Janssen").await), Some(found(&ldap, "C.Peters").await), None];
    // The first on a connection asks whether counters are shown at all, whoever it is about.
    ldap.sign_in(None, &Password::new(WRONG), 2).await.unwrap();
    let mut all = Vec::new();
    for account in &accounts {
        pretend.forget_seen();
        let typed = format!("Getypt-{}-1", account.as_ref().map_or("niemand", |account| &account.login));
        let answer = ldap.sign_in(account.as_ref(), &Password::new(typed.clone()), 2).await.unwrap();
        assert_eq!(answer, PasswordCheck::Not);
        assert_eq!(pretend.was_told(&typed), account.is_some());
        all.push(shapes(&pretend));
    }
    assert_eq!(all[0].len(), 4, "{all:#?}");
    assert!(all.iter().all(|shape| *shape == all[0]), "{all:#?}");
    // Each time it is somebody else who is not there.
    let strangers = || {
        let binds = pretend.seen().into_iter().filter_map(|operation| match operation {
            Operation::Bind { name, .. } => Some(name),
            Operation::StartTls | Operation::Search { .. } | Operation::Modify { .. } => None,
        });
        binds.collect::<Vec<_>>()
    };
    ldap.sign_in(None, &Password::new(WRONG), 2).await.unwrap();
    let names = strangers();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
    assert!(names.iter().all(|name| name.ends_with(",OU=Staff,DC=pantein,DC=grp")), "{names:?}");
}

#[tokio::test]
async fn counters_that_cannot_be_read_are_an_error_and_no_bind() {
    let (pretend, ldap) = setup().await;
    let fatma = found(&ldap, "F.Vermeulen").await;
    pretend.hide_stricter_policy();
    let outcome = ldap.sign_in(Some(&fatma), &Password::new(FIRST_PASSWORD), 2).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
    let anna = found(&ldap, "A.Janssen").await;
    pretend.set("A.Janssen", "badPwdCount", &["veel"]);
    let outcome = ldap.sign_in(Some(&anna), &Password::new(FIRST_PASSWORD), 2).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
    pretend.set_fault(Some(Fault::Refuse(LdapResultCode::InsufficentAccessRights)));
    let outcome = ldap.sign_in(Some(&anna), &Password::new(FIRST_PASSWORD), 2).await;
    assert!(matches!(outcome, Err(DirectoryError::Answer { .. })), "{outcome:?}");
    let others = |operation: &Operation| matches!(operation, Operation::Bind { name, .. } if name != SVC_UPN);
    assert!(!pretend.seen().iter().any(others));
    assert!(!pretend.was_told(FIRST_PASSWORD));
}

#[tokio::test]
async fn wrong_passwords_of_long_ago_do_not_count() {
    let (pretend, ldap) = setup().await;
    pretend.set("A.Janssen", "badPwdCount", &["4"]);
    pretend.set("A.Janssen", "badPasswordTime", &["132000000000000000"]);
    assert_eq!(sign_in(&ldap, "A.Janssen", WRONG).await.unwrap(), PasswordCheck::Not);
    assert_eq!(pretend.entry("A.Janssen").unwrap().number("badPwdCount"), Some(1));
    // The same number of fresh ones does.
    pretend.set("A.Janssen", "badPwdCount", &["4"]);
    assert_eq!(sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await.unwrap(), PasswordCheck::LockoutRisk);
}

#[tokio::test]
async fn a_controller_that_has_no_counters_yet_has_counted_nothing() {
    let (pretend, ldap) = setup().await;
    pretend.set("A.Janssen", "badPwdCount", &[]);
    pretend.set("A.Janssen", "badPasswordTime", &[]);
    assert_eq!(sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn where_nobodys_counters_are_shown_they_are_not_taken_for_zero() {
    let (pretend, ldap) = setup().await;
    for person in PEOPLE {
        pretend.set(person.user_name, "badPwdCount", &[]);
    }
    let outcome = sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
    assert!(!pretend.was_told(FIRST_PASSWORD));
    let rows = ldap.check().await;
    let row = rows.iter().find(|row| row.what.ends_with("wrong passwords")).unwrap();
    assert_eq!(row.state, State::Warning);
    // One wrong password of anybody shows that they can be read.
    pretend.set("B.Smits", "badPwdCount", &["1"]);
    assert_eq!(sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn where_nothing_locks_no_margin_is_kept() {
    let (pretend, ldap) = setup().await;
    pretend.set_domain("lockoutThreshold", 0);
    for _ in 0..8 {
        assert_eq!(sign_in(&ldap, "A.Janssen", WRONG).await.unwrap(), PasswordCheck::Not);
    }
    assert_eq!(sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn an_account_past_its_end_or_that_must_change_does_not_sign_in() {
    let (pretend, ldap) = setup().await;
    for (attribute, value) in [("accountExpires", "132000000000000000"), ("pwdLastSet", "0")] {
        pretend.hire("Reserve.01");
        pretend.set("Reserve.01", attribute, &[value]);
        assert_eq!(
            sign_in(&ldap, "Reserve.01", FIRST_PASSWORD).await.unwrap(),
            PasswordCheck::Not,
            "{attribute}"
        );
    }
}

#[tokio::test]
async fn the_second_server_takes_over_counters_and_bind_together() {
    let trust = Trust::new();
    let first = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    let anna = found(&ldap, "A.Janssen").await;
    first.set_fault(Some(Fault::Refuse(LdapResultCode::Busy)));
    let answer = ldap.sign_in(Some(&anna), &Password::new(FIRST_PASSWORD), 2).await.unwrap();
    assert_eq!(answer, PasswordCheck::Right);
    assert!(!first.was_told(FIRST_PASSWORD));
    assert!(second.was_told(FIRST_PASSWORD));
}
