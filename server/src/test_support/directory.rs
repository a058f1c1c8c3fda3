//! In-memory implementation of [`Directory`](crate::ports::directory::Directory) with two servers, for tests.

mod port;

use crate::ports::directory::{Account, AccountId, DirectoryError, Eligibility, Policy};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// The two servers. Writes go to the first one; replication to the second one can be delayed.
const FIRST_SERVER: &str = "fake";
const SECOND_SERVER: &str = "fake-2";

/// A member of staff with an account in the fake directory.
#[derive(Debug, Clone)]
pub struct Member {
    /// The account that `find` returns.
    pub account: Account,
    /// The password policy that applies to the account.
    pub policy: Policy,
    /// The current password.
    pub password: String,
    /// The earlier passwords, newest first.
    pub used: Vec<String>,
    /// Failed sign-ins since the last successful one.
    pub failed_sign_ins: u32,
    /// Whether the last change was written to the first server only.
    pub not_replicated: bool,
    /// The eligibility on the second server, if it differs.
    pub second_server_eligibility: Option<Eligibility>,
    /// The employee number.
    pub employee_number: Option<String>,
    /// The DNs of its groups.
    pub groups: Vec<String>,
}

/// A simulated outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DirectoryOutage {
    /// No server responds.
    Unreachable,
    /// A write is not executed and not answered.
    WriteLost,
    /// A write is executed and not answered.
    AnswerLost,
    /// A write to the first server is executed and not answered, and that server is unavailable afterwards.
    /// The second server, to which the write was not replicated, accepts writes.
    ServerLost,
    /// A write is executed and not answered, and no server responds afterwards.
    AllLost,
    /// The first server refuses writes, so that they go to the second one.
    FirstServerReadOnly,
    /// An unlock is executed and not answered.
    UnlockLost,
    /// The list of all accounts is not answered.
    ListLost,
}

#[derive(Debug, Default)]
struct State {
    members: Vec<Member>,
    /// The DNs, in lower case, of the groups that a member is or was in: they exist.
    groups: BTreeSet<String>,
    outage: Option<DirectoryOutage>,
    /// Calls that are answered before [`DirectoryOutage::Unreachable`] begins.
    answered_before_outage: Option<usize>,
    /// The first server is unavailable since it executed a write.
    first_unavailable: bool,
    /// New passwords are not replicated to the second server.
    replication_delayed: bool,
    /// There is no second server.
    single_server: bool,
    finds: usize,
    writes: usize,
    binds: usize,
}

/// The fake directory.
#[derive(Debug, Default)]
pub struct FakeDirectory {
    state: Mutex<State>,
}

impl FakeDirectory {
    /// Creates an empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an eligible account with a new id and a minimum password length of 12 characters.
    pub fn add_account(&self, login: &str, display_name: &str, password: &str) -> AccountId {
        let mut bytes = [0; 16];
        // Without randomness the ids collide, and the first test of recreated names fails.
        let _ = getrandom::fill(&mut bytes);
        let id = AccountId(Uuid::from_bytes(bytes));
        let account = Account {
            id,
            dn: format!("CN={login},OU=Staff,DC=fake"),
            login: login.to_owned(),
            principal_name: Some(format!("{login}@fake")),
            mail: None,
            private_mail: None,
            mobile: None,
            display_name: display_name.to_owned(),
            eligibility: Eligibility::Eligible,
            high_impact: false,
            password_last_set: 1,
            birthdate: None,
            locked: false,
            policy_object: None,
            server: FIRST_SERVER.to_owned(),
        };
        let policy = Policy { min_length: 12, complexity: true, history: Some(24), min_age: Duration::ZERO };
        let password = password.to_owned();
        self.state().members.push(Member {
            account,
            policy,
            password,
            used: Vec::new(),
            failed_sign_ins: 0,
            not_replicated: false,
            second_server_eligibility: None,
            employee_number: None,
            groups: Vec::new(),
        });
        id
    }

    /// Removes the account with this login name.
    pub fn remove_account(&self, login: &str) {
        self.state().members.retain(|m| !m.account.login.eq_ignore_ascii_case(login));
    }

    /// Changes the account with this login name.
    pub fn edit(&self, login: &str, change: impl FnOnce(&mut Member)) {
        let mut state = self.state();
        if let Some(member) = state.members.iter_mut().find(|m| is_named(m, login)) {
            change(member);
            let groups: Vec<_> = member.groups.iter().map(|dn| dn.to_lowercase()).collect();
            state.groups.extend(groups);
        }
    }

    /// Returns the current state of the account with this login name.
    pub fn member(&self, login: &str) -> Option<Member> {
        self.state().members.iter().find(|m| is_named(m, login)).cloned()
    }

    /// Starts or ends an outage.
    pub fn set_outage(&self, outage: Option<DirectoryOutage>) {
        let mut state = self.state();
        state.outage = outage;
        state.answered_before_outage = None;
        state.first_unavailable = false;
    }

    /// No server responds any more after this many calls.
    pub fn fail_after(&self, answered: usize) {
        self.state().answered_before_outage = Some(answered);
    }

    /// Returns whether no server responds, since a call that [`FakeDirectory::fail_after`] names was made.
    pub fn has_failed(&self) -> bool {
        self.state().outage == Some(DirectoryOutage::Unreachable)
    }

    /// Removes the second server.
    pub fn use_single_controller(&self) {
        self.state().single_server = true;
    }

    /// Delays or resumes the replication of new passwords to the second server.
    pub fn set_replication_delayed(&self, delayed: bool) {
        self.state().replication_delayed = delayed;
    }

    /// Returns the number of lookups (`find`, `read` and `read_at`).
    pub fn finds(&self) -> usize {
        self.state().finds
    }

    /// Returns the number of attempted sign-ins, including those for unknown accounts.
    pub fn binds(&self) -> usize {
        self.state().binds
    }

    /// Returns the number of passwords that were set.
    pub fn writes(&self) -> usize {
        self.state().writes
    }

    fn reachable_state_at(&self, server: &str) -> Result<MutexGuard<'_, State>, DirectoryError> {
        let state = self.reachable_state()?;
        let exists = server == FIRST_SERVER || (server == SECOND_SERVER && !state.single_server);
        if exists && !(server == FIRST_SERVER && state.first_unavailable) {
            Ok(state)
        } else {
            Err(unreachable())
        }
    }

    fn reachable_state(&self) -> Result<MutexGuard<'_, State>, DirectoryError> {
        let mut state = self.state();
        match state.answered_before_outage {
            Some(0) => state.outage = Some(DirectoryOutage::Unreachable),
            Some(left) => state.answered_before_outage = Some(left - 1),
            None => {}
        }
        if state.outage == Some(DirectoryOutage::Unreachable) { Err(unreachable()) } else { Ok(state) }
    }
}

fn unreachable() -> DirectoryError {
    DirectoryError::Unreachable { tried: "fake: simulated outage".to_owned() }
}

fn is_named(member: &Member, name: &str) -> bool {
    let name = name.to_lowercase();
    let upn = member.account.principal_name.as_deref().and_then(|upn| upn.split_once('@'));
    member.account.login.to_lowercase() == name
        || upn.is_some_and(|(prefix, _)| prefix.to_lowercase() == name)
}
