//! Start codes for employees who lost the phone. One agent requests the code, another one approves it, and one of the two is a
//! lead; then the first agent is shown the code and reads it to the employee. The employee still proves the birthdate, and the
//! code opens nothing but the activation of the app; see `reset::start_code`.
//!
//! ```text
//!  request ──▶ approve (another person) ──▶ show ──▶ used once, within 15 minutes
//!     └────────────┴───── withdraw ─────────┘
//! ```

mod participants;

use super::session::{Open, ShownStartCode, SignedIn, Stage};
use super::{Answer, DeskClient, ServiceDeskService};
use crate::crypto::Purpose;
use crate::notifications::local_time::rfc3339_local;
use crate::ports::audit::Event;
use crate::ports::directory::{Account, AccountId};
use crate::ports::notifier::NoticeKind;
use crate::ports::sessions::{Revision, Swap};
use crate::ports::start_codes::{StartCodeRequest, StartCodes};
use crate::ports::store::StoreError;
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::failure::{fault, store_unavailable, unavailable};
use crate::reset::start_code::digest;
use crate::reset::state::projection::seconds_until;
use app::api::refusal::{Reason, Refusal};
use app::api::service_desk_state::StartCodeState;
use app::domain::raw_input::RawInput;
use app::domain::start_code::StartCode;
use app::domain::username::Username;
use jiff::{SignedDuration, Timestamp};

/// How long a request waits for its approval, an approval for the code to be shown, and a code for its use.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// How many codes one request gives: another one if the page was lost. Each is announced to the owner.
const MAX_SHOWN: u8 = 2;

/// What every command about a start code begins with.
struct Step {
    open: Open,
    signed_in: SignedIn,
    /// Of the employee.
    username: Username,
    agent: Account,
}

#[derive(Debug, thiserror::Error)]
#[error("the notice to the account owner could not be queued")]
struct NotNotified;

impl ServiceDeskService {
    /// Requests a start code. It replaces an earlier request of this agent for the same account, or one that has expired.
    pub(super) async fn request_start_code(
        &self,
        client: &DeskClient,
        typed: &RawInput,
    ) -> Result<Answer, Answer> {
        let Step { mut open, signed_in, username, agent } = self.start_code_step(client, typed).await?;
        if !self.offers_start_codes() {
            return Err(not_offered().into());
        }
        // Before the name is looked up, so that names cannot be tried.
        self.limits.count_start_code(client, agent.id).await?;
        let pseudonym = self.pseudonym(agent.id);
        let found = self.shared.accounts.find_account(&username).await?;
        let context = match &found {
            Some(account) => AuditContext::account(account.id, client.reset.address),
            None => AuditContext::name(&username, client.reset.address),
        };
        let refused = Event::StartCodeRefused { agent: pseudonym.clone() };
        let Some(account) = self.may_receive(&agent, found).await? else {
            self.shared.audit.record_after(&context, "", refused).await;
            return Err(Refusal::invalid("username", Reason::NotOffered).into());
        };
        let earlier = self.find_request(account.id).await?;
        // Otherwise an agent could slip a request of their own under the approval of a colleague.
        if let Some((earlier, _)) = &earlier
            && earlier.requested_by != agent.id
            && earlier.expires > self.clock.now()
            && !self.is_void(earlier).await?
        {
            self.shared.audit.record_after(&context, "", refused).await;
            return Err(not_offered().into());
        }
        let event = Event::StartCodeRequested { agent: pseudonym };
        self.record(client, account.id, event).await?;
        let now = self.clock.now();
        let request = StartCodeRequest {
            account: account.id,
            requested_by: agent.id,
            requested_at: now,
            identity_seen: false,
            approved_by: None,
            code: None,
            expires: now + LIFETIME,
            shown: 0,
            attempts: 0,
        };
        // The session first: a request of an agent whose sessions were revoked meanwhile is not stored.
        self.advance(&mut open, Stage::SignedIn(signed_in.without_start_code_of(account.id))).await?;
        self.put_request(&request, earlier.map(|(_, revision)| revision)).await?;
        count("requested");
        Ok(Answer::ok(self.show(&open).await?, Cookie::Keep))
    }

    /// Approves the request of another agent.
    pub(super) async fn approve_start_code(
        &self,
        client: &DeskClient,
        typed: &RawInput,
        id: &RawInput,
        identity: Option<&RawInput>,
    ) -> Result<Answer, Answer> {
        let Step { mut open, signed_in, username, agent } = self.start_code_step(client, typed).await?;
        let identity_seen = parse_identity(identity, &signed_in)?;
        let (account, request, revision) = self.open_request(&agent, &username).await?;
        // The request that was on screen, and not a later one for the same account.
        let is_shown = id.expose() == self.id_of(&request);
        if !is_shown
            || request.approved_by.is_some()
            || !self.may_approve(&agent, signed_in.lead, &request).await?
        {
            return Err(not_offered().into());
        }
        let event = Event::StartCodeApproved { agent: self.pseudonym(agent.id), identity_seen };
        self.record(client, account.id, event).await?;
        let expires = self.clock.now() + LIFETIME;
        let approved = StartCodeRequest { approved_by: Some(agent.id), identity_seen, expires, ..request };
        // The session first, as for a request.
        self.advance(&mut open, Stage::SignedIn(signed_in)).await?;
        self.put_request(&approved, Some(revision)).await?;
        count("approved");
        Ok(Answer::ok(self.show(&open).await?, Cookie::Keep))
    }

    /// Shows the code to the agent who requested it. The account owner is notified before.
    pub(super) async fn show_start_code(
        &self,
        client: &DeskClient,
        typed: &RawInput,
    ) -> Result<Answer, Answer> {
        let Step { mut open, signed_in, username, agent } = self.start_code_step(client, typed).await?;
        let (account, request, revision) = self.open_request(&agent, &username).await?;
        let is_ready = request.requested_by == agent.id
            && request.shown < MAX_SHOWN
            && self.is_still_approved(signed_in.lead, &request).await?;
        // A code whose answer was lost is on screen; the others can be shown once more, with another notice.
        if !is_ready || signed_in.start_code.as_ref().is_some_and(|shown| self.is_code_of(shown, &request)) {
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
        // Another code does not last longer than the first one.
        let expires = if request.shown == 0 { self.clock.now() + LIFETIME } else { request.expires };
        let shown = digest(&self.keys, account.id, &code);
        // The session first: a code that is valid but that no session shows would be lost.
        let start_code = Some(ShownStartCode { account: account.id, code });
        self.advance(&mut open, Stage::SignedIn(SignedIn { start_code, ..signed_in })).await?;
        let times = request.shown + 1;
        let with_code = StartCodeRequest { code: Some(shown), expires, shown: times, ..request };
        self.put_request(&with_code, Some(revision)).await?;
        count("shown");
        Ok(Answer::ok(self.show(&open).await?, Cookie::Keep))
    }

    /// Withdraws a request, or a code that was not used: by the agent who requested it, or by a lead.
    pub(super) async fn withdraw_start_code(
        &self,
        client: &DeskClient,
        typed: &RawInput,
    ) -> Result<Answer, Answer> {
        let Step { mut open, signed_in, username, agent } = self.start_code_step(client, typed).await?;
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
        self.finish_step(&mut open, signed_in.without_start_code_of(found.id)).await
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
            if self.is_void(&request).await? {
                continue;
            }
            let own = request.requested_by == agent.id;
            let approved = request.approved_by.is_some();
            let may_approve = !approved && self.may_approve(&agent, signed_in.lead, &request).await?;
            let is_shown = |shown: &&ShownStartCode| own && self.is_code_of(shown, &request);
            let code = signed_in.start_code.as_ref().filter(is_shown);
            shown.push(StartCodeState {
                id: self.id_of(&request),
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

    /// Whether start codes can be issued at all: one of the two agents must be a lead, and the employee must be able to activate
    /// the app on this website.
    pub(super) fn offers_start_codes(&self) -> bool {
        !self.config.lead_groups.is_empty() && self.activation.is_offered()
    }

    /// The session, the user name and the agent of a command.
    async fn start_code_step(&self, client: &DeskClient, typed: &RawInput) -> Result<Step, Answer> {
        let open = self.open_counted(client, "service desk start code").await?;
        let signed_in = open.session.signed_in()?.clone();
        let username = Username::parse(typed.expose(), &self.config.domains)
            .map_err(|error| Refusal::invalid("username", error))?;
        let agent = self.agent(client, &open).await?;
        Ok(Step { open, signed_in, username, agent })
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

    /// The request for a user name that is not void, and whose account may still get a code.
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
        if self.is_void(&request).await? {
            return Err(not_offered());
        }
        Ok((account, request, revision))
    }

    /// Identifies a request on the pages of agents.
    fn id_of(&self, request: &StartCodeRequest) -> String {
        let requested_at = request.requested_at.as_nanosecond().to_be_bytes();
        let parts =
            [request.account.0.as_bytes().as_slice(), request.requested_by.0.as_bytes(), &requested_at];
        let digest = self.keys.digest(Purpose::StartCode, &parts);
        let mut id = [0; 8];
        id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        format!("{:016x}", u64::from_be_bytes(id))
    }

    fn is_code_of(&self, shown: &ShownStartCode, request: &StartCodeRequest) -> bool {
        shown.account == request.account
            && request.code == Some(digest(&self.keys, request.account, &shown.code))
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

/// `seen` says that a lead has seen who the employee is. Only with the approval: the agent who says so never sees the code.
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

fn count(event: &'static str) {
    metrics::counter!("service_desk_start_codes_total", "event" => event).increment(1);
}

/// Withdraws the start codes that an agent requested or approved, and returns how many there were.
pub async fn withdraw_start_codes_of(
    store: &dyn StartCodes,
    agent: AccountId,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let is_of_agent =
        |request: &StartCodeRequest| request.requested_by == agent || request.approved_by == Some(agent);
    let mut withdrawn = 0;
    for request in store.open_start_codes(now).await? {
        // Read again, because it may have been approved meanwhile.
        if let Some((request, revision)) = store.find_start_code(request.account).await?
            && is_of_agent(&request)
            && store.remove_start_code(request.account, revision).await?
        {
            withdrawn += 1;
        }
    }
    Ok(withdrawn)
}
