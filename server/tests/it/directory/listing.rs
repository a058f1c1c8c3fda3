//! Listing and mobile number under conditions that only the simulator can produce: interruption, stopped servers,
//! missing rights.

use super::{Trust, adapter, config, found, now};
use end2end::directory::content::{BASE, NESTED_ADMINS};
use end2end::directory::{Directory as Simulator, Fault, SimulatorConfig};
use end2end::people::PEOPLE;
use server::adapters::ldap::{self, ActiveDirectory};
use server::ports::directory::{Directory, DirectoryError, Eligibility, ListedAccount};
use server::ports::health_finding::State;
use std::collections::HashSet;

pub(super) async fn list_all(directory: &dyn Directory) -> Result<Vec<ListedAccount>, DirectoryError> {
    let mut all = Vec::new();
    directory.list(&mut |page| all.extend(page)).await?;
    Ok(all)
}

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

#[tokio::test]
async fn listing_reports_privilege_for_every_kind_of_membership() {
    let Setup { simulator, ldap, .. } = setup().await;
    for login in ["Reserve.01", "Reserve.02", "Reserve.03", "Reserve.04", "Reserve.05"] {
        simulator.add_account(login);
    }
    simulator.add_to_group("Reserve.01", NESTED_ADMINS);
    simulator.set("Reserve.02", "primaryGroupID", &["512"]);
    // The primary group is not protected itself, but nested in a protected one.
    simulator.set("Reserve.03", "primaryGroupID", &["1102"]);
    simulator.set("Reserve.04", "adminCount", &["1"]);
    // Unusual, but no privilege.
    simulator.set("Reserve.05", "primaryGroupID", &["4711"]);
    let all = list_all(&ldap).await.unwrap();
    assert_eq!(all.len(), PEOPLE.len() + 5);
    for listed in all {
        assert_eq!(listed.eligibility, found(&ldap, &listed.login).await.eligibility, "{}", listed.login);
        let spare = listed.login.strip_prefix("Reserve.0");
        let expected = spare.is_some_and(|number| number != "5") || listed.login == "D.Willems";
        assert_eq!(listed.eligibility == Eligibility::Privileged, expected, "{}", listed.login);
    }
}

#[tokio::test]
async fn failed_privilege_lookup_lists_no_account() {
    let Setup { simulator, ldap, .. } = setup().await;
    simulator.set_fault(Some(Fault::REFUSE_NESTED));
    let mut pages = 0;
    let outcome = ldap.list(&mut |_| pages += 1).await;
    assert!(matches!(outcome, Err(DirectoryError::Answer { code: 53, .. })), "{outcome:?}");
    assert_eq!(pages, 0);
}

#[tokio::test]
async fn interrupted_listing_is_an_error_and_not_restarted_on_another_server() {
    let trust = Trust::new();
    let extra_employees = SimulatorConfig { extra_employees: 50, ..SimulatorConfig::default() };
    let first = Simulator::start(extra_employees, &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    // The groups that are queried first fit into one page, the accounts do not.
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
async fn second_server_lists_if_the_first_stops_before_the_first_page() {
    let trust = Trust::new();
    let first = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    let ldap = adapter(vec![first.url(), second.url()], trust.file.path());
    found(&ldap, "A.Janssen").await;
    first.stop().await;
    assert_eq!(list_all(&ldap).await.unwrap().len(), PEOPLE.len());
}

#[tokio::test]
async fn entry_without_status_attributes_is_not_listed_as_eligible() {
    let Setup { simulator, ldap, .. } = setup().await;
    for attribute in ["userAccountControl", "primaryGroupID", "accountExpires", "objectGUID"] {
        simulator.add_account("Reserve.01");
        simulator.set("Reserve.01", attribute, &[]);
        let outcome = list_all(&ldap).await;
        assert!(matches!(outcome, Err(DirectoryError::Unusable { .. })), "{attribute}: {outcome:?}");
        simulator.delete_account("Reserve.01");
    }
}

#[tokio::test]
async fn accounts_beyond_the_server_size_limit_are_all_listed() {
    let trust = Trust::new();
    let extra_employees = SimulatorConfig { extra_employees: 1200, ..SimulatorConfig::default() };
    let simulator = Simulator::start(extra_employees, &trust.authority).await.unwrap();
    // From the root of the domain, where the result contains referrals.
    let config = ldap::LdapConfig {
        page_size: 500,
        base_dn: BASE.to_owned(),
        ..config(vec![simulator.url()], trust.file.path())
    };
    let ldap = ActiveDirectory::new(config, now()).unwrap();
    let mut sizes = Vec::new();
    let mut logins = HashSet::new();
    let mut sink = |page: Vec<ListedAccount>| {
        sizes.push(page.len());
        logins.extend(page.into_iter().map(|listed| listed.login));
    };
    ldap.list(&mut sink).await.unwrap();
    // Administrator and the service account are below the root, too.
    assert_eq!(logins.len(), 1200 + PEOPLE.len() + 2);
    assert_eq!(sizes, [500, 500, 209]);
}

#[tokio::test]
async fn mobile_write_without_configured_attribute_names_the_setting() {
    let Setup { trust, simulator, .. } = setup().await;
    let config =
        ldap::LdapConfig { mobile_write_attribute: None, ..config(vec![simulator.url()], trust.file.path()) };
    let ldap = ActiveDirectory::new(config, now()).unwrap();
    let error = ldap.write_mobile(&found(&ldap, "A.Janssen").await, "+31612345678").await.unwrap_err();
    assert!(error.to_string().contains("records.mobile_write_attribute"), "{error}");
    assert_eq!(simulator.writes(), 0);
}

#[tokio::test]
async fn denied_mobile_write_reports_the_ldap_result_code() {
    let Setup { trust, simulator, .. } = setup().await;
    let config = ldap::LdapConfig {
        mobile_write_attribute: Some("telephoneNumber".to_owned()),
        ..config(vec![simulator.url()], trust.file.path())
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
async fn self_writable_source_attribute_is_a_warning() {
    let Setup { trust, simulator, .. } = setup().await;
    let warnings = |birthdate: &str, mobile: &str| {
        let config = ldap::LdapConfig {
            birthdate_attribute: Some(birthdate.to_owned()),
            mobile_attribute: Some(mobile.to_owned()),
            ..config(vec![simulator.url()], trust.file.path())
        };
        let ldap = ActiveDirectory::new(config, now()).unwrap();
        async move {
            let rows = ldap.check().await.into_iter().filter(|row| row.state == State::Warning);
            rows.map(|row| row.what).collect::<Vec<_>>()
        }
    };
    assert_eq!(
        warnings("info", "msDS-cloudExtensionAttribute3").await,
        ["records.birthdate_attribute", "records.mobile_attribute"]
    );
    assert_eq!(warnings("employeeNumber", "extensionAttribute1").await, Vec::<String>::new());
}
