//! Who may take part in a start code: the employee who gets it, and the two agents, who must be two people.

use crate::mobile::Mobile;
use crate::ports::directory::{Account, Eligibility};
use crate::ports::start_codes::StartCodeRequest;
use crate::record_values;
use crate::reset::failure::store_unavailable;
use crate::service_desk::ServiceDeskService;
use app::api::refusal::Refusal;
use app::api::step::Purpose;

impl ServiceDeskService {
    /// The account if a start code may be issued for it with the help of this agent: it may use the reset and can be verified, is
    /// not frozen, a notice reaches its owner, and it is neither the agent's own nor a lead's. The agent does not learn which of
    /// these is missing.
    pub(super) async fn may_receive(
        &self,
        agent: &Account,
        account: Option<Account>,
    ) -> Result<Option<Account>, Refusal> {
        let Some(account) = account.filter(|account| account.eligibility == Eligibility::Eligible) else {
            return Ok(None);
        };
        let may = self.offers_start_codes()
            && self.shared.accounts.provider_name(&account).is_some()
            && self.shared.accounts.can_be_verified(&account, Purpose::NewApp).await?
            && !self.shared.accounts.is_frozen(Some(&account)).await?
            && self.may_act_on(agent.id, &account).await?
            && !self.is_same_person(agent, &account).await?
            && self.notify.reaches(&account).await.map_err(|error| store_unavailable(&error))?;
        Ok(may.then_some(account))
    }

    /// Whether the employee or an agent of a request was frozen since it was made. Then it is void, also after the freeze was
    /// lifted: someone else may have used the account of the agent.
    pub(super) async fn is_void(&self, request: &StartCodeRequest) -> Result<bool, Refusal> {
        self.shared.accounts.was_any_frozen_since(request.participants(), request.requested_at).await
    }

    /// Whether an agent may approve a request: another person than the agent who requested it, who still is one, and one of the
    /// two is a lead. An agent who was frozen since the request may not: the approval would be void.
    pub(super) async fn may_approve(
        &self,
        agent: &Account,
        is_lead: bool,
        request: &StartCodeRequest,
    ) -> Result<bool, Refusal> {
        let Some(requested_by) = self.read(request.requested_by).await? else { return Ok(false) };
        // As the directory has it now: a lead may have lost that role since the request.
        let Some(requested_by_lead) = self.role_of(requested_by.id).await? else { return Ok(false) };
        let may_vouch =
            self.shared.accounts.are_unchanged_since(request.agents(), request.requested_at).await?;
        Ok((is_lead || requested_by_lead)
            && may_vouch
            && !self.shared.accounts.was_frozen_since(agent.id, request.requested_at).await?
            && !self.is_same_person(agent, &requested_by).await?)
    }

    /// Whether the agent who approved a request still is one, and one of the two still is a lead.
    pub(super) async fn is_still_approved(
        &self,
        is_lead: bool,
        request: &StartCodeRequest,
    ) -> Result<bool, Refusal> {
        let Some(approved_by) = request.approved_by else { return Ok(false) };
        let Some(approved_by_lead) = self.role_of(approved_by).await? else { return Ok(false) };
        let may_vouch =
            self.shared.accounts.are_unchanged_since(request.agents(), request.requested_at).await?;
        Ok((is_lead || approved_by_lead) && may_vouch)
    }

    /// Whether two accounts belong to one person, as far as the directory and the registered numbers show it.
    async fn is_same_person(&self, one: &Account, other: &Account) -> Result<bool, Refusal> {
        let provider_name = |account| self.shared.accounts.provider_name(account);
        if one.id == other.id
            || is_same_text(Some(&one.display_name), Some(&other.display_name))
            || is_same_text(provider_name(one).as_deref(), provider_name(other).as_deref())
            || mails(one).any(|mail| mails(other).any(|of_other| is_same_text(Some(mail), Some(of_other))))
        {
            return Ok(true);
        }
        let (one, other) = (self.numbers(one).await?, self.numbers(other).await?);
        Ok(one.iter().any(|number| other.contains(number)))
    }

    /// The mobile numbers of an account: in the directory, and registered.
    async fn numbers(&self, account: &Account) -> Result<Vec<Mobile>, Refusal> {
        let countries = &self.config.coverage.countries;
        let in_directory = account.mobile.as_deref().and_then(|text| Mobile::parse(text, countries).ok());
        let record = self.records.find(account.id).await?;
        let registered =
            record.mobile.and_then(|mobile| record_values::open(&self.keys, account.id, &mobile.value));
        Ok(in_directory.into_iter().chain(registered).collect())
    }
}

fn mails(account: &Account) -> impl Iterator<Item = &str> {
    account.mail.as_deref().into_iter().chain(account.private_mail.as_deref())
}

fn is_same_text(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_some_and(|(one, other)| {
        let (one, other) = (one.trim(), other.trim());
        !one.is_empty() && one.to_lowercase() == other.to_lowercase()
    })
}
