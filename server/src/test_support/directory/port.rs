//! Implements the port [`Directory`] for the fake directory.

use super::{DirectoryOutage, FIRST_SERVER, FakeDirectory, Member, SECOND_SERVER, is_named, unreachable};
use crate::ports::directory::{
    Account, AccountId, Directory, DirectoryError, Eligibility, ListedAccount, PageSink, PasswordCheck,
    Policy, SetPasswordError,
};
use crate::ports::health_finding::Finding;
use app::domain::password::Password;
use app::domain::username::Username;
use app::policy::{Personal, Rules, Score, Violation};
use async_trait::async_trait;

/// Number of wrong passwords that locks an account.
const LOCKOUT_THRESHOLD: u32 = 5;

#[async_trait]
impl Directory for FakeDirectory {
    async fn find(&self, name: &Username) -> Result<Option<Account>, DirectoryError> {
        let mut state = self.reachable_state()?;
        state.finds += 1;
        Ok(state.members.iter().find(|m| is_named(m, name.as_str())).map(|m| m.account.clone()))
    }

    async fn read(&self, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        let mut state = self.reachable_state()?;
        state.finds += 1;
        Ok(state.members.iter().find(|m| m.account.id == id).map(|m| m.account.clone()))
    }

    fn servers(&self) -> Vec<String> {
        let all = [FIRST_SERVER.to_owned(), SECOND_SERVER.to_owned()];
        all.into_iter().take(if self.state().single_server { 1 } else { 2 }).collect()
    }

    async fn read_at(&self, server: &str, id: AccountId) -> Result<Option<Account>, DirectoryError> {
        let mut state = self.reachable_state_at(server)?;
        state.finds += 1;
        let delayed = state.replication_delayed || state.first_unavailable;
        let found = state.members.iter().find(|m| m.account.id == id);
        Ok(found.map(|m| {
            let lag = i64::from(server == SECOND_SERVER && delayed && m.not_replicated);
            let password_last_set = m.account.password_last_set - lag;
            let eligibility = m
                .second_server_eligibility
                .filter(|_| server == SECOND_SERVER)
                .unwrap_or(m.account.eligibility);
            // A lock is not replicated yet either.
            let locked = m.account.locked && !(server == SECOND_SERVER && delayed);
            Account { server: server.to_owned(), password_last_set, eligibility, locked, ..m.account.clone() }
        }))
    }

    async fn policy(&self, account: &Account) -> Result<Policy, DirectoryError> {
        let state = self.reachable_state()?;
        state.members.iter().find(|m| m.account.id == account.id).map(|m| m.policy).ok_or_else(not_found)
    }

    async fn set_password(&self, account: &Account, password: &Password) -> Result<(), SetPasswordError> {
        let mut state = self.reachable_state_at(&account.server).map_err(SetPasswordError::NotWritten)?;
        let outage = state.outage;
        let no_answer = || Err(SetPasswordError::Unknown { source: unreachable() });
        if outage == Some(DirectoryOutage::WriteLost) {
            return no_answer();
        }
        if outage == Some(DirectoryOutage::FirstServerReadOnly) && account.server == FIRST_SERVER {
            return Err(SetPasswordError::NotWritten(unreachable()));
        }
        let member = state.members.iter_mut().find(|m| m.account.id == account.id);
        let member = member.ok_or_else(|| SetPasswordError::NotWritten(not_found()))?;
        let is_same = member.password == password.expose();
        let is_repeated = account.server == SECOND_SERVER && member.not_replicated && is_same;
        if let Some(violation) = first_violation(member, password).filter(|_| !is_repeated) {
            let diagnostic = "fake: password policy".to_owned();
            return Err(SetPasswordError::Refused { violation, diagnostic });
        }
        let old = std::mem::replace(&mut member.password, password.expose().to_owned());
        member.used.insert(0, old);
        member.failed_sign_ins = 0;
        member.account.locked = false;
        member.account.password_last_set += 1;
        member.not_replicated = account.server == FIRST_SERVER;
        state.writes += 1;
        match outage {
            Some(DirectoryOutage::AnswerLost) => no_answer(),
            Some(DirectoryOutage::ServerLost) if account.server == FIRST_SERVER => {
                state.first_unavailable = true;
                no_answer()
            }
            Some(DirectoryOutage::AllLost) => {
                state.outage = Some(DirectoryOutage::Unreachable);
                no_answer()
            }
            Some(
                DirectoryOutage::WriteLost
                | DirectoryOutage::ServerLost
                | DirectoryOutage::FirstServerReadOnly
                | DirectoryOutage::UnlockLost
                | DirectoryOutage::ListLost
                | DirectoryOutage::Unreachable,
            )
            | None => Ok(()),
        }
    }

    async fn unlock(&self, account: &Account) -> Result<(), DirectoryError> {
        let mut state = self.reachable_state_at(&account.server)?;
        if state.outage == Some(DirectoryOutage::FirstServerReadOnly) && account.server == FIRST_SERVER {
            return Err(unreachable());
        }
        let member = state.members.iter_mut().find(|m| m.account.id == account.id).ok_or_else(not_found)?;
        member.failed_sign_ins = 0;
        member.account.locked = false;
        if state.outage == Some(DirectoryOutage::UnlockLost) { Err(unreachable()) } else { Ok(()) }
    }

    async fn verify_password(
        &self,
        account: &Account,
        password: &Password,
    ) -> Result<Option<bool>, DirectoryError> {
        let mut state = self.reachable_state_at(&account.server)?;
        if password.expose().is_empty() {
            return Ok(Some(false));
        }
        let member = state.members.iter_mut().find(|m| m.account.id == account.id).ok_or_else(not_found)?;
        if member.failed_sign_ins >= LOCKOUT_THRESHOLD {
            return Ok(None);
        }
        if member.password != password.expose() {
            member.failed_sign_ins += 1;
            member.account.locked = member.failed_sign_ins >= LOCKOUT_THRESHOLD;
            return Ok(Some(false));
        }
        match member.account.eligibility {
            Eligibility::Disabled | Eligibility::Expired => Ok(None),
            Eligibility::Eligible
            | Eligibility::Privileged
            | Eligibility::SmartCard
            | Eligibility::OutOfScope => {
                member.failed_sign_ins = 0;
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
            return Ok(PasswordCheck::Rejected);
        }
        let failed_sign_ins = {
            let mut state = self.reachable_state()?;
            let member = account.and_then(|a| state.members.iter().find(|m| m.account.id == a.id));
            let failed_sign_ins = member.map(|m| m.failed_sign_ins);
            let near = failed_sign_ins
                .is_some_and(|w| w.saturating_add(1).saturating_add(margin) > LOCKOUT_THRESHOLD);
            if near {
                return Ok(PasswordCheck::LockoutRisk);
            }
            state.binds += 1;
            failed_sign_ins
        };
        match (account, failed_sign_ins) {
            (Some(account), Some(_)) => match self.verify_password(account, password).await? {
                Some(true) => Ok(PasswordCheck::Right),
                Some(false) | None => Ok(PasswordCheck::Rejected),
            },
            // An unknown account, or one that was removed in the meantime.
            (Some(_) | None, _) => Ok(PasswordCheck::Rejected),
        }
    }

    async fn list(&self, take: &mut PageSink<'_>) -> Result<(), DirectoryError> {
        // Pages of two, so that tests receive more than one.
        let members: Vec<Member> = {
            let state = self.reachable_state()?;
            if state.outage == Some(DirectoryOutage::ListLost) {
                return Err(unreachable());
            }
            state.members.clone()
        };
        for page in members.chunks(2) {
            take(page.iter().map(to_listed_account).collect());
        }
        Ok(())
    }

    async fn is_member(&self, account: AccountId, groups: &[String]) -> Result<bool, DirectoryError> {
        let state = self.reachable_state()?;
        let member = state.members.iter().find(|m| m.account.id == account);
        let is_in = |group: &String| groups.iter().any(|dn| dn.eq_ignore_ascii_case(group));
        if member.is_some_and(|member| member.groups.iter().any(is_in)) {
            return Ok(true);
        }
        match groups.iter().find(|dn| !state.groups.contains(&dn.to_lowercase())) {
            Some(dn) => Err(DirectoryError::Unusable {
                server: FIRST_SERVER.to_owned(),
                what: format!("a group in the settings does not exist: {dn}"),
            }),
            None => Ok(false),
        }
    }

    async fn written_mobile(&self, account: &Account) -> Result<Option<String>, DirectoryError> {
        let state = self.reachable_state()?;
        let member = state.members.iter().find(|m| m.account.id == account.id);
        Ok(member.and_then(|member| member.account.mobile.clone()))
    }

    async fn write_mobile(&self, account: &Account, mobile: &str) -> Result<(), DirectoryError> {
        let mut state = self.reachable_state()?;
        let member = state.members.iter_mut().find(|m| m.account.id == account.id).ok_or_else(not_found)?;
        member.account.mobile = Some(mobile.to_owned());
        Ok(())
    }

    async fn check(&self) -> Vec<Finding> {
        vec![match self.reachable_state() {
            Ok(_) => Finding::good("directory", "fake", "in memory"),
            Err(e) => Finding::bad("directory", "fake", e.to_string()),
        }]
    }
}

fn to_listed_account(member: &Member) -> ListedAccount {
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

fn first_violation(member: &Member, password: &Password) -> Option<Violation> {
    let rules = Rules {
        min_length: member.policy.min_length,
        max_length: u16::MAX,
        complexity: member.policy.complexity,
        min_score: Score::new(0)?,
        banned_words: Vec::new(),
        history: member.policy.history,
    };
    let in_history = || {
        let mut known = std::iter::once(&member.password).chain(&member.used);
        let remembered = member.policy.history?;
        let known = known.any(|old| old == password.expose());
        known.then_some(Violation::InHistory { remembered: Some(remembered) })
    };
    rules.evaluate(password, &Personal::default(), None).into_iter().next().or_else(in_history)
}

fn not_found() -> DirectoryError {
    DirectoryError::Answer {
        server: "fake".to_owned(),
        operation: "modify",
        code: 32,
        diagnostic: "no such account".to_owned(),
        advice: "",
    }
}
