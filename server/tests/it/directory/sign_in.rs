//! Sign-ins under conditions that only the simulator can show: the requests sent, and that no bind is sent if the
//! lockout counters are unreadable.

use super::{Trust, adapter, found};
use app::domain::password::Password;
use end2end::directory::content::{STRICTER_LOCKOUT_THRESHOLD, SVC_UPN};
use end2end::directory::{Directory as Simulator, Fault, LdapResultCode, Operation, SimulatorConfig};
use end2end::people::{FIRST_PASSWORD, PEOPLE};
use server::adapters::ldap::ActiveDirectory;
use server::ports::directory::{Directory, DirectoryError, PasswordCheck};
use server::ports::health_finding::State;

const WRONG: &str = "Vergeten-En-Fout-1";

async fn setup() -> (Simulator, ActiveDirectory) {
    let trust = Trust::new();
    let simulator = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let ldap = adapter(vec![simulator.url()], trust.file.path());
    (simulator, ldap)
}

async fn sign_in(ldap: &ActiveDirectory, name: &str, text: &str) -> Result<PasswordCheck, DirectoryError> {
    ldap.sign_in(Some(&found(ldap, name).await), &Password::new(text), 2).await
}

/// F.Vermeulen locks after fewer wrong passwords than the others.
pub(super) async fn assert_stricter_lockout_keeps_the_margin(ldap: &ActiveDirectory) {
    for _ in 0..STRICTER_LOCKOUT_THRESHOLD - 2 {
        assert_eq!(sign_in(ldap, "F.Vermeulen", WRONG).await.unwrap(), PasswordCheck::Rejected);
    }
    assert_eq!(sign_in(ldap, "F.Vermeulen", WRONG).await.unwrap(), PasswordCheck::LockoutRisk);
}

#[tokio::test]
async fn stricter_lockout_policy_keeps_the_margin() {
    assert_stricter_lockout_keeps_the_margin(&setup().await.1).await;
}

/// The received requests without the account they are about.
fn requests(simulator: &Simulator) -> Vec<String> {
    let anonymous = |operation| match operation {
        Operation::Search { base, filter } if base.starts_with("<GUID=") => format!("search <GUID> {filter}"),
        Operation::Search { base, filter } => format!("search {base} {filter}"),
        Operation::Bind { accepted, .. } => format!("bind {accepted}"),
        other @ (Operation::StartTls | Operation::Modify { .. }) => format!("{other:?}"),
    };
    simulator.seen().into_iter().map(anonymous).collect()
}

#[tokio::test]
async fn a35_sign_in_without_account_makes_the_same_calls_and_never_sends_the_password() {
    let (simulator, ldap) = setup().await;
    let accounts = [Some(found(&ldap, "A.Janssen").await), Some(found(&ldap, "C.Peters").await), None];
    // The first sign-in on a connection queries whether counters are readable at all, for any account.
    ldap.sign_in(None, &Password::new(WRONG), 2).await.unwrap();
    let mut all = Vec::new();
    for account in &accounts {
        simulator.clear_operations();
        let typed = format!("Getypt-{}-1", account.as_ref().map_or("niemand", |account| &account.login));
        let answer = ldap.sign_in(account.as_ref(), &Password::new(typed.clone()), 2).await.unwrap();
        assert_eq!(answer, PasswordCheck::Rejected);
        assert_eq!(simulator.has_received_password(&typed), account.is_some());
        all.push(requests(&simulator));
    }
    assert_eq!(all[0].len(), 4, "{all:#?}");
    assert!(all.iter().all(|requests| *requests == all[0]), "{all:#?}");
    // Each sign-in without account uses another decoy account.
    let bind_names = || {
        let binds = simulator.seen().into_iter().filter_map(|operation| match operation {
            Operation::Bind { name, .. } => Some(name),
            Operation::StartTls | Operation::Search { .. } | Operation::Modify { .. } => None,
        });
        binds.collect::<Vec<_>>()
    };
    ldap.sign_in(None, &Password::new(WRONG), 2).await.unwrap();
    let names = bind_names();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
    assert!(names.iter().all(|name| name.ends_with(",OU=Staff,DC=pantein,DC=grp")), "{names:?}");
}

#[tokio::test]
async fn unreadable_lockout_counters_are_an_error_without_a_bind() {
    let (simulator, ldap) = setup().await;
    let fatma = found(&ldap, "F.Vermeulen").await;
    simulator.hide_stricter_policy();
    let outcome = ldap.sign_in(Some(&fatma), &Password::new(FIRST_PASSWORD), 2).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
    let anna = found(&ldap, "A.Janssen").await;
    simulator.set("A.Janssen", "badPwdCount", &["veel"]);
    let outcome = ldap.sign_in(Some(&anna), &Password::new(FIRST_PASSWORD), 2).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
    simulator.set_fault(Some(Fault::Refuse(LdapResultCode::InsufficentAccessRights)));
    let outcome = ldap.sign_in(Some(&anna), &Password::new(FIRST_PASSWORD), 2).await;
    assert!(matches!(outcome, Err(DirectoryError::Answer { .. })), "{outcome:?}");
    let is_user_bind =
        |operation: &Operation| matches!(operation, Operation::Bind { name, .. } if name != SVC_UPN);
    assert!(!simulator.seen().iter().any(is_user_bind));
    assert!(!simulator.has_received_password(FIRST_PASSWORD));
}

#[tokio::test]
async fn refused_search_for_lockout_counters_is_an_error_and_not_a_missing_counter() {
    let (simulator, ldap) = setup().await;
    let anna = found(&ldap, "A.Janssen").await;
    simulator.set_fault(Some(Fault::RefuseFilter("badPwdCount")));
    let outcome = ldap.sign_in(Some(&anna), &Password::new(FIRST_PASSWORD), 2).await;
    assert!(matches!(outcome, Err(DirectoryError::Answer { .. })), "{outcome:?}");
    assert!(!simulator.has_received_password(FIRST_PASSWORD));
    let rows = ldap.check().await;
    let row = rows.iter().find(|row| row.what.ends_with("wrong passwords")).unwrap();
    assert_eq!(row.state, State::Bad, "{row:?}");
}

#[tokio::test]
async fn wrong_passwords_outside_the_observation_window_do_not_count() {
    let (simulator, ldap) = setup().await;
    simulator.set("A.Janssen", "badPwdCount", &["4"]);
    simulator.set("A.Janssen", "badPasswordTime", &["132000000000000000"]);
    assert_eq!(sign_in(&ldap, "A.Janssen", WRONG).await.unwrap(), PasswordCheck::Rejected);
    assert_eq!(simulator.entry("A.Janssen").unwrap().number("badPwdCount"), Some(1));
    // The same number of recent ones does.
    simulator.set("A.Janssen", "badPwdCount", &["4"]);
    assert_eq!(sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await.unwrap(), PasswordCheck::LockoutRisk);
}

#[tokio::test]
async fn controller_without_counters_has_counted_no_failure() {
    let (simulator, ldap) = setup().await;
    simulator.set("A.Janssen", "badPwdCount", &[]);
    simulator.set("A.Janssen", "badPasswordTime", &[]);
    assert_eq!(sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn counters_hidden_for_all_accounts_are_not_treated_as_zero() {
    let (simulator, ldap) = setup().await;
    for person in PEOPLE {
        simulator.set(person.user_name, "badPwdCount", &[]);
    }
    let outcome = sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
    assert!(!simulator.has_received_password(FIRST_PASSWORD));
    let rows = ldap.check().await;
    let row = rows.iter().find(|row| row.what.ends_with("wrong passwords")).unwrap();
    assert_eq!(row.state, State::Warning);
    // One counted wrong password of any account shows that counters are readable.
    simulator.set("B.Smits", "badPwdCount", &["1"]);
    assert_eq!(sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn no_margin_applies_without_a_lockout_threshold() {
    let (simulator, ldap) = setup().await;
    simulator.set_domain("lockoutThreshold", 0);
    for _ in 0..8 {
        assert_eq!(sign_in(&ldap, "A.Janssen", WRONG).await.unwrap(), PasswordCheck::Rejected);
    }
    assert_eq!(sign_in(&ldap, "A.Janssen", FIRST_PASSWORD).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn expired_account_or_forced_password_change_cannot_sign_in() {
    let (simulator, ldap) = setup().await;
    for (attribute, value) in [("accountExpires", "132000000000000000"), ("pwdLastSet", "0")] {
        simulator.add_account("Reserve.01");
        simulator.set("Reserve.01", attribute, &[value]);
        assert_eq!(
            sign_in(&ldap, "Reserve.01", FIRST_PASSWORD).await.unwrap(),
            PasswordCheck::Rejected,
            "{attribute}"
        );
    }
}

#[tokio::test]
async fn second_server_takes_over_counters_and_bind_together() {
    let trust = Trust::new();
    let first = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    let anna = found(&ldap, "A.Janssen").await;
    first.set_fault(Some(Fault::Refuse(LdapResultCode::Busy)));
    let answer = ldap.sign_in(Some(&anna), &Password::new(FIRST_PASSWORD), 2).await.unwrap();
    assert_eq!(answer, PasswordCheck::Right);
    assert!(!first.has_received_password(FIRST_PASSWORD));
    assert!(second.has_received_password(FIRST_PASSWORD));
}
