//! What only the pretend directory can show of a listing and of the written number: breaking off, servers
//! that go, and rights that are missing.

use super::{Trust, adapter, config, found, now};
use end2end::directory::content::{BASE, NESTED_ADMINS};
use end2end::directory::{Directory as Pretend, Fault, SimulatorConfig};
use end2end::people::PEOPLE;
use server::adapters::ldap::{self, ActiveDirectory};
use server::ports::directory::{Directory, DirectoryError, Eligibility, ListedAccount};
use server::ports::health_finding::State;
use std::collections::HashSet;

pub(super) async fn everybody(directory: &dyn Directory) -> Result<Vec<ListedAccount>, DirectoryError> {
    let mut all = Vec::new();
    directory.list(&mut |page| all.extend(page)).await?;
    Ok(all)
}

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

#[tokio::test]
async fn privilege_is_listed_however_it_is_held() {
    let Setup { pretend, ldap, .. } = setup().await;
    for login in ["Reserve.01", "Reserve.02", "Reserve.03", "Reserve.04", "Reserve.05"] {
        pretend.hire(login);
    }
    pretend.enrol("Reserve.01", NESTED_ADMINS);
    pretend.set("Reserve.02", "primaryGroupID", &["512"]);
    // The primary group is not a protected one, but nested in one.
    pretend.set("Reserve.03", "primaryGroupID", &["1102"]);
    pretend.set("Reserve.04", "adminCount", &["1"]);
    // Unusual, and no privilege.
    pretend.set("Reserve.05", "primaryGroupID", &["4711"]);
    let all = everybody(&ldap).await.unwrap();
    assert_eq!(all.len(), PEOPLE.len() + 5);
    for listed in all {
        assert_eq!(listed.eligibility, found(&ldap, &listed.login).await.eligibility, "{}", listed.login);
        let spare = listed.login.strip_prefix("Reserve.0");
        let expected = spare.is_some_and(|number| number != "5") || listed.login == "D.Willems";
        assert_eq!(listed.eligibility == Eligibility::Privileged, expected, "{}", listed.login);
    }
}

#[tokio::test]
async fn a_failed_look_up_of_privilege_lists_nobody() {
    let Setup { pretend, ldap, .. } = setup().await;
    pretend.set_fault(Some(Fault::RefuseNested));
    let mut pages = 0;
    let outcome = ldap.list(&mut |_| pages += 1).await;
    assert!(matches!(outcome, Err(DirectoryError::Answer { code: 53, .. })), "{outcome:?}");
    assert_eq!(pages, 0);
}

#[tokio::test]
async fn a_listing_that_breaks_off_is_an_error_and_not_begun_again_elsewhere() {
    let trust = Trust::new();
    let crowd = SimulatorConfig { crowd: 50, ..SimulatorConfig::default() };
    let first = Pretend::start(crowd, &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    // The groups that are asked for before fit into one page, the accounts do not.
    let config =
        ldap::LdapConfig { page_size: 20, ..config(vec![first.url(), second.url()], trust.file.path()) };
    let ldap = ActiveDirectory::new(config, now()).unwrap();
    first.set_fault(Some(Fault::CutSecondPage));
    let mut seen = Vec::new();
    let outcome = ldap.list(&mut |page| seen.extend(page)).await;
    assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
    assert_eq!(seen.len(), 20);
    assert!(second.seen().is_empty());
}

#[tokio::test]
async fn the_second_server_lists_when_the_first_is_gone_before_the_first_page() {
    let trust = Trust::new();
    let first = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    found(&ldap, "A.Janssen").await;
    first.stop().await;
    assert_eq!(everybody(&ldap).await.unwrap().len(), PEOPLE.len());
}

#[tokio::test]
async fn an_entry_that_does_not_show_how_it_stands_is_not_listed_as_eligible() {
    let Setup { pretend, ldap, .. } = setup().await;
    for attribute in ["userAccountControl", "primaryGroupID", "accountExpires", "objectGUID"] {
        pretend.hire("Reserve.01");
        pretend.set("Reserve.01", attribute, &[]);
        let outcome = everybody(&ldap).await;
        assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{attribute}: {outcome:?}");
        pretend.dismiss("Reserve.01");
    }
}

#[tokio::test]
async fn more_than_a_server_brings_at_once_are_all_listed() {
    let trust = Trust::new();
    let crowd = SimulatorConfig { crowd: 1200, ..SimulatorConfig::default() };
    let pretend = Pretend::start(crowd, &trust.authority).await.unwrap();
    // From the root of the domain, where referrals come with it.
    let config = ldap::LdapConfig {
        page_size: 500,
        base_dn: BASE.to_owned(),
        ..config(vec![pretend.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(config, now()).unwrap();
    let mut sizes = Vec::new();
    let mut logins = HashSet::new();
    let mut take = |page: Vec<ListedAccount>| {
        sizes.push(page.len());
        logins.extend(page.into_iter().map(|listed| listed.login));
    };
    ldap.list(&mut take).await.unwrap();
    // Administrator and the service account are under the root, too.
    assert_eq!(logins.len(), 1200 + PEOPLE.len() + 2);
    assert_eq!(sizes, [500, 500, 209]);
}

#[tokio::test]
async fn a_number_without_an_attribute_to_write_it_to_names_the_setting() {
    let Setup { trust, pretend, .. } = setup().await;
    let config =
        ldap::LdapConfig { mobile_write_attribute: None, ..config(vec![pretend.url()], trust.file.path()) };
    let ldap = ActiveDirectory::new(config, now()).unwrap();
    let error = ldap.write_mobile(&found(&ldap, "A.Janssen").await, "+31612345678").await.unwrap_err();
    assert!(error.to_string().contains("records.mobile_write_attribute"), "{error}");
    assert_eq!(pretend.writes(), 0);
}

#[tokio::test]
async fn a_number_that_may_not_be_written_is_an_answer() {
    let Setup { trust, pretend, .. } = setup().await;
    let config = ldap::LdapConfig {
        mobile_write_attribute: Some("telephoneNumber".to_owned()),
        ..config(vec![pretend.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(config, now()).unwrap();
    let anna = found(&ldap, "A.Janssen").await;
    let outcome = ldap.write_mobile(&anna, "+31612345678").await;
    assert!(matches!(outcome, Err(DirectoryError::Answer { code: 50, .. })), "{outcome:?}");
    let rows = ldap.check().await;
    let row = rows.iter().find(|row| row.what.ends_with("right: write telephoneNumber")).unwrap();
    assert_eq!(row.state, State::Bad);
}

#[tokio::test]
async fn a_source_that_its_subject_can_write_is_warned_of() {
    let Setup { trust, pretend, .. } = setup().await;
    let doubted = |birthdate: &str, mobile: &str| {
        let config = ldap::LdapConfig {
            birthdate_attribute: Some(birthdate.to_owned()),
            mobile_attribute: Some(mobile.to_owned()),
            ..config(vec![pretend.url()], trust.file.path())
        };
        let ldap = ActiveDirectory::new(config, now()).unwrap();
        async move {
            let rows = ldap.check().await.into_iter().filter(|row| row.state == State::Warning);
            rows.map(|row| row.what).collect::<Vec<_>>()
        }
    };
    assert_eq!(
        doubted("info", "msDS-cloudExtensionAttribute3").await,
        ["records.birthdate_attribute", "records.mobile_attribute"]
    );
    assert_eq!(doubted("employeeNumber", "extensionAttribute1").await, Vec::<String>::new());
}
