//! The directory.

use super::meter::Meter;
use crate::ports::directory::{
    Account, AccountId, Directory, DirectoryError, PageSink, PasswordCheck, Policy, SetPasswordError,
};
use crate::ports::health_finding::Finding;
use app::domain::password::Password;
use app::domain::username::Username;
use async_trait::async_trait;
use std::sync::Arc;

/// A directory with measured calls.
pub struct MeasuredDirectory {
    inner: Arc<dyn Directory>,
    find: Meter,
    read: Meter,
    policy: Meter,
    set_password: Meter,
    unlock: Meter,
    verify_password: Meter,
    sign_in: Meter,
    list: Meter,
    mobile: Meter,
}

impl MeasuredDirectory {
    /// Measures the calls of `inner`.
    pub fn new(inner: Arc<dyn Directory>) -> Self {
        let meter = |operation| Meter::new("directory", operation);
        Self {
            inner,
            find: meter("find"),
            read: meter("read"),
            policy: meter("policy"),
            set_password: meter("set_password"),
            unlock: meter("unlock"),
            verify_password: meter("verify_password"),
            sign_in: meter("sign_in"),
            list: meter("list"),
            mobile: meter("mobile"),
        }
    }
}

/// Whether the directory failed. An unusable entry is an answer about that entry.
fn failed(error: &DirectoryError) -> bool {
    match error {
        DirectoryError::Unreachable { .. } | DirectoryError::Answer { .. } => true,
        DirectoryError::Unusable { .. } => false,
    }
}

fn is_failure<T>(result: &Result<T, DirectoryError>) -> bool {
    result.as_ref().is_err_and(failed)
}

/// A refused password is an answer.
fn is_failed_write(result: &Result<(), SetPasswordError>) -> bool {
    match result {
        Ok(()) | Err(SetPasswordError::Refused { .. }) => false,
        Err(SetPasswordError::NotWritten(_) | SetPasswordError::Unknown { .. }) => true,
    }
}

#[async_trait]
impl Directory for MeasuredDirectory {
    async fn find(&self, name: &Username) -> Result<Option<Account>, DirectoryError> {
        self.find.measure_as(self.inner.find(name), is_failure).await
    }

    async fn read(&self, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        self.read.measure_as(self.inner.read(id), is_failure).await
    }

    fn servers(&self) -> Vec<String> {
        self.inner.servers()
    }

    async fn read_at(&self, server: &str, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        self.read.measure_as(self.inner.read_at(server, id), is_failure).await
    }

    async fn policy(&self, account: &Account) -> Result<Policy, DirectoryError> {
        self.policy.measure_as(self.inner.policy(account), is_failure).await
    }

    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError> {
        self.set_password.measure_as(self.inner.set_password(account, password), is_failed_write).await
    }

    async fn unlock(&self, account: &Account) -> Result<(), DirectoryError> {
        self.unlock.measure_as(self.inner.unlock(account), is_failure).await
    }

    async fn verify_password(
        &self,
        account: &Account,
        password: &Password,
    ) -> Result<Option<bool>, DirectoryError> {
        self.verify_password.measure_as(self.inner.verify_password(account, password), is_failure).await
    }

    async fn sign_in(
        &self,
        account: Option<&Account>,
        password: &Password,
        margin: u32,
    ) -> Result<PasswordCheck, DirectoryError> {
        self.sign_in.measure_as(self.inner.sign_in(account, password, margin), is_failure).await
    }

    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError> {
        self.list.measure_as(self.inner.list(take), is_failure).await
    }

    async fn is_member(&self, account: AccountId, groups: &[String]) -> Result<bool, DirectoryError> {
        self.read.measure_as(self.inner.is_member(account, groups), is_failure).await
    }

    async fn written_mobile(&self, account: &Account) -> Result<Option<String>, DirectoryError> {
        self.mobile.measure_as(self.inner.written_mobile(account), is_failure).await
    }

    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError> {
        self.mobile.measure_as(self.inner.write_mobile(account, mobile), is_failure).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.inner.check().await
    }
}
