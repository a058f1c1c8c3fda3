//! The contract suite on the OpenLDAP adapter with slapd, one server for all tests of the process, and behaviour that
//! is specific to slapd.

mod requests;
mod rights_and_settings;

use super::contract::{World, contract_tests};
use super::{LDAP_TIMEOUT, Trust, found, now, username};
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

struct TestSlapd {
    slapd: Slapd,
    trust: Trust,
}

impl TestSlapd {
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

/// Never dropped: slapd ends with the process. A failed start is stored, so that every test fails at once with its
/// reason.
static SHARED: OnceCell<Result<TestSlapd, String>> = OnceCell::const_new();

async fn shared_slapd() -> &'static TestSlapd {
    SHARED.get_or_init(|| TestSlapd::new(Rights::Needed)).await.as_ref().unwrap()
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
        // Small, so that every listing has several pages.
        page_size: 3,
        connect_timeout: LDAP_TIMEOUT,
        operation_timeout: LDAP_TIMEOUT,
        total_timeout: 3 * LDAP_TIMEOUT,
        ..LdapConfig::new(urls, SERVICE.to_owned(), SVC_PASSWORD.to_owned().into(), STAFF.to_owned())
    }
}

/// Each test has its own adapter, because connections belong to the test's runtime.
struct SlapdWorld {
    running: &'static TestSlapd,
    ldap: OpenLdap,
}

#[async_trait]
impl World for SlapdWorld {
    fn directory(&self) -> &dyn Directory {
        &self.ldap
    }

    fn unreachable_directory(&self) -> Box<dyn Directory> {
        // Nothing listens on port 1 of the loopback.
        let closed = vec!["ldaps://127.0.0.1:1".to_owned()];
        Box::new(OpenLdap::new(config(closed, self.running.trust.file.path()), now()).unwrap())
    }

    fn administrators(&self) -> String {
        ADMINISTRATORS.to_owned()
    }

    fn high_impact_directory(&self) -> Box<dyn Directory> {
        let config = LdapConfig {
            high_impact_groups: vec![ADMINISTRATORS.to_owned()],
            protected_groups: Vec::new(),
            ..self.running.config()
        };
        Box::new(OpenLdap::new(config, now()).unwrap())
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
        // Without a module, slapd enforces length and history only.
        false
    }
}

async fn start() -> SlapdWorld {
    let running = shared_slapd().await;
    SlapdWorld { running, ldap: running.ldap() }
}

contract_tests!(start);

/// A separate slapd, for tests that change more than one account.
async fn separate_slapd() -> (TestSlapd, OpenLdap) {
    slapd_with_rights(Rights::Needed).await
}

async fn slapd_with_rights(rights: Rights) -> (TestSlapd, OpenLdap) {
    let running = TestSlapd::new(rights).await.unwrap();
    let ldap = running.ldap();
    (running, ldap)
}

#[tokio::test]
async fn starttls_connection_works() {
    let running = shared_slapd().await;
    let config = config(vec![running.slapd.starttls_url()], running.trust.file.path());
    let ldap = OpenLdap::new(config, now()).unwrap();
    assert_eq!(found(&ldap, "A.Janssen").await.display_name, "Anna Janssen");
}

#[tokio::test]
async fn local_part_of_a_mail_address_is_not_a_login() {
    let (running, ldap) = separate_slapd().await;
    running.slapd.set("A.Janssen", "mail", Some("anna@pantein.test")).unwrap();
    assert_eq!(ldap.find(&username("anna")).await.unwrap(), None);
    assert_eq!(found(&ldap, "A.Janssen").await.mail.as_deref(), Some("anna@pantein.test"));
}

#[tokio::test]
async fn nested_administrator_is_privileged_and_listed_as_privileged() {
    let ldap = start().await.ldap;
    let nested = found(&ldap, &spare(NESTED_ADMIN)).await;
    assert_eq!(nested.eligibility, Eligibility::Privileged);
    let all = super::listing::list_all(&ldap).await.unwrap();
    let listed = all.iter().find(|listed| listed.id == nested.id).unwrap();
    assert_eq!(listed.eligibility, Eligibility::Privileged);
}

#[tokio::test]
async fn nested_member_of_a_high_impact_group_is_reported() {
    let running = shared_slapd().await;
    let config = LdapConfig { high_impact_groups: vec![ALL_STAFF.to_owned()], ..running.config() };
    let ldap = OpenLdap::new(config, now()).unwrap();
    for (login, expected) in
        [("A.Janssen".to_owned(), true), (spare(NESTED_ADMIN), true), ("G.Oezdemir".to_owned(), false)]
    {
        assert_eq!(found(&ldap, &login).await.high_impact, expected, "{login}");
    }
}

#[tokio::test]
async fn only_direct_and_nested_members_of_an_allowed_group_are_eligible() {
    let running = shared_slapd().await;
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
async fn stricter_lockout_policy_keeps_the_margin() {
    let ldap = start().await.ldap;
    let fatma = found(&ldap, "F.Vermeulen").await;
    for _ in 0..STRICTER_LOCKOUT_THRESHOLD - 2 {
        assert_eq!(
            ldap.sign_in(Some(&fatma), &Password::new(WRONG), 2).await.unwrap(),
            PasswordCheck::Rejected
        );
    }
    assert_eq!(
        ldap.sign_in(Some(&fatma), &Password::new(WRONG), 2).await.unwrap(),
        PasswordCheck::LockoutRisk
    );
}

#[tokio::test]
async fn locked_out_demo_employee_is_unlocked_by_a_reset() {
    let ldap = start().await.ldap;
    let bram = found(&ldap, "B.Smits").await;
    assert!(bram.locked);
    ldap.set_password(&bram, &Password::new(NEW)).await.unwrap();
    assert!(!found(&ldap, "B.Smits").await.locked);
    assert_eq!(ldap.verify_password(&bram, &Password::new(NEW)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn unlock_keeps_the_password_and_restores_all_attempts() {
    let (_running, ldap) = separate_slapd().await;
    let bram = found(&ldap, "B.Smits").await;
    for _ in 0..2 {
        ldap.unlock(&bram).await.unwrap();
    }
    let after = found(&ldap, "B.Smits").await;
    assert!(!after.locked);
    assert_eq!(after.password_last_set, bram.password_last_set);
    assert_eq!(ldap.sign_in(Some(&after), &Password::new(WRONG), 4).await.unwrap(), PasswordCheck::Rejected);
    assert_eq!(ldap.verify_password(&after, &Password::new(FIRST_PASSWORD)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn account_disabled_after_lookup_is_neither_reset_nor_unlocked() {
    let (running, ldap) = separate_slapd().await;
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
async fn account_outside_its_validity_period_is_not_eligible() {
    let (running, ldap) = separate_slapd().await;
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
async fn account_with_forced_password_change_signs_in_only_after_a_reset() {
    let (running, ldap) = separate_slapd().await;
    running.slapd.set("A.Janssen", "pwdReset", Some("TRUE")).unwrap();
    let anna = found(&ldap, "A.Janssen").await;
    let first = Password::new(FIRST_PASSWORD);
    assert_eq!(ldap.sign_in(Some(&anna), &first, 2).await.unwrap(), PasswordCheck::Rejected);
    assert_eq!(ldap.verify_password(&anna, &first).await.unwrap(), Some(true));
    let new = Password::new(NEW);
    ldap.set_password(&anna, &new).await.unwrap();
    assert_eq!(ldap.sign_in(Some(&anna), &new, 2).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn password_below_minimum_age_reports_the_remaining_hours() {
    let (running, ldap) = separate_slapd().await;
    let anna = found(&ldap, "A.Janssen").await;
    ldap.set_password(&anna, &Password::new(NEW)).await.unwrap();
    running.slapd.set_at(DEFAULT_POLICY, "pwdMinAge", Some("86400")).unwrap();
    let anna = found(&ldap, "A.Janssen").await;
    assert_eq!(ldap.policy(&anna).await.unwrap().min_age, Duration::from_hours(24));
    match ldap.set_password(&anna, &Password::new("Haven-Boot-Zeil-9")).await {
        Err(SetPasswordError::Refused { violation: Violation::TooRecent { hours: 24 | 25 }, .. }) => {}
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn account_in_an_excluded_subtree_is_out_of_scope() {
    let running = shared_slapd().await;
    let config = LdapConfig { excluded: vec![STAFF.to_owned()], ..running.config() };
    let ldap = OpenLdap::new(config, now()).unwrap();
    assert_eq!(found(&ldap, "A.Janssen").await.eligibility, Eligibility::OutOfScope);
}

#[tokio::test]
async fn birthdate_is_read_from_the_directory() {
    let ldap = start().await.ldap;
    assert_eq!(found(&ldap, "A.Janssen").await.birthdate.as_deref(), Some("1984-10-01"));
    assert_eq!(found(&ldap, "E.Hendriks").await.birthdate, None);
}

#[tokio::test]
async fn second_server_takes_over_if_the_first_is_unreachable() {
    let (running, _) = separate_slapd().await;
    let urls = vec!["ldaps://127.0.0.1:1".to_owned(), running.slapd.url()];
    let ldap = OpenLdap::new(config(urls, running.trust.file.path()), now()).unwrap();
    let anna = found(&ldap, "A.Janssen").await;
    assert_eq!(anna.server, running.slapd.url());
    ldap.set_password(&anna, &Password::new(NEW)).await.unwrap();
    let right = ldap.sign_in(Some(&anna), &Password::new(NEW), 2).await.unwrap();
    assert_eq!(right, PasswordCheck::Right);
}
