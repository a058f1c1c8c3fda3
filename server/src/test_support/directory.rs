//! A directory in memory, for tests of the workflow; the contract tests keep it honest. Nothing of
//! the product uses it.

use crate::ports::directory::{
    Account, AccountId, Directory, DirectoryError, Eligibility, ListedAccount, PageSink, PasswordCheck,
    Policy, SetPasswordError,
};
use crate::ports::health_finding::Finding;
use app::domain::password::Password;
use app::domain::username::Username;
use app::policy::{Personal, Rules, Score, Violation};
use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// Its servers; the second one may be behind.
const SERVER: &str = "fake";
const OTHER: &str = "fake-2";
/// Wrong passwords until an account locks.
const LOCKOUT_THRESHOLD: u32 = 5;

/// Somebody in the fake.
#[derive(Debug, Clone)]
pub struct Member {
    /// What `find` gives.
    pub account: Account,
    /// The policy for this one.
    pub policy: Policy,
    /// Now.
    pub password: String,
    /// Before, newest first.
    pub used: Vec<String>,
    /// Wrong passwords since the last right one.
    pub wrong: u32,
    /// The first server alone knows of the last change.
    pub unseen: bool,
    /// How the account stands by the second server, where that is otherwise.
    pub elsewhere: Option<Eligibility>,
    /// The attribute that holds it.
    pub employee_number: Option<String>,
}

/// What is wrong with the fake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// Nothing answers.
    Unreachable,
    /// A write gets no answer and was not carried out.
    WriteLost,
    /// A write gets no answer and was carried out.
    AnswerLost,
    /// A write is carried out and gets no answer, and its server is away from then on; the other one, which
    /// has not heard of it, writes.
    ServerLost,
    /// A write is carried out and gets no answer, and then nothing answers any more.
    AllLost,
    /// The first server sends writes to the other one.
    Elsewhere,
    /// An unlocking is carried out and gets no answer.
    UnlockLost,
}

#[derive(Debug, Default)]
struct State {
    members: Vec<Member>,
    outage: Option<Outage>,
    /// The first server is away since it took a write.
    first_is_gone: bool,
    /// The second server does not know the passwords set from now on.
    behind: bool,
    alone: bool,
    finds: usize,
    writes: usize,
    binds: usize,
}

/// The fake.
#[derive(Debug, Default)]
pub struct FakeDirectory {
    state: Mutex<State>,
}

impl FakeDirectory {
    /// With nobody in it.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds somebody eligible, under a policy of 12 characters, with a new id.
    pub fn hire(&self, login: &str, display_name: &str, password: &str) -> AccountId {
        let mut bytes = [0; 16];
        // Where there is no randomness the ids meet, and the first test of recreated names fails.
        let _ = getrandom::fill(&mut bytes);
        let id = AccountId(Uuid::from_bytes(bytes));
        let account = Account {
            id,
            dn: format!("CN={login},OU=Staff,DC=fake"),
            login: login.to_owned(),
            principal_name: Some(format!("{login}@fake")),
            mail: None,
            mobile: None,
            display_name: display_name.to_owned(),
            eligibility: Eligibility::Eligible,
            password_last_set: 1,
            birthdate: None,
            locked: false,
            policy_object: None,
            server: SERVER.to_owned(),
        };
        let policy = Policy { min_length: 12, complexity: true, history: Some(24), min_age: Duration::ZERO };
        let password = password.to_owned();
        self.state().members.push(Member {
            account,
            policy,
            password,
            used: Vec::new(),
            wrong: 0,
            unseen: false,
            elsewhere: None,
            employee_number: None,
        });
        id
    }

    /// Removes whoever has this login name.
    pub fn dismiss(&self, login: &str) {
        self.state().members.retain(|m| !m.account.login.eq_ignore_ascii_case(login));
    }

    /// Changes whoever has this login name.
    pub fn edit(&self, login: &str, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.state().members.iter_mut().find(|m| is_named(m, login)) {
            change(member);
        }
    }

    /// Whoever has this login name, as it stands now.
    pub fn member(&self, login: &str) -> Option<Member> {
        self.state().members.iter().find(|m| is_named(m, login)).cloned()
    }

    /// Begins or ends an outage.
    pub fn set_outage(&self, outage: Option<Outage>) {
        let mut state = self.state();
        state.outage = outage;
        state.first_is_gone = false;
    }

    /// From now on there is only one server.
    pub fn stand_alone(&self) {
        self.state().alone = true;
    }

    /// Whether the second server shows the passwords that the first one was given.
    pub fn set_behind(&self, behind: bool) {
        self.state().behind = behind;
    }

    /// How often `find` and `read` were called.
    pub fn finds(&self) -> usize {
        self.state().finds
    }

    /// How many sign-ins were asked of it, those about nobody among them.
    pub fn binds(&self) -> usize {
        self.state().binds
    }

    /// How many passwords were set.
    pub fn writes(&self) -> usize {
        self.state().writes
    }

    fn reached_at(&self, server: &str) -> Result<MutexGuard<'_, State>, DirectoryError> {
        let state = self.reached()?;
        let is_there = server == SERVER || (server == OTHER && !state.alone);
        if is_there && !(server == SERVER && state.first_is_gone) { Ok(state) } else { Err(unreachable()) }
    }

    fn reached(&self) -> Result<MutexGuard<'_, State>, DirectoryError> {
        let state = self.state();
        if state.outage == Some(Outage::Unreachable) { Err(unreachable()) } else { Ok(state) }
    }
}

fn unreachable() -> DirectoryError {
    DirectoryError::Unreachable { tried: "fake: as arranged".to_owned() }
}

fn gone() -> DirectoryError {
    DirectoryError::Answer {
        server: "fake".to_owned(),
        operation: "modify",
        code: 32,
        diagnostic: "no such account".to_owned(),
    }
}

fn is_named(member: &Member, name: &str) -> bool {
    let name = name.to_lowercase();
    let upn = member.account.principal_name.as_deref().and_then(|upn| upn.split_once('@'));
    member.account.login.to_lowercase() == name || upn.is_some_and(|(own, _)| own.to_lowercase() == name)
}

#[async_trait]
impl Directory for FakeDirectory {
    async fn find(&self, name: &Username) -> Result<Option<Account>, DirectoryError> {
        let mut state = self.reached()?;
        state.finds += 1;
        Ok(state.members.iter().find(|m| is_named(m, name.as_str())).map(|m| m.account.clone()))
    }

    async fn read(&self, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        let mut state = self.reached()?;
        state.finds += 1;
        Ok(state.members.iter().find(|m| m.account.id == id).map(|m| m.account.clone()))
    }

    fn servers(&self) -> Vec<String> {
        let all = [SERVER.to_owned(), OTHER.to_owned()];
        all.into_iter().take(if self.state().alone { 1 } else { 2 }).collect()
    }

    async fn read_at(&self, server: &str, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        let mut state = self.reached_at(server)?;
        state.finds += 1;
        let behind = state.behind || state.first_is_gone;
        let found = state.members.iter().find(|m| m.account.id == id);
        Ok(found.map(|m| {
            let older = i64::from(server == OTHER && behind && m.unseen);
            let password_last_set = m.account.password_last_set - older;
            let eligibility = m.elsewhere.filter(|_| server == OTHER).unwrap_or(m.account.eligibility);
            // One that is behind has not heard of a lock either.
            let locked = m.account.locked && !(server == OTHER && behind);
            Account { server: server.to_owned(), password_last_set, eligibility, locked, ..m.account.clone() }
        }))
    }

    async fn policy(&self, account: &Account) -> Result<Policy, DirectoryError> {
        let state = self.reached()?;
        state.members.iter().find(|m| m.account.id == account.id).map(|m| m.policy).ok_or_else(gone)
    }

    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError> {
        let mut state = self.reached_at(&account.server).map_err(SetPasswordError::NotWritten)?;
        let outage = state.outage;
        let silence = || Err(SetPasswordError::Unknown { source: unreachable() });
        if outage == Some(Outage::WriteLost) {
            return silence();
        }
        if outage == Some(Outage::Elsewhere) && account.server == SERVER {
            return Err(SetPasswordError::NotWritten(unreachable()));
        }
        let member = state.members.iter_mut().find(|m| m.account.id == account.id);
        let member = member.ok_or_else(|| SetPasswordError::NotWritten(gone()))?;
        let again = account.server == OTHER && member.unseen && member.password == password.expose();
        if let Some(breach) = broken(member, password).filter(|_| !again) {
            return Err(SetPasswordError::Refused { breach, diagnostic: "fake: as arranged".to_owned() });
        }
        let old = std::mem::replace(&mut member.password, password.expose().to_owned());
        member.used.insert(0, old);
        member.wrong = 0;
        member.account.locked = false;
        member.account.password_last_set += 1;
        member.unseen = account.server == SERVER;
        state.writes += 1;
        match outage {
            Some(Outage::AnswerLost) => silence(),
            Some(Outage::ServerLost) if account.server == SERVER => {
                state.first_is_gone = true;
                silence()
            }
            Some(Outage::AllLost) => {
                state.outage = Some(Outage::Unreachable);
                silence()
            }
            Some(
                Outage::WriteLost
                | Outage::ServerLost
                | Outage::Elsewhere
                | Outage::UnlockLost
                | Outage::Unreachable,
            )
            | None => Ok(()),
        }
    }

    async fn unlock(&self, account: &Account) -> Result<(), DirectoryError> {
        let mut state = self.reached_at(&account.server)?;
        if state.outage == Some(Outage::Elsewhere) && account.server == SERVER {
            return Err(unreachable());
        }
        let member = state.members.iter_mut().find(|m| m.account.id == account.id).ok_or_else(gone)?;
        member.wrong = 0;
        member.account.locked = false;
        if state.outage == Some(Outage::UnlockLost) { Err(unreachable()) } else { Ok(()) }
    }

    async fn verify_password(
        &self,
        account: &Account,
        password: &Password,
    ) -> Result<Option<bool>, DirectoryError> {
        let mut state = self.reached_at(&account.server)?;
        if password.expose().is_empty() {
            return Ok(Some(false));
        }
        let member = state.members.iter_mut().find(|m| m.account.id == account.id).ok_or_else(gone)?;
        if member.wrong >= LOCKOUT_THRESHOLD {
            return Ok(None);
        }
        if member.password != password.expose() {
            member.wrong += 1;
            member.account.locked = member.wrong >= LOCKOUT_THRESHOLD;
            return Ok(Some(false));
        }
        match member.account.eligibility {
            Eligibility::Disabled | Eligibility::Expired => Ok(None),
            Eligibility::Eligible
            | Eligibility::Privileged
            | Eligibility::SmartCard
            | Eligibility::OutOfScope => {
                member.wrong = 0;
                Ok(Some(true))
            }
        }
    }

    async fn sign_in(
        &self,
        account: Option<&Account>,
        password: &Password,
        margin: u32,
    ) -> Result<PasswordCheck, DirectoryError> {
        if password.expose().is_empty() {
            return Ok(PasswordCheck::Not);
        }
        let wrong = {
            let mut state = self.reached()?;
            let member = account.and_then(|a| state.members.iter().find(|m| m.account.id == a.id));
            let wrong = member.map(|m| m.wrong);
            let near = wrong.is_some_and(|w| w.saturating_add(1).saturating_add(margin) > LOCKOUT_THRESHOLD);
            if near {
                return Ok(PasswordCheck::LockoutRisk);
            }
            state.binds += 1;
            wrong
        };
        match (account, wrong) {
            (Some(account), Some(_)) => match self.verify_password(account, password).await? {
                Some(true) => Ok(PasswordCheck::Right),
                Some(false) | None => Ok(PasswordCheck::Not),
            },
            // Nobody, or somebody who has left since.
            (Some(_) | None, _) => Ok(PasswordCheck::Not),
        }
    }

    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError> {
        // Pages of two, so that whoever takes them meets more than one.
        let members: Vec<Member> = self.reached()?.members.clone();
        for page in members.chunks(2) {
            take(page.iter().map(listed).collect());
        }
        Ok(())
    }

    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError> {
        let mut state = self.reached()?;
        let member = state.members.iter_mut().find(|m| m.account.id == account.id).ok_or_else(gone)?;
        member.account.mobile = Some(mobile.to_owned());
        Ok(())
    }

    async fn check(&self) -> Vec<Finding> {
        vec![match self.reached() {
            Ok(_) => Finding::good("directory", "fake", "in memory"),
            Err(e) => Finding::bad("directory", "fake", e.to_string()),
        }]
    }
}

fn listed(member: &Member) -> ListedAccount {
    let account = member.account.clone();
    ListedAccount {
        id: account.id,
        dn: account.dn,
        login: account.login,
        principal_name: account.principal_name,
        mail: account.mail,
        employee_number: member.employee_number.clone(),
        birthdate: account.birthdate,
        mobile: account.mobile,
        eligibility: account.eligibility,
    }
}

fn broken(member: &Member, password: &Password) -> Option<Violation> {
    let rules = Rules {
        min_length: member.policy.min_length,
        max_length: u16::MAX,
        complexity: member.policy.complexity,
        min_score: Score::new(0)?,
        banned_words: Vec::new(),
        history: member.policy.history,
    };
    let used = || {
        let mut known = std::iter::once(&member.password).chain(&member.used);
        let remembered = member.policy.history?;
        let known = known.any(|old| old == password.expose());
        known.then_some(Violation::InHistory { remembered: Some(remembered) })
    };
    rules.evaluate(password, &Personal::default(), None).into_iter().next().or_else(used)
}
