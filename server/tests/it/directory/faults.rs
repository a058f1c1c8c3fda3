//! What the adapter does when the directory misbehaves, and what it must never do. Only the pretend
//! directory can be told to misbehave.

use super::{Trust, adapter, config, denied_outside, found, now, username};
use app::domain::password::Password;
use end2end::directory::content::NESTED_ADMINS;
use end2end::directory::{Directory as Pretend, Fault, LdapResultCode, Operation, SimulatorConfig};
use end2end::people::FIRST_PASSWORD;
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{ActiveDirectory, LdapConfigError};
use server::ports::directory::{Account, Directory, DirectoryError, Eligibility, SetPasswordError};
use server::ports::health_finding;
use server::reset::password_write::outcome::{self, Outcome};
use std::time::Duration;

const NEW: &str = "Molen-Wiek-Wind-8";

struct Setup {
    trust: Trust,
    pretend: Pretend,
    ldap: ActiveDirectory,
}

async fn setup() -> Setup {
    let trust = Trust::new();
    let pretend = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let ldap = adapter(vec![pretend.url()], trust.file.path());
    Setup { trust, pretend, ldap }
}

/// As the workflow does it: over all servers, until it is certain.
async fn set_for_certain(ldap: &ActiveDirectory, account: &Account) -> Outcome {
    outcome::set(ldap, &SystemClock, account, &Password::new(NEW)).await
}

async fn set(ldap: &ActiveDirectory, name: &str) -> Result<(), SetPasswordError> {
    ldap.set_password(&found(ldap, name).await, &Password::new(NEW)).await
}

#[tokio::test]
async fn a_connection_cut_before_the_write_leaves_it_unknown_and_unwritten() {
    let Setup { pretend, ldap, .. } = setup().await;
    pretend.set_fault(Some(Fault::CutBeforeModify));
    assert!(matches!(set(&ldap, "A.Janssen").await, Err(SetPasswordError::Unknown { .. })));
    assert!(pretend.has_password("A.Janssen", FIRST_PASSWORD));
    assert_eq!(pretend.writes(), 0);
}

#[tokio::test]
async fn a_connection_cut_after_the_write_leaves_it_unknown_and_written_once() {
    let trust = Trust::new();
    let first = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    let before = found(&ldap, "A.Janssen").await;
    first.set_fault(Some(Fault::CutAfterModify));
    assert!(matches!(set(&ldap, "A.Janssen").await, Err(SetPasswordError::Unknown { .. })));
    assert!(first.has_password("A.Janssen", NEW));
    assert_eq!(first.writes(), 1);
    assert!(!second.seen().iter().any(|op| matches!(op, Operation::Modify { .. })));
    // And what became of it can be read.
    assert!(found(&ldap, "A.Janssen").await.password_last_set > before.password_last_set);
}

#[tokio::test]
async fn a_write_that_is_never_answered_is_unknown() {
    let Setup { trust, pretend, .. } = setup().await;
    let quick = server::adapters::ldap::LdapConfig {
        operation_timeout: Duration::from_secs(3),
        ..config(vec![pretend.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(quick, now()).unwrap();
    let account = found(&ldap, "A.Janssen").await;
    pretend.set_fault(Some(Fault::SilentAfterModify));
    let outcome = ldap.set_password(&account, &Password::new(NEW)).await;
    assert!(matches!(outcome, Err(SetPasswordError::Unknown { .. })), "{outcome:?}");
    assert_eq!(pretend.writes(), 1);
}

#[tokio::test]
async fn a_server_without_the_right_to_write_says_that_nothing_was_written() {
    let Setup { pretend, ldap, .. } = setup().await;
    let account = found(&ldap, "A.Janssen").await;
    for code in [LdapResultCode::InsufficentAccessRights, LdapResultCode::UnwillingToPerform] {
        pretend.set_fault(Some(Fault::Refuse(code)));
        // The proof that the connection is alive fails first; the code is told all the same.
        let outcome = ldap.set_password(&account, &Password::new(NEW)).await;
        assert!(
            matches!(outcome, Err(SetPasswordError::NotWritten(DirectoryError::Answer { .. }))),
            "{outcome:?}"
        );
    }
    assert_eq!(pretend.writes(), 0);
}

#[tokio::test]
async fn the_second_server_takes_over_reads_and_writes() {
    let trust = Trust::new();
    let first = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    let account = found(&ldap, "A.Janssen").await;
    assert!(second.seen().is_empty());
    first.stop().await;
    let outcome = set_for_certain(&ldap, &account).await;
    assert!(matches!(&outcome, Outcome::Set { server } if *server == second.url()), "{outcome:?}");
    assert!(second.has_password("A.Janssen", NEW));
    let rows = ldap.check().await;
    let state = |url: &str| rows.iter().filter(|row| row.what.starts_with(url)).map(|row| row.state).max();
    assert_eq!(state(&first.url()), Some(health_finding::State::Bad));
    assert_eq!(state(&second.url()), Some(health_finding::State::Good));
}

#[tokio::test]
async fn a_crowd_is_served_over_few_connections() {
    let Setup { pretend, ldap, .. } = setup().await;
    let anna = username("A.Janssen");
    for outcome in futures::future::join_all((0..200).map(|_| ldap.find(&anna))).await {
        assert!(outcome.unwrap().is_some());
    }
    let binds = pretend.seen().iter().filter(|op| matches!(op, Operation::Bind { .. })).count();
    assert!(binds <= 8, "{binds} connections for 200 look-ups");
}

#[tokio::test]
async fn a_crowd_finds_the_second_server_when_the_first_is_silent() {
    let trust = Trust::new();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let second = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let gone = format!("ldaps://{}", silent.local_addr().unwrap());
    let quick = server::adapters::ldap::LdapConfig {
        connect_timeout: Duration::from_secs(3),
        ..config(vec![gone, second.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(quick, now()).unwrap();
    let anna = username("A.Janssen");
    for outcome in futures::future::join_all((0..50).map(|_| ldap.find(&anna))).await {
        assert!(outcome.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_busy_server_sends_to_the_next() {
    let trust = Trust::new();
    let first = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    let account = found(&ldap, "A.Janssen").await;
    first.set_fault(Some(Fault::Refuse(LdapResultCode::Busy)));
    let outcome = set_for_certain(&ldap, &account).await;
    assert!(matches!(outcome, Outcome::Set { .. }), "{outcome:?}");
    assert_eq!(second.writes(), 1);
}

#[tokio::test]
async fn a_restarted_server_is_used_again() {
    let Setup { mut pretend, ldap, .. } = setup().await;
    found(&ldap, "A.Janssen").await;
    pretend.stop().await;
    let outcome = ldap.find(&username("A.Janssen")).await;
    assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
    pretend.start_again().await.unwrap();
    set(&ldap, "A.Janssen").await.unwrap();
}

#[tokio::test]
async fn a_connection_that_ended_while_idle_is_replaced_also_for_a_write() {
    let Setup { mut pretend, ldap, .. } = setup().await;
    let account = found(&ldap, "A.Janssen").await;
    pretend.start_again().await.unwrap();
    let outcome = set_for_certain(&ldap, &account).await;
    assert!(matches!(outcome, Outcome::Set { .. }), "{outcome:?}");
    assert_eq!(pretend.writes(), 1);
}

#[tokio::test]
async fn a_slow_directory_is_given_up_in_bounded_time() {
    let Setup { trust, pretend, .. } = setup().await;
    let quick = server::adapters::ldap::LdapConfig {
        operation_timeout: Duration::from_millis(100),
        ..config(vec![pretend.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(quick, now()).unwrap();
    pretend.set_fault(Some(Fault::Slow(Duration::from_hours(1))));
    let outcome = ldap.find(&username("A.Janssen")).await;
    assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_accepts_and_then_is_silent_is_given_up() {
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
async fn known_and_unknown_names_are_looked_up_the_same() {
    let Setup { pretend, ldap, .. } = setup().await;
    found(&ldap, "A.Janssen").await;
    let mut shapes = Vec::new();
    for name in ["A.Janssen", "C.Peters", "D.Willems", "Z.Niemand"] {
        pretend.forget_seen();
        ldap.find(&username(name)).await.unwrap();
        shapes.push(format!("{:?}", pretend.seen()).replace(name, "…"));
    }
    assert!(shapes.iter().all(|shape| *shape == shapes[0]), "{shapes:#?}");
}

#[tokio::test]
async fn the_write_is_one_modify_by_identity_with_the_history_control() {
    let Setup { pretend, ldap, .. } = setup().await;
    let account = found(&ldap, "B.Smits").await;
    set(&ldap, "B.Smits").await.unwrap();
    let writes: Vec<_> =
        pretend.seen().into_iter().filter(|op| matches!(op, Operation::Modify { .. })).collect();
    let expected = Operation::Modify {
        dn: format!("<GUID={}>", account.id.0),
        attributes: vec!["unicodePwd".to_owned(), "lockoutTime".to_owned()],
        with_history: true,
    };
    assert_eq!(writes, [expected]);
    assert_eq!(pretend.entry("B.Smits").unwrap().number("lockoutTime"), Some(0));
    assert_eq!(ldap.verify_password(&account, &Password::new(NEW)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn a27_privilege_is_seen_however_it_is_held() {
    let Setup { pretend, ldap, .. } = setup().await;
    for login in ["Reserve.01", "Reserve.02", "Reserve.03", "Reserve.04"] {
        pretend.hire(login);
        assert_eq!(found(&ldap, login).await.eligibility, Eligibility::Eligible);
    }
    pretend.enrol("Reserve.01", NESTED_ADMINS);
    pretend.set("Reserve.02", "primaryGroupID", &["512"]);
    // The primary group is not a protected one, but nested in one.
    pretend.set("Reserve.03", "primaryGroupID", &["1102"]);
    pretend.set("Reserve.04", "adminCount", &["1"]);
    for login in ["Reserve.01", "Reserve.02", "Reserve.03", "Reserve.04"] {
        assert_eq!(found(&ldap, login).await.eligibility, Eligibility::Privileged, "{login}");
    }
}

#[tokio::test]
async fn a27_a_failed_look_up_of_privilege_is_an_error_and_not_an_ordinary_account() {
    let Setup { pretend, ldap, .. } = setup().await;
    pretend.set_fault(Some(Fault::RefuseNested));
    for name in ["A.Janssen", "Z.Niemand"] {
        let outcome = ldap.find(&username(name)).await;
        assert!(matches!(outcome, Err(DirectoryError::Answer { code: 53, .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn an_entry_that_does_not_show_how_it_stands_is_not_taken_for_eligible() {
    let Setup { pretend, ldap, .. } = setup().await;
    for attribute in ["userAccountControl", "primaryGroupID", "accountExpires", "objectGUID"] {
        pretend.hire("Reserve.01");
        pretend.set("Reserve.01", attribute, &[]);
        let outcome = ldap.find(&username("Reserve.01")).await;
        assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{attribute}: {outcome:?}");
        pretend.dismiss("Reserve.01");
    }
}

#[tokio::test]
async fn a_name_that_stands_for_two_is_nobodys() {
    let Setup { pretend, ldap, .. } = setup().await;
    pretend.hire("Reserve.01");
    pretend.set("Reserve.01", "userPrincipalName", &["A.Janssen@elders.grp"]);
    let outcome = ldap.find(&username("A.Janssen")).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
}

#[tokio::test]
async fn an_account_past_its_end_is_expired_and_its_own_upn_finds_it() {
    let Setup { pretend, ldap, .. } = setup().await;
    pretend.hire("Reserve.01");
    pretend.set("Reserve.01", "accountExpires", &["132000000000000000"]);
    pretend.set("Reserve.01", "userPrincipalName", &["Vroeger.Hier@pantein.grp"]);
    let account = found(&ldap, "vroeger.hier").await;
    assert_eq!(account.login, "Reserve.01");
    assert_eq!(account.eligibility, Eligibility::Expired);
    assert_eq!(ldap.verify_password(&account, &Password::new(FIRST_PASSWORD)).await.unwrap(), None);
}

#[tokio::test]
async fn a_write_outside_the_delegated_part_is_denied_and_nothing_written() {
    let Setup { trust, pretend, .. } = setup().await;
    denied_outside(vec![pretend.url()], &trust).await;
    assert_eq!(pretend.writes(), 0);
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_is_an_error() {
    let Setup { pretend, ldap, .. } = setup().await;
    let fatma = found(&ldap, "F.Vermeulen").await;
    pretend.hide_stricter_policy();
    let outcome = ldap.policy(&fatma).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
}

#[tokio::test]
async fn the_services_own_refused_bind_is_not_repeated_until_it_locks() {
    let Setup { trust, pretend, .. } = setup().await;
    let wrong = server::adapters::ldap::LdapConfig {
        bind_password: "Verkeerd-Wachtwoord-1".to_owned().into(),
        ..config(vec![pretend.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(wrong, now()).unwrap();
    let anna = username("A.Janssen");
    for outcome in futures::future::join_all((0..20).map(|_| ldap.find(&anna))).await {
        assert!(matches!(outcome, Err(DirectoryError::Answer { code: 49, .. })), "{outcome:?}");
    }
    let binds = pretend.seen().iter().filter(|op| matches!(op, Operation::Bind { .. })).count();
    assert_eq!(binds, 1);
}

#[tokio::test]
async fn a_server_with_a_strangers_certificate_is_told_nothing() {
    let Setup { pretend, .. } = setup().await;
    let elsewhere = Trust::new();
    for url in [pretend.url(), pretend.starttls_url()] {
        let ldap = adapter(vec![url], elsewhere.file.path());
        let outcome = ldap.find(&username("A.Janssen")).await;
        assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
    }
    assert!(!pretend.seen().iter().any(|op| matches!(op, Operation::Bind { .. })));
}

#[test]
fn a_config_that_cannot_work_is_refused_at_start() {
    let trust = Trust::new();
    let make =
        |url: &str| ActiveDirectory::new(config(vec![url.to_owned()], trust.file.path()), now()).map(drop);
    assert!(matches!(make("http://dc1"), Err(LdapConfigError::Url { .. })));
    assert!(matches!(
        ActiveDirectory::new(config(vec![], trust.file.path()), now()).map(drop),
        Err(LdapConfigError::NoUrl)
    ));
    let nothing = tempfile::NamedTempFile::new().unwrap();
    let empty = ActiveDirectory::new(config(vec!["ldaps://dc1".to_owned()], nothing.path()), now());
    assert!(matches!(empty.map(drop), Err(LdapConfigError::Trust { .. })));
}
