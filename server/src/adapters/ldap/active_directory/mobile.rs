//! Writing the mobile number to an attribute. Not where the number comes from, nor whether it may be used.

use super::super::connection::{LdapFailure, Sent};
use super::super::pool::Query;
use super::account::by_id;
use super::realm::Realm;
use super::{Pool, Session};
use crate::ports::directory::{AccountId, DirectoryError};
use async_trait::async_trait;

/// What names the attribute to write to.
const SETTING: &str = "records.mobile_write_attribute";

struct Write<'a> {
    target: String,
    attribute: &'a str,
    value: &'a str,
}

/// It may be asked twice, of any server: the second time writes what the first one wrote.
#[async_trait]
impl Query<Realm> for Write<'_> {
    type Answer = ();

    async fn ask(&self, session: &mut Session) -> Result<(), LdapFailure> {
        let values = vec![(self.attribute, self.value.as_bytes().to_vec())];
        match session.connection.replace(&self.target, values, None).await {
            Sent::Answered(0, _) => Ok(()),
            Sent::Answered(code, diagnostic) => {
                Err(LdapFailure::Answer { operation: "modify", code, diagnostic })
            }
            Sent::Not(what) => Err(LdapFailure::Lost(what)),
            Sent::Silence(what) => Err(LdapFailure::Silent(what)),
        }
    }
}

/// Writes the number, where the settings say to which attribute.
pub(super) async fn write(pool: &Pool, id: AccountId, value: &str) -> Result<(), DirectoryError> {
    let Some(attribute) = pool.config.mobile_write_attribute.as_deref() else {
        let what = "it names no attribute to write the number to".to_owned();
        return Err(DirectoryError::Unusable { server: SETTING.to_owned(), what });
    };
    pool.read(&Write { target: by_id(id), attribute, value }).await
}
