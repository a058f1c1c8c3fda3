//! Start codes for employees who lost the phone. One agent requests the code, another one approves it, and one of the two is a
//! lead; then the first agent is shown the code and reads it to the employee. The employee still proves the birthdate, and the
//! code opens nothing but the activation of the app; see `reset::start_code`.
//!
//! ```text
//!  request ──▶ approve (another person) ──▶ show ──▶ used once, within 15 minutes
//!     └────────────┴───── withdraw ─────────┘
//! ```

use super::session::{ShownStartCode, SignedIn};
use super::{Answer, DeskClient, ServiceDeskService};
use crate::notifications::local_time::rfc3339_local;
use crate::ports::audit::Event;
use crate::ports::directory::{Account, AccountId, Eligibility};
use crate::ports::notifier::NoticeKind;
use crate::ports::sessions::{Revision, Swap};
use crate::ports::start_codes::StartCodeRequest;
use crate::record_values;
use crate::reset::audit::AuditContext;
use crate::reset::failure::{fault, store_unavailable, unavailable};
use crate::reset::start_code::digest;
use crate::reset::state::projection::seconds_until;
use app::api::refusal::{Reason, Refusal};
use app::api::service_desk_state::StartCodeState;
use app::domain::raw_input::RawInput;
use app::domain::start_code::StartCode;
use app::domain::username::Username;
use jiff::SignedDuration;

/// How long a request waits for its approval, an approval for the code to be shown, and a code for its use.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

#[derive(Debug, thiserror::Error)]
#[error("the notice to the account owner could not be queued")]
struct NotNotified;

impl ServiceDeskService {
    /// Requests a start code. It replaces an earlier request for the same account.
    pub(super) async fn request_start_code(
        &self,
        client: &DeskClient,
        typed: &RawInput,
        identity: Option<&RawInput>,
    ) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk start code").await?;
        let signed_in = open.session.signed_in()?.clone();
        let username = self.parse_name(typed)?;
        let identity_seen = parse_identity(identity, &signed_in)?;
        let agent = self.agent(&open).await?;
        // Before the name is looked up, so that names cannot be tried.
        self.limits.count_start_code(client, agent.id).await?;
        let pseudonym = self.pseudonym(agent.id);
        let found = self.shared.accounts.find_account(&username).await?;
        let Some(account) = self.may_receive(&agent, found).await? else {
            let context = AuditContext::name(&username, client.reset.address);
            let event = Event::StartCodeRefused { agent: pseudonym };
            self.shared.audit.record_after(&context, "", event).await;
            return Err(Refusal::invalid("username", Reason::NotOffered).into());
        };
        let earlier = self.find_request(account.id).await?;
        let event = Event::StartCodeRequested { agent: pseudonym, identity_seen };
        self.record(client, account.id, event).await?;
        let now = self.clock.now();
        let request = StartCodeRequest {
            account: account.id,
            requested_by: agent.id,
            requested_at: now,
            requested_by_lead: signed_in.lead,
            identity_seen,
            approved_by: None,
            code: None,
            expires: now + LIFETIME,
        };
        self.put_request(&request, earlier.map(|(_, revision)| revision)).await?;
        count("requested");
        self.finish_step(&mut open, SignedIn { start_code: None, ..signed_in }).await
    }

    /// Approves the request of another agent.
    pub(super) async fn approve_start_code(
        &self,
        client: &DeskClient,
        typed: &RawInput,
        identity: Option<&RawInput>,
    ) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk start code").await?;
        let signed_in = open.session.signed_in()?.clone();
        let username = self.parse_name(typed)?;
        let identity_seen = parse_identity(identity, &signed_in)?;
        let agent = self.agent(&open).await?;
        let (account, request, revision) = self.open_request(&agent, &username).await?;
        if request.approved_by.is_some() || !self.may_approve(&agent, signed_in.lead, &request).await? {
            return Err(not_offered().into());
        }
        let identity_seen = identity_seen || request.identity_seen;
        let event = Event::StartCodeApproved { agent: self.pseudonym(agent.id), identity_seen };
        self.record(client, account.id, event).await?;
        let expires = self.clock.now() + LIFETIME;
        let approved = StartCodeRequest { approved_by: Some(agent.id), identity_seen, expires, ..request };
        self.put_request(&approved, Some(revision)).await?;
        count("approved");
        self.finish_step(&mut open, signed_in).await
    }

    /// Shows the code to the agent who requested it. The account owner is notified before.
    pub(super) async fn show_start_code(
        &self,
        client: &DeskClient,
        typed: &RawInput,
    ) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk start code").await?;
        let signed_in = open.session.signed_in()?.clone();
        let username = self.parse_name(typed)?;
        let agent = self.agent(&open).await?;
        let (account, request, revision) = self.open_request(&agent, &username).await?;
        if request.requested_by != agent.id || request.approved_by.is_none() || request.code.is_some() {
            return Err(not_offered().into());
        }
        let random =
            crate::random::bytes().map_err(|error| fault("no random bytes for a start code", &error))?;
        let code = StartCode::from_random(random);
        let event = Event::StartCodeShown { agent: self.pseudonym(agent.id) };
        self.record(client, account.id, event).await?;
        if !self.notify.notify(&account, NoticeKind::StartCodeIssued, "").await {
            return Err(unavailable("outbox", &NotNotified).into());
        }
        let expires = self.clock.now() + LIFETIME;
        let shown = digest(&self.keys, account.id, &code);
        self.put_request(&StartCodeRequest { code: Some(shown), expires, ..request }, Some(revision)).await?;
        count("shown");
        let start_code = Some(ShownStartCode { account: account.id, code });
        self.finish_step(&mut open, SignedIn { start_code, ..signed_in }).await
    }

    /// Withdraws a request, or a code that was not used: by the agent who requested it, or by a lead.
    pub(super) async fn withdraw_start_code(
        &self,
        client: &DeskClient,
        typed: &RawInput,
    ) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk start code").await?;
        let signed_in = open.session.signed_in()?.clone();
        let username = self.parse_name(typed)?;
        let agent = self.agent(&open).await?;
        let found = self.shared.accounts.find_account(&username).await?.ok_or_else(not_offered)?;
        let (request, revision) = self.find_request(found.id).await?.ok_or_else(not_offered)?;
        if request.requested_by != agent.id && !signed_in.lead {
            return Err(not_offered().into());
        }
        let event = Event::StartCodeWithdrawn { agent: self.pseudonym(agent.id) };
        self.record(client, found.id, event).await?;
        let removed = self.start_codes.remove_start_code(found.id, revision).await;
        if !removed.map_err(|error| store_unavailable(&error))? {
            return Err(Refusal::InProgress.into());
        }
        count("withdrawn");
        self.finish_step(&mut open, SignedIn { start_code: None, ..signed_in }).await
    }

    /// The open requests as this agent sees them.
    pub(super) async fn show_start_codes(
        &self,
        agent: AccountId,
        signed_in: &SignedIn,
    ) -> Result<Vec<StartCodeState>, Refusal> {
        let now = self.clock.now();
        let requests = self.start_codes.open_start_codes(now).await;
        let requests = requests.map_err(|error| store_unavailable(&error))?;
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let Some(agent) = self.read(agent).await? else { return Ok(Vec::new()) };
        let mut shown = Vec::new();
        for request in requests {
            let (Some(account), Some(requested_by)) =
                (self.read(request.account).await?, self.read(request.requested_by).await?)
            else {
                continue;
            };
            let own = request.requested_by == agent.id;
            let approved = request.approved_by.is_some();
            let may_approve = !approved && self.may_approve(&agent, signed_in.lead, &request).await?;
            let is_shown = |shown: &&ShownStartCode| {
                own && shown.account == account.id
                    && request.code == Some(digest(&self.keys, account.id, &shown.code))
            };
            let code = signed_in.start_code.as_ref().filter(is_shown);
            shown.push(StartCodeState {
                name: display_name(&account),
                username: account.login.clone(),
                requested_by: display_name(&requested_by),
                requested_at: rfc3339_local(request.requested_at),
                identity_seen: request.identity_seen,
                own,
                may_approve,
                approved,
                code: code.map(|shown| shown.code.expose().to_owned()),
                expires_in: seconds_until(request.expires, now),
            });
        }
        Ok(shown)
    }

    fn parse_name(&self, typed: &RawInput) -> Result<Username, Refusal> {
        Username::parse(typed.expose(), &self.config.domains)
            .map_err(|error| Refusal::invalid("username", error))
    }

    async fn read(&self, account: AccountId) -> Result<Option<Account>, Refusal> {
        self.shared.accounts.directory_answered(self.directory.read(account).await)
    }

    async fn find_request(
        &self,
        account: AccountId,
    ) -> Result<Option<(StartCodeRequest, Revision)>, Refusal> {
        let found = self.start_codes.find_start_code(account).await;
        found.map_err(|error| store_unavailable(&error))
    }

    /// The request for a user name that has not expired, and whose account may still get a code.
    async fn open_request(
        &self,
        agent: &Account,
        username: &Username,
    ) -> Result<(Account, StartCodeRequest, Revision), Refusal> {
        let found = self.shared.accounts.find_account(username).await?;
        let account = self.may_receive(agent, found).await?.ok_or_else(not_offered)?;
        let found = self.find_request(account.id).await?;
        let is_open = |request: &StartCodeRequest| request.expires > self.clock.now();
        let (request, revision) = found.filter(|(request, _)| is_open(request)).ok_or_else(not_offered)?;
        if self.shared.accounts.was_frozen_since(account.id, request.requested_at).await? {
            return Err(not_offered());
        }
        Ok((account, request, revision))
    }

    /// The account if a start code may be issued for it with the help of this agent: it may use the reset, is not frozen, and is
    /// neither the agent's own nor a lead's.
    async fn may_receive(
        &self,
        agent: &Account,
        account: Option<Account>,
    ) -> Result<Option<Account>, Refusal> {
        let Some(account) = account.filter(|account| account.eligibility == Eligibility::Eligible) else {
            return Ok(None);
        };
        let has_app = self.can_activate && self.shared.accounts.provider_name(&account).is_some();
        let may = has_app
            && !self.shared.accounts.is_frozen(Some(&account)).await?
            && self.may_act_on(agent.id, &account).await?
            && !self.is_same_person(agent, &account).await?;
        Ok(may.then_some(account))
    }

    /// Whether an agent may approve a request: another person than the agent who requested it, who still is one, and one of the
    /// two is a lead.
    async fn may_approve(
        &self,
        agent: &Account,
        is_lead: bool,
        request: &StartCodeRequest,
    ) -> Result<bool, Refusal> {
        if !(is_lead || request.requested_by_lead) || request.account == agent.id {
            return Ok(false);
        }
        let Some(requested_by) = self.read(request.requested_by).await? else { return Ok(false) };
        let is_agent = self.role_of(requested_by.id).await?.is_some();
        Ok(is_agent && !self.is_same_person(agent, &requested_by).await?)
    }

    /// Whether two accounts belong to one person, as far as the directory and the registered numbers show it.
    async fn is_same_person(&self, one: &Account, other: &Account) -> Result<bool, Refusal> {
        if one.id == other.id || have_common_value(one, other) {
            return Ok(true);
        }
        let provider_name = |account| self.shared.accounts.provider_name(account);
        if is_same_text(provider_name(one).as_deref(), provider_name(other).as_deref()) {
            return Ok(true);
        }
        let (one, other) = (self.registered_mobile(one.id).await?, self.registered_mobile(other.id).await?);
        Ok(one.is_some() && one == other)
    }

    async fn registered_mobile(&self, account: AccountId) -> Result<Option<crate::mobile::Mobile>, Refusal> {
        let record = self.records.find(account).await?;
        Ok(record.mobile.and_then(|mobile| record_values::open(&self.keys, account, &mobile.value)))
    }

    async fn put_request(
        &self,
        request: &StartCodeRequest,
        revision: Option<Revision>,
    ) -> Result<(), Refusal> {
        let stored = self.start_codes.put_start_code(request, revision).await;
        match stored.map_err(|error| store_unavailable(&error))? {
            Swap::Won(_) => Ok(()),
            Swap::Lost => Err(Refusal::InProgress),
        }
    }
}

/// `seen` says that a lead has seen who the employee is.
fn parse_identity(typed: Option<&RawInput>, signed_in: &SignedIn) -> Result<bool, Refusal> {
    match typed.map(RawInput::expose) {
        None => Ok(false),
        Some("seen") if signed_in.lead => Ok(true),
        Some(_) => Err(Refusal::invalid("identity", Reason::NotOffered)),
    }
}

fn not_offered() -> Refusal {
    Refusal::invalid("request", Reason::NotOffered)
}

fn display_name(account: &Account) -> String {
    if account.display_name.is_empty() { account.login.clone() } else { account.display_name.clone() }
}

/// Whether two accounts share a name, a mail address or a number in the directory.
fn have_common_value(one: &Account, other: &Account) -> bool {
    let digits = |account: &Account| {
        account.mobile.as_ref().map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>())
    };
    is_same_text(Some(&one.display_name), Some(&other.display_name))
        || is_same_text(one.mail.as_deref(), other.mail.as_deref())
        || is_same_text(one.private_mail.as_deref(), other.private_mail.as_deref())
        || is_same_text(digits(one).as_deref(), digits(other).as_deref())
}

fn is_same_text(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_some_and(|(one, other)| {
        let (one, other) = (one.trim(), other.trim());
        !one.is_empty() && one.to_lowercase() == other.to_lowercase()
    })
}

fn count(event: &'static str) {
    metrics::counter!("service_desk_start_codes_total", "event" => event).increment(1);
}
