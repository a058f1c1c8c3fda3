//! A password write with a certain outcome: what the screen says is what happened.
//!
//! A server that receives a write and does not answer may have carried it out, or may do so later. So that server is
//! queried (`pwdLastSet`, then a bind with the new password), then the others; and if the write is not found, it is
//! **repeated with the same password**, at the same server or at another. Repeating is harmless, because every copy sets
//! the same password, however late; and it is the only way to certainty if the first server is down and the others have
//! not replicated from it.

use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId, Directory, DirectoryError, Eligibility, SetPasswordError};
use app::domain::password::Password;
use app::policy::Violation;
use jiff::SignedDuration;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::timeout;
use tracing::warn;

/// No request is sent later than this; see `CLAIM_LIFETIME`.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// How often all servers are queried for the outcome, and the interval between two rounds.
const QUERY_ROUNDS: u32 = 5;
const QUERY_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

/// The outcome of a write.
#[derive(Debug)]
pub enum WriteOutcome {
    /// The account has this password.
    Set {
        /// A server that has it.
        server: String,
    },
    /// The directory refused this password.
    Refused {
        /// The rule that it violates, for the employee.
        violation: Violation,
        /// The server's diagnostic message, for the log.
        diagnostic: String,
    },
    /// Certain: nothing was written.
    NotSet(DirectoryError),
    /// A server that received the write does not answer, and no other server could confirm or exclude it.
    Unknown(DirectoryError),
}

/// What one server shows.
enum ServerState {
    /// The outcome is certain.
    Certain(WriteOutcome),
    /// The outcome is not certain yet.
    Uncertain(DirectoryError),
}

/// Whether a password that was set later is the one of this write.
enum SamePassword {
    Yes,
    No(DirectoryError),
    /// The answer does not depend on the password.
    Unclear(DirectoryError),
}

/// What the queries have shown so far.
struct Findings {
    /// Servers that received the write and did not answer.
    sent: HashSet<String>,
    /// `pwdLastSet` of passwords that are not the one of this write.
    foreign: HashSet<i64>,
}

/// Sets the password of `account` at its own server or, if that one certainly did nothing, at another.
pub async fn set(
    directory: &dyn Directory,
    clock: &dyn Clock,
    account: &Account,
    password: &Password,
) -> WriteOutcome {
    let write = Write { directory, clock, before: account, password };
    let outcome = timeout(WRITE_TIMEOUT, write.carry_out()).await;
    outcome.unwrap_or_else(|_| WriteOutcome::Unknown(unanswered(&format!("{} s", WRITE_TIMEOUT.as_secs()))))
}

struct Write<'a> {
    directory: &'a dyn Directory,
    clock: &'a dyn Clock,
    before: &'a Account,
    password: &'a Password,
}

impl Write<'_> {
    async fn carry_out(&self) -> WriteOutcome {
        let mut tried = Vec::new();
        for server in self.servers() {
            let account = if server == self.before.server {
                self.before.clone()
            } else {
                // Another server may have another state of the account: a write there refers to that state.
                match self.directory.read_at(&server, self.before.id).await {
                    Ok(Some(account)) if account.eligibility == Eligibility::Eligible => account,
                    Ok(Some(account)) => return WriteOutcome::NotSet(no_longer_eligible(account)),
                    Ok(None) => continue,
                    Err(error) => {
                        tried.push(error.to_string());
                        continue;
                    }
                }
            };
            match self.directory.set_password(&account, self.password).await {
                Ok(()) => return WriteOutcome::Set { server },
                Err(SetPasswordError::Refused { violation, diagnostic }) => {
                    return WriteOutcome::Refused { violation, diagnostic };
                }
                // Unreachable or referred elsewhere: this server certainly did nothing, and another may.
                Err(SetPasswordError::NotWritten(error @ DirectoryError::Unreachable { .. })) => {
                    tried.push(error.to_string());
                }
                Err(SetPasswordError::NotWritten(error)) => return WriteOutcome::NotSet(error),
                Err(SetPasswordError::Unknown { source }) => {
                    warn!(server, error = &source as &dyn std::error::Error, "password write not answered");
                    return self.settle(&server, source).await;
                }
            }
        }
        WriteOutcome::NotSet(DirectoryError::Unreachable { tried: tried.join("; ") })
    }

    /// Queries the servers until the outcome is certain; first the server that received the write.
    async fn settle(&self, sent_to: &str, source: DirectoryError) -> WriteOutcome {
        let mut findings = Findings { sent: HashSet::from([sent_to.to_owned()]), foreign: HashSet::new() };
        let mut last = source;
        for round in 0..QUERY_ROUNDS {
            if round > 0 {
                self.clock.wait_until(self.clock.now() + QUERY_INTERVAL).await;
            }
            let others = self.servers().into_iter().filter(|server| server != sent_to);
            for server in std::iter::once(sent_to.to_owned()).chain(others) {
                match self.query(&server, &mut findings).await {
                    ServerState::Certain(outcome) => return outcome,
                    ServerState::Uncertain(error) => last = error,
                }
            }
        }
        self.clock.wait_until(self.clock.now() + QUERY_INTERVAL).await;
        self.final_reads(findings, last).await
    }

    /// Only reads. If every server that received the write answers and does not show it, nothing was written. For a
    /// server that does not answer, the outcome is unknown.
    async fn final_reads(&self, mut findings: Findings, mut last: DirectoryError) -> WriteOutcome {
        for server in findings.sent.clone() {
            match self.directory.read_at(&server, self.before.id).await {
                Ok(Some(now)) if now.password_last_set > self.before.password_last_set => {
                    match self.is_our_password(&now, &mut findings.foreign).await {
                        SamePassword::Yes => return WriteOutcome::Set { server: now.server },
                        SamePassword::No(error) => last = error,
                        SamePassword::Unclear(error) => return WriteOutcome::Unknown(error),
                    }
                }
                Ok(_) => {}
                Err(error) => return WriteOutcome::Unknown(error),
            }
        }
        WriteOutcome::NotSet(last)
    }

    /// Whether this server shows the write; if not, the write is repeated there, unless the account is no longer eligible
    /// there: it may have been promoted or disabled at a server that was not queried before.
    async fn query(&self, server: &str, findings: &mut Findings) -> ServerState {
        let now = match self.directory.read_at(server, self.before.id).await {
            Ok(Some(now)) => now,
            // Deleted meanwhile.
            Ok(None) => return ServerState::Uncertain(unanswered("the account's deletion")),
            Err(error) => return ServerState::Uncertain(error),
        };
        // Later, not just different: a server that lags in replication shows an older value.
        if now.password_last_set > self.before.password_last_set {
            return match self.is_our_password(&now, &mut findings.foreign).await {
                SamePassword::Yes => ServerState::Certain(WriteOutcome::Set { server: now.server }),
                SamePassword::No(error) | SamePassword::Unclear(error) => ServerState::Uncertain(error),
            };
        }
        if now.eligibility != Eligibility::Eligible {
            return ServerState::Uncertain(no_longer_eligible(now));
        }
        match self.directory.set_password(&now, self.password).await {
            Ok(()) => ServerState::Certain(WriteOutcome::Set { server: now.server }),
            Err(SetPasswordError::Refused { violation, diagnostic }) => {
                // A server that has just carried out the first copy finds the password in its history.
                match self.directory.verify_password(&now, self.password).await {
                    Ok(Some(true)) => ServerState::Certain(WriteOutcome::Set { server: now.server }),
                    // Another server may have accepted the password.
                    Ok(Some(false)) if findings.sent.iter().any(|server| *server != now.server) => {
                        ServerState::Uncertain(unanswered("another server's answer"))
                    }
                    Ok(Some(false)) => ServerState::Certain(WriteOutcome::Refused { violation, diagnostic }),
                    Ok(None) => ServerState::Uncertain(unanswered("an account that cannot sign in")),
                    Err(error) => ServerState::Uncertain(error),
                }
            }
            Err(SetPasswordError::NotWritten(error)) => ServerState::Uncertain(error),
            Err(SetPasswordError::Unknown { source }) => {
                findings.sent.insert(now.server);
                ServerState::Uncertain(source)
            }
        }
    }

    /// Whether the password that was set later is the one of this write. Verified once per change, because wrong
    /// passwords count towards the lockout.
    async fn is_our_password(&self, now: &Account, foreign: &mut HashSet<i64>) -> SamePassword {
        let another = || SamePassword::No(unanswered("another password, set meanwhile"));
        if foreign.contains(&now.password_last_set) {
            return another();
        }
        match self.directory.verify_password(now, self.password).await {
            Ok(Some(true)) => SamePassword::Yes,
            Ok(None) => SamePassword::Unclear(unanswered("an account that cannot sign in")),
            Ok(Some(false)) => {
                foreign.insert(now.password_last_set);
                another()
            }
            Err(error) => SamePassword::Unclear(error),
        }
    }

    /// The account's own server first.
    fn servers(&self) -> Vec<String> {
        let own = self.before.server.clone();
        let others = self.directory.servers().into_iter().filter(|server| *server != own);
        std::iter::once(own.clone()).chain(others).collect()
    }
}

fn no_longer_eligible(account: Account) -> DirectoryError {
    let what = format!("{} may not use the reset by what this server knows", account.dn);
    DirectoryError::Unusable { server: account.server, what }
}

fn unanswered(until: &str) -> DirectoryError {
    DirectoryError::Unreachable { tried: format!("no certain answer until {until}") }
}

/// Settles a write whose password is lost with a crash: the account if `pwdLastSet` is later than `before` at any server,
/// `None` if it is at none. An error if a server cannot be read, since it may have received the write.
pub async fn was_set(
    directory: &dyn Directory,
    id: AccountId,
    before: i64,
) -> Result<Option<Account>, DirectoryError> {
    // Discovers the servers, if they are not known yet.
    let mut unreachable = directory.read(id).await.err();
    for server in directory.servers() {
        match directory.read_at(&server, id).await {
            Ok(Some(account)) if account.password_last_set > before => return Ok(Some(account)),
            Ok(_) => {}
            Err(error) => unreachable = Some(error),
        }
    }
    unreachable.map_or(Ok(None), Err)
}

/// Whether all other servers have the password that was set at `server`, whose `pwdLastSet` is `since`.
pub async fn is_everywhere(directory: &dyn Directory, id: AccountId, server: &str, since: i64) -> bool {
    for other in directory.servers().into_iter().filter(|other| other != server) {
        match directory.read_at(&other, id).await {
            // Replication copies the value, so it must be equal.
            Ok(Some(account)) if account.password_last_set == since => {}
            Ok(_) | Err(_) => return false,
        }
    }
    true
}
