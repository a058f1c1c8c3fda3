//! The contract on the adapter with a real slapd, one for all tests of the process; and what is slapd's alone.

mod asked;
mod operators;

use super::contract::{World, the_contract_holds_for};
use super::{PATIENCE, Trust, found, now, username};
use app::domain::password::Password;
use app::policy::Violation;
use async_trait::async_trait;
use end2end::directory::content::{MOBILE_ATTRIBUTE, STAFF, STRICTER_LOCKOUT_THRESHOLD, SVC_PASSWORD};
use end2end::people::FIRST_PASSWORD;
use end2end::samba::{NESTED_ADMIN, spare};
use end2end::slapd::{
    ADMINISTRATORS, ALL_STAFF, BIRTHDATE_ATTRIBUTE, DEFAULT_POLICY, EMPLOYEE_NUMBER_ATTRIBUTE, Rights,
    SERVICE, Slapd,
};
use server::adapters::ldap::{LdapConfig, OpenLdap};
use server::ports::directory::{Directory, DirectoryError, Eligibility, PasswordCheck, SetPasswordError};
use std::path::Path;
use std::time::Duration;
use tokio::sync::OnceCell;

const NEW: &str = "Molen-Wiek-Wind-8";
const WRONG: &str = "Vergeten-En-Fout-1";

struct Running {
    slapd: Slapd,
    trust: Trust,
}

impl Running {
    async fn new(rights: Rights) -> Result<Self, String> {
        let trust = Trust::new();
        let slapd = Slapd::start_with(&trust.authority, rights).await.map_err(|e| format!("{e:#}"))?;
        Ok(Self { slapd, trust })
    }

    fn config(&self) -> LdapConfig {
        config(vec![self.slapd.url()], self.trust.file.path())
    }

    fn ldap(&self) -> OpenLdap {
        OpenLdap::new(self.config(), now()).unwrap()
    }
}

/// Never dropped: the end of the process ends slapd, too. A failed start is remembered, so that every test fails
/// at once with its reason.
static SHARED: OnceCell<Result<Running, String>> = OnceCell::const_new();

async fn shared() -> &'static Running {
    SHARED.get_or_init(|| Running::new(Rights::Needed)).await.as_ref().unwrap()
}

fn config(urls: Vec<String>, ca_file: &Path) -> LdapConfig {
    LdapConfig {
        ca_file: Some(ca_file.to_owned()),
        protected_groups: vec![ADMINISTRATORS.to_owned()],
        default_policy: Some(DEFAULT_POLICY.to_owned()),
        birthdate_attribute: Some(BIRTHDATE_ATTRIBUTE.to_owned()),
        mobile_attribute: Some(MOBILE_ATTRIBUTE.to_owned()),
        mobile_write_attribute: Some(MOBILE_ATTRIBUTE.to_owned()),
        employee_number_attribute: Some(EMPLOYEE_NUMBER_ATTRIBUTE.to_owned()),
        // So that every listing has several pages.
        page_size: 3,
        connect_timeout: PATIENCE,
        operation_timeout: PATIENCE,
        total_timeout: 3 * PATIENCE,
        ..LdapConfig::new(urls, SERVICE.to_owned(), SVC_PASSWORD.to_owned().into(), STAFF.to_owned())
    }
}

/// The adapter is each test's own: its connections belong to the test's runtime.
struct Real {
    running: &'static Running,
    ldap: OpenLdap,
}

#[async_trait]
impl World for Real {
    fn directory(&self) -> &dyn Directory {
        &self.ldap
    }

    fn out_of_reach(&self) -> Box<dyn Directory> {
        // Port 1 of the loopback: nobody listens there.
        let nowhere = vec!["ldaps://127.0.0.1:1".to_owned()];
        Box::new(OpenLdap::new(config(nowhere, self.running.trust.file.path()), now()).unwrap())
    }

    async fn spare(&self, number: u8) -> String {
        spare(number)
    }

    async fn rename(&self, login: &str, new_login: &str) {
        self.running.slapd.rename(login, new_login).unwrap();
    }

    async fn recreate(&self, login: &str) {
        self.running.slapd.recreate(login).unwrap();
    }

    fn enforces_history(&self) -> bool {
        true
    }

    fn enforces_complexity(&self) -> bool {
        // Length and history are all that slapd knows by itself.
        false
    }
}

async fn start() -> Real {
    let running = shared().await;
    Real { running, ldap: running.ldap() }
}

the_contract_holds_for!(start);

/// For what changes more than one account of its own.
async fn own() -> (Running, OpenLdap) {
    with(Rights::Needed).await
}

async fn with(rights: Rights) -> (Running, OpenLdap) {
    let running = Running::new(rights).await.unwrap();
    let ldap = running.ldap();
    (running, ldap)
}

#[tokio::test]
async fn starttls_serves_as_well() {
    let running = shared().await;
    let config = config(vec![running.slapd.starttls_url()], running.trust.file.path());
    let ldap = OpenLdap::new(config, now()).unwrap();
    assert_eq!(found(&ldap, "A.Janssen").await.display_name, "Anna Janssen");
}

#[tokio::test]
async fn what_stands_before_the_at_of_a_mail_address_is_no_login() {
    let (running, ldap) = own().await;
    running.slapd.set("A.Janssen", "mail", Some("anna@pantein.test")).unwrap();
    assert_eq!(ldap.find(&username("anna")).await.unwrap(), None);
    assert_eq!(found(&ldap, "A.Janssen").await.mail.as_deref(), Some("anna@pantein.test"));
}

#[tokio::test]
async fn an_administrator_by_nesting_is_privileged_and_listed_so() {
    let ldap = start().await.ldap;
    let nested = found(&ldap, &spare(NESTED_ADMIN)).await;
    assert_eq!(nested.eligibility, Eligibility::Privileged);
    let all = super::listing::everybody(&ldap).await.unwrap();
    let listed = all.iter().find(|one| one.id == nested.id).unwrap();
    assert_eq!(listed.eligibility, Eligibility::Privileged);
}

#[tokio::test]
async fn only_members_of_an_allowed_group_may_nested_ones_too() {
    let running = shared().await;
    let config = LdapConfig {
        allowed_groups: vec![ALL_STAFF.to_owned()],
        protected_groups: Vec::new(),
        ..running.config()
    };
    let ldap = OpenLdap::new(config, now()).unwrap();
    for login in ["A.Janssen".to_owned(), "D.Willems".to_owned(), spare(NESTED_ADMIN)] {
        assert_eq!(found(&ldap, &login).await.eligibility, Eligibility::Eligible, "{login}");
    }
    assert_eq!(found(&ldap, "G.Oezdemir").await.eligibility, Eligibility::OutOfScope);
}

#[tokio::test]
async fn the_lockout_of_a_stricter_policy_keeps_its_margin() {
    let ldap = start().await.ldap;
    let fatma = found(&ldap, "F.Vermeulen").await;
    for _ in 0..STRICTER_LOCKOUT_THRESHOLD - 2 {
        assert_eq!(ldap.sign_in(Some(&fatma), &Password::new(WRONG), 2).await.unwrap(), PasswordCheck::Not);
    }
    assert_eq!(
        ldap.sign_in(Some(&fatma), &Password::new(WRONG), 2).await.unwrap(),
        PasswordCheck::LockoutRisk
    );
}

#[tokio::test]
async fn the_locked_out_demo_employee_is_unlocked_by_a_reset() {
    let ldap = start().await.ldap;
    let bram = found(&ldap, "B.Smits").await;
    assert!(bram.locked);
    ldap.set_password(&bram, &Password::new(NEW)).await.unwrap();
    assert!(!found(&ldap, "B.Smits").await.locked);
    assert_eq!(ldap.verify_password(&bram, &Password::new(NEW)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn an_unlocked_account_has_its_old_password_and_all_its_tries() {
    let (_running, ldap) = own().await;
    let bram = found(&ldap, "B.Smits").await;
    for _ in 0..2 {
        ldap.unlock(&bram).await.unwrap();
    }
    let after = found(&ldap, "B.Smits").await;
    assert!(!after.locked);
    assert_eq!(after.password_last_set, bram.password_last_set);
    assert_eq!(ldap.sign_in(Some(&after), &Password::new(WRONG), 4).await.unwrap(), PasswordCheck::Not);
    assert_eq!(ldap.verify_password(&after, &Password::new(FIRST_PASSWORD)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn who_was_switched_off_meanwhile_is_neither_reset_nor_unlocked() {
    let (running, ldap) = own().await;
    let anna = found(&ldap, "A.Janssen").await;
    running.slapd.set("A.Janssen", "pwdAccountLockedTime", Some("000001010000Z")).unwrap();
    match ldap.set_password(&anna, &Password::new(NEW)).await {
        Err(SetPasswordError::NotWritten(DirectoryError::Unusable { .. })) => {}
        other => unreachable!("{other:?}"),
    }
    let outcome = ldap.unlock(&anna).await;
    assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{outcome:?}");
    assert_eq!(found(&ldap, "A.Janssen").await.eligibility, Eligibility::Disabled);
    assert_eq!(ldap.verify_password(&anna, &Password::new(FIRST_PASSWORD)).await.unwrap(), None);
}

#[tokio::test]
async fn an_account_past_its_end_or_before_its_beginning_may_not() {
    let (running, ldap) = own().await;
    for (attribute, value, eligibility) in [
        ("pwdEndTime", "20200101000000Z", Eligibility::Expired),
        ("pwdEndTime", "29990101000000Z", Eligibility::Eligible),
        ("pwdStartTime", "29990101000000Z", Eligibility::Disabled),
        ("pwdStartTime", "20200101000000Z", Eligibility::Eligible),
    ] {
        running.slapd.set("A.Janssen", attribute, Some(value)).unwrap();
        assert_eq!(found(&ldap, "A.Janssen").await.eligibility, eligibility, "{attribute} {value}");
        running.slapd.set("A.Janssen", attribute, None).unwrap();
    }
}

#[tokio::test]
async fn whoever_must_change_the_password_first_does_not_sign_in_until_the_reset() {
    let (running, ldap) = own().await;
    running.slapd.set("A.Janssen", "pwdReset", Some("TRUE")).unwrap();
    let anna = found(&ldap, "A.Janssen").await;
    let first = Password::new(FIRST_PASSWORD);
    assert_eq!(ldap.sign_in(Some(&anna), &first, 2).await.unwrap(), PasswordCheck::Not);
    assert_eq!(ldap.verify_password(&anna, &first).await.unwrap(), Some(true));
    let new = Password::new(NEW);
    ldap.set_password(&anna, &new).await.unwrap();
    assert_eq!(ldap.sign_in(Some(&anna), &new, 2).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn a_password_that_was_changed_too_shortly_before_says_until_when() {
    let (running, ldap) = own().await;
    let anna = found(&ldap, "A.Janssen").await;
    ldap.set_password(&anna, &Password::new(NEW)).await.unwrap();
    running.slapd.set_at(DEFAULT_POLICY, "pwdMinAge", Some("86400")).unwrap();
    let anna = found(&ldap, "A.Janssen").await;
    assert_eq!(ldap.policy(&anna).await.unwrap().min_age, Duration::from_hours(24));
    match ldap.set_password(&anna, &Password::new("Haven-Boot-Zeil-9")).await {
        Err(SetPasswordError::Refused { breach: Violation::TooRecent { hours: 24 | 25 }, .. }) => {}
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn whoever_is_in_an_excluded_part_may_not() {
    let running = shared().await;
    let config = LdapConfig { excluded: vec![STAFF.to_owned()], ..running.config() };
    let ldap = OpenLdap::new(config, now()).unwrap();
    assert_eq!(found(&ldap, "A.Janssen").await.eligibility, Eligibility::OutOfScope);
}

#[tokio::test]
async fn a_birthdate_can_come_from_the_directory() {
    let ldap = start().await.ldap;
    assert_eq!(found(&ldap, "A.Janssen").await.birthdate.as_deref(), Some("1984-10-01"));
    assert_eq!(found(&ldap, "E.Hendriks").await.birthdate, None);
}

#[tokio::test]
async fn the_second_server_takes_over_when_the_first_is_gone() {
    let (running, _) = own().await;
    let urls = vec!["ldaps://127.0.0.1:1".to_owned(), running.slapd.url()];
    let ldap = OpenLdap::new(config(urls, running.trust.file.path()), now()).unwrap();
    let anna = found(&ldap, "A.Janssen").await;
    assert_eq!(anna.server, running.slapd.url());
    ldap.set_password(&anna, &Password::new(NEW)).await.unwrap();
    let right = ldap.sign_in(Some(&anna), &Password::new(NEW), 2).await.unwrap();
    assert_eq!(right, PasswordCheck::Right);
}
