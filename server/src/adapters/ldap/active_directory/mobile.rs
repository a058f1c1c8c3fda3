//! Reads and writes the mobile number in a directory attribute.

use super::super::connection::{ANY_ENTRY, ReplaceOutcome};
use super::super::failure::LdapFailure;
use super::super::pool::Query;
use super::account::guid_dn;
use super::domain_info::{DomainInfo, Pool, Session};
use crate::ports::directory::{AccountId, DirectoryError};
use async_trait::async_trait;

/// The setting that names the attribute.
const SETTING: &str = "records.mobile_write_attribute";

struct WriteMobile<'a> {
    target: String,
    attribute: &'a str,
    value: &'a str,
}

/// Idempotent: a repeated write, on any server, writes the same value.
#[async_trait]
impl Query<DomainInfo> for WriteMobile<'_> {
    type Answer = ();

    async fn run(&self, session: &mut Session) -> Result<(), LdapFailure> {
        let values = vec![(self.attribute, self.value.as_bytes().to_vec())];
        match session.connection.replace(&self.target, values, None).await {
            ReplaceOutcome::Answered(0, _) => Ok(()),
            ReplaceOutcome::Answered(code, diagnostic) => {
                Err(LdapFailure::Answer { operation: "modify", code, diagnostic, advice: "" })
            }
            ReplaceOutcome::NotSent(what) => Err(LdapFailure::Disconnected(what)),
            ReplaceOutcome::NoAnswer(what) => Err(LdapFailure::TimedOut(what)),
        }
    }
}

struct ReadMobile<'a> {
    target: String,
    attribute: &'a str,
}

#[async_trait]
impl Query<DomainInfo> for ReadMobile<'_> {
    type Answer = Option<String>;

    async fn run(&self, session: &mut Session) -> Result<Self::Answer, LdapFailure> {
        let entry = session.connection.read_entry(&self.target, ANY_ENTRY, &[self.attribute]).await?;
        Ok(entry.and_then(|entry| entry.text(self.attribute).map(str::to_owned)))
    }
}

fn attribute(pool: &Pool) -> Result<&str, DirectoryError> {
    pool.config.mobile_write_attribute.as_deref().ok_or_else(|| {
        let what = "no attribute is configured for the mobile number".to_owned();
        DirectoryError::Unusable { server: SETTING.to_owned(), what }
    })
}

/// Reads the number in the configured attribute; fails if none is configured.
pub(super) async fn read(pool: &Pool, id: AccountId) -> Result<Option<String>, DirectoryError> {
    pool.query(&ReadMobile { target: guid_dn(id), attribute: attribute(pool)? }).await
}

/// Writes the number to the configured attribute; fails if none is configured.
pub(super) async fn write(pool: &Pool, id: AccountId, value: &str) -> Result<(), DirectoryError> {
    pool.query(&WriteMobile { target: guid_dn(id), attribute: attribute(pool)?, value }).await
}
