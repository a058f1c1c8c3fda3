//! Behaviour of the Active Directory adapter when the directory fails or misbehaves. Only the simulator can misbehave
//! on request.

use super::{Trust, adapter, assert_write_outside_base_dn_is_denied, config, found, now, username};
use app::domain::password::Password;
use end2end::directory::content::NESTED_ADMINS;
use end2end::directory::{Directory as Simulator, Fault, LdapResultCode, Operation, SimulatorConfig};
use end2end::people::FIRST_PASSWORD;
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{ActiveDirectory, LdapConfigError};
use server::ports::directory::{Account, Directory, DirectoryError, Eligibility, SetPasswordError};
use server::ports::health_finding;
use server::reset::password_write::outcome::{self, WriteOutcome};
use std::time::Duration;

const NEW: &str = "Molen-Wiek-Wind-8";

struct Setup {
    trust: Trust,
    simulator: Simulator,
    ldap: ActiveDirectory,
}

async fn setup() -> Setup {
    let trust = Trust::new();
    let simulator = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let ldap = adapter(vec![simulator.url()], trust.file.path());
    Setup { trust, simulator, ldap }
}

/// As the reset service does it: over all servers, until the outcome is certain.
async fn set_with_certain_outcome(ldap: &ActiveDirectory, account: &Account) -> WriteOutcome {
    outcome::set(ldap, &SystemClock, account, &Password::new(NEW)).await
}

async fn set(ldap: &ActiveDirectory, name: &str) -> Result<(), SetPasswordError> {
    ldap.set_password(&found(ldap, name).await, &Password::new(NEW)).await
}

#[tokio::test]
async fn a26_connection_lost_before_the_write_is_unknown_and_writes_nothing() {
    let Setup { simulator, ldap, .. } = setup().await;
    simulator.set_fault(Some(Fault::CutBeforeModify));
    assert!(matches!(set(&ldap, "A.Janssen").await, Err(SetPasswordError::Unknown { .. })));
    assert!(simulator.has_password("A.Janssen", FIRST_PASSWORD));
    assert_eq!(simulator.writes(), 0);
}

#[tokio::test]
async fn a26_connection_lost_after_the_write_is_unknown_and_writes_once() {
    let trust = Trust::new();
    let first = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    let before = found(&ldap, "A.Janssen").await;
    first.set_fault(Some(Fault::CutAfterModify));
    assert!(matches!(set(&ldap, "A.Janssen").await, Err(SetPasswordError::Unknown { .. })));
    assert!(first.has_password("A.Janssen", NEW));
    assert_eq!(first.writes(), 1);
    assert!(!second.seen().iter().any(|op| matches!(op, Operation::Modify { .. })));
    // The directory shows the result.
    assert!(found(&ldap, "A.Janssen").await.password_last_set > before.password_last_set);
}

#[tokio::test]
async fn unanswered_write_is_unknown() {
    let Setup { trust, simulator, .. } = setup().await;
    let quick = server::adapters::ldap::LdapConfig {
        operation_timeout: Duration::from_secs(3),
        ..config(vec![simulator.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(quick, now()).unwrap();
    let account = found(&ldap, "A.Janssen").await;
    simulator.set_fault(Some(Fault::SilentAfterModify));
    let outcome = ldap.set_password(&account, &Password::new(NEW)).await;
    assert!(matches!(outcome, Err(SetPasswordError::Unknown { .. })), "{outcome:?}");
    assert_eq!(simulator.writes(), 1);
}

#[tokio::test]
async fn a26_missing_write_right_is_reported_as_not_written() {
    let Setup { simulator, ldap, .. } = setup().await;
    let account = found(&ldap, "A.Janssen").await;
    for code in [LdapResultCode::InsufficentAccessRights, LdapResultCode::UnwillingToPerform] {
        simulator.set_fault(Some(Fault::Refuse(code)));
        // The liveness probe of the connection fails first; the result code is reported nevertheless.
        let outcome = ldap.set_password(&account, &Password::new(NEW)).await;
        assert!(
            matches!(outcome, Err(SetPasswordError::NotWritten(DirectoryError::Answer { .. }))),
            "{outcome:?}"
        );
    }
    assert_eq!(simulator.writes(), 0);
}

#[tokio::test]
async fn second_server_takes_over_reads_and_writes() {
    let trust = Trust::new();
    let first = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    let account = found(&ldap, "A.Janssen").await;
    assert!(second.seen().is_empty());
    first.stop().await;
    let outcome = set_with_certain_outcome(&ldap, &account).await;
    assert!(matches!(&outcome, WriteOutcome::Set { server } if *server == second.url()), "{outcome:?}");
    assert!(second.has_password("A.Janssen", NEW));
    let rows = ldap.check().await;
    let state = |url: &str| rows.iter().filter(|row| row.what.starts_with(url)).map(|row| row.state).max();
    assert_eq!(state(&first.url()), Some(health_finding::State::Bad));
    assert_eq!(state(&second.url()), Some(health_finding::State::Good));
}

#[tokio::test]
async fn parallel_lookups_share_few_connections() {
    let Setup { simulator, ldap, .. } = setup().await;
    let anna = username("A.Janssen");
    for outcome in futures::future::join_all((0..200).map(|_| ldap.find(&anna))).await {
        assert!(outcome.unwrap().is_some());
    }
    let binds = simulator.seen().iter().filter(|op| matches!(op, Operation::Bind { .. })).count();
    assert!(binds <= 8, "{binds} connections for 200 lookups");
}

#[tokio::test]
async fn parallel_lookups_use_the_second_server_if_the_first_is_silent() {
    let trust = Trust::new();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let second = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let silent_url = format!("ldaps://{}", silent.local_addr().unwrap());
    let quick = server::adapters::ldap::LdapConfig {
        connect_timeout: Duration::from_secs(3),
        ..config(vec![silent_url, second.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(quick, now()).unwrap();
    let anna = username("A.Janssen");
    for outcome in futures::future::join_all((0..50).map(|_| ldap.find(&anna))).await {
        assert!(outcome.unwrap().is_some());
    }
}

#[tokio::test]
async fn busy_server_is_replaced_by_the_next() {
    let trust = Trust::new();
    let first = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    let account = found(&ldap, "A.Janssen").await;
    first.set_fault(Some(Fault::Refuse(LdapResultCode::Busy)));
    let outcome = set_with_certain_outcome(&ldap, &account).await;
    assert!(matches!(outcome, WriteOutcome::Set { .. }), "{outcome:?}");
    assert_eq!(second.writes(), 1);
}

#[tokio::test]
async fn restarted_server_is_used_again() {
    let Setup { mut simulator, ldap, .. } = setup().await;
    found(&ldap, "A.Janssen").await;
    simulator.stop().await;
    let outcome = ldap.find(&username("A.Janssen")).await;
    assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
    simulator.restart().await.unwrap();
    set(&ldap, "A.Janssen").await.unwrap();
}

#[tokio::test]
async fn closed_idle_connection_is_replaced_before_a_write() {
    let Setup { mut simulator, ldap, .. } = setup().await;
    let account = found(&ldap, "A.Janssen").await;
    simulator.restart().await.unwrap();
    let outcome = set_with_certain_outcome(&ldap, &account).await;
    assert!(matches!(outcome, WriteOutcome::Set { .. }), "{outcome:?}");
    assert_eq!(simulator.writes(), 1);
}

#[tokio::test]
async fn slow_directory_times_out() {
    let Setup { trust, simulator, .. } = setup().await;
    let quick = server::adapters::ldap::LdapConfig {
        operation_timeout: Duration::from_millis(100),
        ..config(vec![simulator.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(quick, now()).unwrap();
    simulator.set_fault(Some(Fault::Slow(Duration::from_hours(1))));
    let outcome = ldap.find(&username("A.Janssen")).await;
    assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
}

#[tokio::test]
async fn server_that_accepts_and_stays_silent_times_out() {
    let trust = Trust::new();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let quick = server::adapters::ldap::LdapConfig {
        connect_timeout: Duration::from_millis(100),
        ..config(vec![format!("ldaps://{}", silent.local_addr().unwrap())], trust.file.path())
    };
    let outcome = ActiveDirectory::new(quick, now()).unwrap().find(&username("A.Janssen")).await;
    assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
}

#[tokio::test]
async fn known_and_unknown_user_names_cause_the_same_searches() {
    let Setup { simulator, ldap, .. } = setup().await;
    found(&ldap, "A.Janssen").await;
    let mut requests = Vec::new();
    for name in ["A.Janssen", "C.Peters", "D.Willems", "Z.Niemand"] {
        simulator.clear_operations();
        ldap.find(&username(name)).await.unwrap();
        requests.push(format!("{:?}", simulator.seen()).replace(name, "…"));
    }
    assert!(requests.iter().all(|seen| *seen == requests[0]), "{requests:#?}");
}

#[tokio::test]
async fn password_write_is_one_modify_by_guid_with_the_history_control() {
    let Setup { simulator, ldap, .. } = setup().await;
    let account = found(&ldap, "B.Smits").await;
    set(&ldap, "B.Smits").await.unwrap();
    let writes: Vec<_> =
        simulator.seen().into_iter().filter(|op| matches!(op, Operation::Modify { .. })).collect();
    let expected = Operation::Modify {
        dn: format!("<GUID={}>", account.id.0),
        attributes: vec!["unicodePwd".to_owned(), "lockoutTime".to_owned()],
        with_history: true,
    };
    assert_eq!(writes, [expected]);
    assert_eq!(simulator.entry("B.Smits").unwrap().number("lockoutTime"), Some(0));
    assert_eq!(ldap.verify_password(&account, &Password::new(NEW)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn a27_privilege_is_detected_for_every_kind_of_membership() {
    let Setup { simulator, ldap, .. } = setup().await;
    for login in ["Reserve.01", "Reserve.02", "Reserve.03", "Reserve.04"] {
        simulator.add_account(login);
        assert_eq!(found(&ldap, login).await.eligibility, Eligibility::Eligible);
    }
    simulator.add_to_group("Reserve.01", NESTED_ADMINS);
    simulator.set("Reserve.02", "primaryGroupID", &["512"]);
    // The primary group is not protected itself, but nested in a protected one.
    simulator.set("Reserve.03", "primaryGroupID", &["1102"]);
    simulator.set("Reserve.04", "adminCount", &["1"]);
    for login in ["Reserve.01", "Reserve.02", "Reserve.03", "Reserve.04"] {
        assert_eq!(found(&ldap, login).await.eligibility, Eligibility::Privileged, "{login}");
    }
}

#[tokio::test]
async fn a27_failed_privilege_lookup_is_an_error_and_not_an_ordinary_account() {
    let Setup { simulator, ldap, .. } = setup().await;
    simulator.set_fault(Some(Fault::REFUSE_NESTED));
    for name in ["A.Janssen", "Z.Niemand"] {
        let outcome = ldap.find(&username(name)).await;
        assert!(matches!(outcome, Err(DirectoryError::Answer { code: 53, .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn entry_without_status_attributes_is_not_eligible() {
    let Setup { simulator, ldap, .. } = setup().await;
    for attribute in ["userAccountControl", "primaryGroupID", "accountExpires", "objectGUID"] {
        simulator.add_account("Reserve.01");
        simulator.set("Reserve.01", attribute, &[]);
        let outcome = ldap.find(&username("Reserve.01")).await;
        assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{attribute}: {outcome:?}");
        simulator.delete_account("Reserve.01");
    }
}

#[tokio::test]
async fn user_name_matching_two_accounts_is_refused() {
    let Setup { simulator, ldap, .. } = setup().await;
    simulator.add_account("Reserve.01");
    simulator.set("Reserve.01", "userPrincipalName", &["A.Janssen@elders.grp"]);
    let outcome = ldap.find(&username("A.Janssen")).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
}

#[tokio::test]
async fn expired_account_is_found_by_its_upn_and_reported_as_expired() {
    let Setup { simulator, ldap, .. } = setup().await;
    simulator.add_account("Reserve.01");
    simulator.set("Reserve.01", "accountExpires", &["132000000000000000"]);
    simulator.set("Reserve.01", "userPrincipalName", &["Vroeger.Hier@pantein.grp"]);
    let account = found(&ldap, "vroeger.hier").await;
    assert_eq!(account.login, "Reserve.01");
    assert_eq!(account.eligibility, Eligibility::Expired);
    assert_eq!(ldap.verify_password(&account, &Password::new(FIRST_PASSWORD)).await.unwrap(), None);
}

#[tokio::test]
async fn write_outside_the_delegated_ou_is_denied_and_writes_nothing() {
    let Setup { trust, simulator, .. } = setup().await;
    assert_write_outside_base_dn_is_denied(vec![simulator.url()], &trust).await;
    assert_eq!(simulator.writes(), 0);
}

#[tokio::test]
async fn unreadable_policy_is_an_error() {
    let Setup { simulator, ldap, .. } = setup().await;
    let fatma = found(&ldap, "F.Vermeulen").await;
    simulator.hide_stricter_policy();
    let outcome = ldap.policy(&fatma).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
}

#[tokio::test]
async fn refused_service_bind_is_not_repeated() {
    let Setup { trust, simulator, .. } = setup().await;
    let wrong = server::adapters::ldap::LdapConfig {
        bind_password: "Verkeerd-Wachtwoord-1".to_owned().into(),
        ..config(vec![simulator.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(wrong, now()).unwrap();
    let anna = username("A.Janssen");
    for outcome in futures::future::join_all((0..20).map(|_| ldap.find(&anna))).await {
        assert!(matches!(outcome, Err(DirectoryError::Answer { code: 49, .. })), "{outcome:?}");
    }
    let binds = simulator.seen().iter().filter(|op| matches!(op, Operation::Bind { .. })).count();
    assert_eq!(binds, 1);
}

#[tokio::test]
async fn server_with_untrusted_certificate_receives_no_credentials() {
    let Setup { simulator, .. } = setup().await;
    let other_authority = Trust::new();
    for url in [simulator.url(), simulator.starttls_url()] {
        let ldap = adapter(vec![url], other_authority.file.path());
        let outcome = ldap.find(&username("A.Janssen")).await;
        assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
    }
    assert!(!simulator.seen().iter().any(|op| matches!(op, Operation::Bind { .. })));
}

#[test]
fn invalid_config_is_refused_at_start() {
    let trust = Trust::new();
    let new =
        |url: &str| ActiveDirectory::new(config(vec![url.to_owned()], trust.file.path()), now()).map(drop);
    assert!(matches!(new("http://dc1"), Err(LdapConfigError::Url { .. })));
    assert!(matches!(
        ActiveDirectory::new(config(vec![], trust.file.path()), now()).map(drop),
        Err(LdapConfigError::NoUrl)
    ));
    let empty_file = tempfile::NamedTempFile::new().unwrap();
    let result = ActiveDirectory::new(config(vec!["ldaps://dc1".to_owned()], empty_file.path()), now());
    assert!(matches!(result.map(drop), Err(LdapConfigError::CaFile(_))));
}
