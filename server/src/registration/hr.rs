//! The owners of numbers that HR changed are told. Not the import itself.

use crate::import::Told;
use crate::mobile::Mobile;
use crate::ports::directory::{AccountId, Directory};
use crate::ports::notices::{Happened, Notifier, Recipients};
use async_trait::async_trait;
use jiff::Timestamp;

/// Tells them at the old number and by mail.
pub struct Owners<'a> {
    /// Where the mail address is.
    pub directory: &'a dyn Directory,
    /// Who tells.
    pub notices: &'a dyn Notifier,
    /// When it happened.
    pub now: Timestamp,
}

#[async_trait]
impl Told for Owners<'_> {
    async fn number_replaced(&self, account: AccountId, old: Option<Mobile>, _: Timestamp) {
        let mail = match self.directory.read(account).await {
            Ok(account) => account.and_then(|account| account.mail),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "an owner is not told by mail");
                None
            }
        };
        let to = Recipients { mail, mobiles: old.into_iter().collect() };
        self.notices.tell(account, Happened::MobileChanged, &to, self.now).await;
    }
}
