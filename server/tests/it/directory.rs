//! Tests of the directory port: one contract suite for the fake, the simulated AD, Samba AD and slapd, and faults that
//! only the simulator can produce.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod broken_connections;
mod check;
mod contract;
mod discovery;
mod eligibility;
mod fake;
mod faults;
mod listing;
mod openldap;
mod round_trips;
mod samba;
mod samba_pair;
mod samba_password_policy;
mod sign_in;
mod simulator;
mod write_results;

use app::domain::password::Password;
use app::domain::username::{Domains, Username};
use end2end::directory::content::BASE;
use end2end::tls::Authority;
use server::adapters::ldap::{ActiveDirectory, LdapConfig, TimeSource};
use server::ports::directory::{Account, Directory, DirectoryError, Eligibility, SetPasswordError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn username(text: &str) -> Username {
    Username::parse(text, &Domains::default()).unwrap()
}

/// Looks up an account that must exist.
pub(crate) async fn found(directory: &dyn Directory, name: &str) -> Account {
    directory.find(&username(name)).await.unwrap().expect(name)
}

#[expect(clippy::disallowed_methods, reason = "the clock of the tests")]
pub(crate) fn now() -> TimeSource {
    Arc::new(jiff::Timestamp::now)
}

/// Longer than a real controller needs on a machine that is busy with all other tests.
const LDAP_TIMEOUT: Duration = Duration::from_secs(15);

/// The adapter's configuration with the demo's service account. Tests of silent servers set shorter timeouts.
pub(crate) fn config(urls: Vec<String>, ca_file: &Path) -> LdapConfig {
    use end2end::directory::content::{
        BIRTHDATE_ATTRIBUTE, EMPLOYEE_NUMBER_ATTRIBUTE, MOBILE_ATTRIBUTE, STAFF, SVC_PASSWORD, SVC_UPN,
    };
    LdapConfig {
        ca_file: Some(ca_file.to_owned()),
        birthdate_attribute: Some(BIRTHDATE_ATTRIBUTE.to_owned()),
        mobile_attribute: Some(MOBILE_ATTRIBUTE.to_owned()),
        mobile_write_attribute: Some(MOBILE_ATTRIBUTE.to_owned()),
        employee_number_attribute: Some(EMPLOYEE_NUMBER_ATTRIBUTE.to_owned()),
        // Small, so that every listing has several pages.
        page_size: 3,
        connect_timeout: LDAP_TIMEOUT,
        operation_timeout: LDAP_TIMEOUT,
        total_timeout: 3 * LDAP_TIMEOUT,
        ..LdapConfig::new(urls, SVC_UPN.to_owned(), SVC_PASSWORD.to_owned().into(), STAFF.to_owned())
    }
}

fn adapter(urls: Vec<String>, ca_file: &Path) -> ActiveDirectory {
    ActiveDirectory::new(config(urls, ca_file), now()).unwrap()
}

/// With Administrators as the high-impact group: D.Willems is in Domain Admins, which is nested in it.
fn high_impact_adapter(url: String, ca_file: &Path) -> Box<dyn Directory> {
    let high_impact_groups = vec![format!("CN=Administrators,CN=Builtin,{BASE}")];
    let config = LdapConfig { high_impact_groups, ..config(vec![url], ca_file) };
    Box::new(ActiveDirectory::new(config, now()).unwrap())
}

/// With the whole domain as base DN, an account outside the OU is found; the directory itself refuses the write.
async fn assert_write_outside_base_dn_is_denied(urls: Vec<String>, trust: &Trust) {
    let domain_wide = LdapConfig { base_dn: BASE.to_owned(), ..config(urls, trust.file.path()) };
    let ldap = ActiveDirectory::new(domain_wide, now()).unwrap();
    let administrator = found(&ldap, "Administrator").await;
    assert_eq!(administrator.eligibility, Eligibility::Privileged);
    match ldap.set_password(&administrator, &Password::new("Molen-Wiek-Wind-8")).await {
        Err(SetPasswordError::NotWritten(DirectoryError::Answer { code: 50, .. })) => {}
        other => unreachable!("{other:?}"),
    }
}

/// A certificate authority and the file with its certificate, for `ca_file`.
pub(crate) struct Trust {
    pub(crate) authority: Authority,
    pub(crate) file: tempfile::NamedTempFile,
}

impl Trust {
    pub(crate) fn new() -> Self {
        let authority = Authority::new().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), authority.pem()).unwrap();
        Self { authority, file }
    }
}
