//! The directory port: one suite of tests on the fake, the pretend directory, a real Samba AD and a real slapd,
//! and the faults that only the pretend one can have.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod checked;
mod contract;
mod discovery;
mod embedded;
mod fake;
mod faults;
#[path = "directory/judged.rs"]
mod judged_by_samba;
mod listing;
mod openldap;
mod samba;
mod samba_pair;
mod signing_in;
mod trips;
mod who_may;
mod wires;

use app::domain::password::Password;
use app::domain::username::{Domains, Username};
use end2end::directory::content::BASE;
use end2end::tls::Authority;
use server::adapters::ldap::{ActiveDirectory, LdapConfig, Now};
use server::ports::directory::{Account, Directory, DirectoryError, Eligibility, SetPasswordError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn username(text: &str) -> Username {
    Username::parse(text, &Domains::default()).unwrap()
}

pub(crate) async fn found(directory: &dyn Directory, name: &str) -> Account {
    directory.find(&username(name)).await.unwrap().expect(name)
}

#[expect(clippy::disallowed_methods, reason = "the tests' clock")]
pub(crate) fn now() -> Now {
    Arc::new(jiff::Timestamp::now)
}

/// Longer than a real controller takes on a machine that is busy with all other tests.
const PATIENCE: Duration = Duration::from_secs(15);

/// The adapter as the demo's service account. Tests of what is silent bring a time limit of their own.
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
        // So that every listing has several pages.
        page_size: 3,
        connect_timeout: PATIENCE,
        operation_timeout: PATIENCE,
        total_timeout: 3 * PATIENCE,
        ..LdapConfig::new(urls, SVC_UPN.to_owned(), SVC_PASSWORD.to_owned().into(), STAFF.to_owned())
    }
}

fn adapter(urls: Vec<String>, ca_file: &Path) -> ActiveDirectory {
    ActiveDirectory::new(config(urls, ca_file), now()).unwrap()
}

/// With the whole domain as base an outsider is found; the directory itself refuses the write.
async fn denied_outside(urls: Vec<String>, trust: &Trust) {
    let whole = LdapConfig { base_dn: BASE.to_owned(), ..config(urls, trust.file.path()) };
    let ldap = ActiveDirectory::new(whole, now()).unwrap();
    let administrator = found(&ldap, "Administrator").await;
    assert_eq!(administrator.eligibility, Eligibility::Privileged);
    match ldap.set_password(&administrator, &Password::new("Molen-Wiek-Wind-8")).await {
        Err(SetPasswordError::NotWritten(DirectoryError::Answer { code: 50, .. })) => {}
        other => unreachable!("{other:?}"),
    }
}

/// An authority and the file that makes it trusted.
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
