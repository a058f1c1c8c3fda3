//! Listing of all accounts below the base DN, page by page.

use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::super::listing::Listing;
use super::account::{SearchScope, eligibility, id};
use super::context::PolicyContext;
use super::slapd_info::{PERSON, Session, SlapdInfo};
use crate::ports::directory::ListedAccount;
use async_trait::async_trait;

/// A listing in progress, over one connection to one server.
pub(super) struct SlapdListing<'a> {
    session: Session,
    context: PolicyContext,
    scope: &'a SearchScope<'a>,
    cookie: Vec<u8>,
}

#[async_trait]
impl<'a> Listing<SlapdInfo> for SlapdListing<'a> {
    type Scope = &'a SearchScope<'a>;

    async fn start(mut session: Session, scope: Self::Scope) -> Result<Self, LdapFailure> {
        let context = PolicyContext::read(&mut session).await?;
        Ok(Self { session, context, scope, cookie: Vec::new() })
    }

    async fn next_page(&mut self) -> Result<Vec<ListedAccount>, LdapFailure> {
        let config = self.scope.config;
        let mut attributes = self.scope.attributes();
        attributes.extend(config.employee_number_attribute.as_deref());
        let cookie = std::mem::take(&mut self.cookie);
        let (entries, next) =
            self.session.connection.search_page(&config.base_dn, PERSON, &attributes, cookie).await?;
        self.cookie = next;
        // A person without a login name is an address book entry and cannot sign in.
        let accounts = entries.iter().filter(|entry| entry.text("uid").is_some());
        accounts.map(|entry| self.listed_account(entry)).collect()
    }

    fn is_complete(&self) -> bool {
        self.cookie.is_empty()
    }

    fn into_session(self) -> Session {
        self.session
    }
}

impl SlapdListing<'_> {
    fn listed_account(&self, entry: &Entry) -> Result<ListedAccount, LdapFailure> {
        let config = self.scope.config;
        let text = |name: &str| entry.text(name).map(ToOwned::to_owned);
        let configured = |name: &Option<String>| name.as_deref().and_then(text);
        Ok(ListedAccount {
            id: id(entry)?,
            dn: entry.dn.clone(),
            login: entry.required("uid")?.to_owned(),
            principal_name: None,
            mail: text("mail"),
            employee_number: configured(&config.employee_number_attribute),
            birthdate: configured(&config.birthdate_attribute),
            mobile: configured(&config.mobile_attribute),
            eligibility: eligibility(entry, &self.context, &self.session.info, self.scope.now)?,
        })
    }
}
