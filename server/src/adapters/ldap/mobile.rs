//! Writing the mobile number to an attribute. Not where the number comes from, nor whether it may be used.

use super::account::by_id;
use super::connection::{Session, Trouble};
use super::pool::{Pool, Question};
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
impl Question for Write<'_> {
    type Answer = ();

    async fn ask(&self, session: &mut Session) -> Result<(), Trouble> {
        session.connection.replace(&self.target, self.attribute, self.value).await
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
