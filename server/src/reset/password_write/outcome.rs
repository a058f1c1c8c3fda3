//! A write whose outcome is certain: what the answer on the screen says is what happened. Not the visit's
//! stages, and no words for people.
//!
//! A server that is sent a write and does not answer may have carried it out, or may yet. So it is asked
//! (`pwdLastSet`, then a sign-in with the new password), then the others are; and where the write is not to
//! be found it is **repeated, with the same password**, at the same server or at another. That is harmless,
//! since whichever copy is carried out, and however late, the password is the same; and it is the only way to
//! be certain when the first server is gone and the others have not heard from it.

use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId, Directory, DirectoryError, Eligibility, SetPasswordError};
use app::domain::password::Password;
use app::policy::Violation;
use jiff::SignedDuration;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::timeout;
use tracing::warn;

/// After so long nothing more is sent: see `CLAIM_LIFE`.
const WITHIN: Duration = Duration::from_secs(20);
/// So often all servers are asked what became of a write, with this pause in between.
const ROUNDS: u32 = 5;
const PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// What became of a write. There is no other ending.
#[derive(Debug)]
pub enum Outcome {
    /// The account's password is this one; and where that is known.
    Set {
        /// This server.
        server: String,
    },
    /// The directory's «no» to this password.
    Refused {
        /// What the employee is told.
        breach: Violation,
        /// The server's own words, for the log.
        diagnostic: String,
    },
    /// Certain: nothing was written.
    NotSet(DirectoryError),
    /// A server that was sent it does not answer, and none of the others could make it certain.
    Unknown(DirectoryError),
}

/// What one server says of it.
enum Said {
    /// This ends it.
    End(Outcome),
    /// It is not certain yet.
    Open(DirectoryError),
}

/// Whether a later password is the one that was to be set.
enum Ours {
    Yes,
    No(DirectoryError),
    /// The server's answer says nothing about the password.
    Unclear(DirectoryError),
}

/// What was asked so far.
struct Asked {
    /// Servers that were sent the write and did not answer it.
    sent: HashSet<String>,
    /// When somebody else's passwords were set.
    foreign: HashSet<i64>,
}

/// Sets the password of `account`, at its own server or, where that one certainly did nothing, at another.
pub async fn set(
    directory: &dyn Directory,
    clock: &dyn Clock,
    account: &Account,
    password: &Password,
) -> Outcome {
    let write = Write { directory, clock, before: account, password };
    let ending = timeout(WITHIN, write.carry_out()).await;
    ending.unwrap_or_else(|_| Outcome::Unknown(unanswered(&format!("{} s", WITHIN.as_secs()))))
}

struct Write<'a> {
    directory: &'a dyn Directory,
    clock: &'a dyn Clock,
    before: &'a Account,
    password: &'a Password,
}

impl Write<'_> {
    async fn carry_out(&self) -> Outcome {
        let mut tried = Vec::new();
        for server in self.servers() {
            let account = if server == self.before.server {
                self.before.clone()
            } else {
                // Another server may know it otherwise: what is written there is written to what it knows.
                match self.directory.read_at(&server, self.before.id).await {
                    Ok(Some(account)) if account.eligibility == Eligibility::Eligible => account,
                    Ok(Some(account)) => return Outcome::NotSet(no_longer_eligible(account)),
                    Ok(None) => continue,
                    Err(error) => {
                        tried.push(error.to_string());
                        continue;
                    }
                }
            };
            match self.directory.set_password(&account, self.password).await {
                Ok(()) => return Outcome::Set { server },
                Err(SetPasswordError::Refused { breach, diagnostic }) => {
                    return Outcome::Refused { breach, diagnostic };
                }
                // Out of reach, or sent elsewhere: it certainly did nothing, and another one may.
                Err(SetPasswordError::NotWritten(error @ DirectoryError::Unreachable { .. })) => {
                    tried.push(error.to_string());
                }
                Err(SetPasswordError::NotWritten(error)) => return Outcome::NotSet(error),
                Err(SetPasswordError::Unknown { source }) => {
                    warn!(server, error = &source as &dyn std::error::Error, "the write was not answered");
                    return self.find_out(&server, source).await;
                }
            }
        }
        Outcome::NotSet(DirectoryError::Unreachable { tried: tried.join("; ") })
    }

    /// Asks until it is certain, first the server that was sent the write.
    async fn find_out(&self, sent_to: &str, source: DirectoryError) -> Outcome {
        let mut asked = Asked { sent: HashSet::from([sent_to.to_owned()]), foreign: HashSet::new() };
        let mut last = source;
        for round in 0..ROUNDS {
            if round > 0 {
                self.clock.wait_until(self.clock.now() + PAUSE).await;
            }
            let others = self.servers().into_iter().filter(|server| server != sent_to);
            for server in std::iter::once(sent_to.to_owned()).chain(others) {
                match self.ask(&server, &mut asked).await {
                    Said::End(outcome) => return outcome,
                    Said::Open(error) => last = error,
                }
            }
        }
        self.clock.wait_until(self.clock.now() + PAUSE).await;
        self.last_look(asked, last).await
    }

    /// Nothing is sent any more. If each server that was sent the write answers, and does not show it, nothing
    /// was written. What a server that does not answer has done, no other one can say.
    async fn last_look(&self, mut asked: Asked, mut last: DirectoryError) -> Outcome {
        for server in asked.sent.clone() {
            match self.directory.read_at(&server, self.before.id).await {
                Ok(Some(now)) if now.password_last_set > self.before.password_last_set => {
                    match self.is_it_ours(&now, &mut asked.foreign).await {
                        Ours::Yes => return Outcome::Set { server: now.server },
                        Ours::No(error) => last = error,
                        Ours::Unclear(error) => return Outcome::Unknown(error),
                    }
                }
                Ok(_) => {}
                Err(error) => return Outcome::Unknown(error),
            }
        }
        Outcome::NotSet(last)
    }

    /// What this server knows of the write; where it knows nothing, the write is repeated there, unless the account
    /// stands otherwise there: it may have been promoted or switched off at a server that was not asked before.
    async fn ask(&self, server: &str, asked: &mut Asked) -> Said {
        let now = match self.directory.read_at(server, self.before.id).await {
            Ok(Some(now)) => now,
            // Deleted meanwhile: there is nothing left that a password could be set of.
            Ok(None) => return Said::Open(unanswered("the account's deletion")),
            Err(error) => return Said::Open(error),
        };
        // Later, not merely other: a server that is behind still shows an older one.
        if now.password_last_set > self.before.password_last_set {
            return match self.is_it_ours(&now, &mut asked.foreign).await {
                Ours::Yes => Said::End(Outcome::Set { server: now.server }),
                Ours::No(error) | Ours::Unclear(error) => Said::Open(error),
            };
        }
        if now.eligibility != Eligibility::Eligible {
            return Said::Open(no_longer_eligible(now));
        }
        match self.directory.set_password(&now, self.password).await {
            Ok(()) => Said::End(Outcome::Set { server: now.server }),
            Err(SetPasswordError::Refused { breach, diagnostic }) => {
                // A server that has just carried out the first one now finds the password in its history.
                match self.directory.verify_password(&now, self.password).await {
                    Ok(Some(true)) => Said::End(Outcome::Set { server: now.server }),
                    // Another server may have taken what this one refuses.
                    Ok(Some(false)) if asked.sent.iter().any(|server| *server != now.server) => {
                        Said::Open(unanswered("another server's answer"))
                    }
                    Ok(Some(false)) => Said::End(Outcome::Refused { breach, diagnostic }),
                    Ok(None) => Said::Open(unanswered("an account that cannot sign in")),
                    Err(error) => Said::Open(error),
                }
            }
            Err(SetPasswordError::NotWritten(error)) => Said::Open(error),
            Err(SetPasswordError::Unknown { source }) => {
                asked.sent.insert(now.server);
                Said::Open(source)
            }
        }
    }

    /// A later password stands there: is it ours? It is asked once for each change, since wrong ones count towards
    /// the lockout.
    async fn is_it_ours(&self, now: &Account, foreign: &mut HashSet<i64>) -> Ours {
        let another = || Ours::No(unanswered("another password, set meanwhile"));
        if foreign.contains(&now.password_last_set) {
            return another();
        }
        match self.directory.verify_password(now, self.password).await {
            Ok(Some(true)) => Ours::Yes,
            Ok(None) => Ours::Unclear(unanswered("an account that cannot sign in")),
            Ok(Some(false)) => {
                foreign.insert(now.password_last_set);
                another()
            }
            Err(error) => Ours::Unclear(error),
        }
    }

    /// First the account's own server.
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

/// What a claim that a crash left behind shows: nobody has the password any more, so `pwdLastSet` decides.
/// `None` when no server can say: one that was not asked may have been sent the write.
pub async fn was_set(
    directory: &dyn Directory,
    id: AccountId,
    before: i64,
) -> Result<Option<Account>, DirectoryError> {
    // This one looks up which servers there are, where that is not known yet.
    let mut out_of_reach = directory.read(id).await.err();
    for server in directory.servers() {
        match directory.read_at(&server, id).await {
            Ok(Some(account)) if account.password_last_set > before => return Ok(Some(account)),
            Ok(_) => {}
            Err(error) => out_of_reach = Some(error),
        }
    }
    out_of_reach.map_or(Ok(None), Err)
}

/// Whether all other servers know a password that was set at `server` by now.
pub async fn is_everywhere(directory: &dyn Directory, id: AccountId, server: &str, since: i64) -> bool {
    for other in directory.servers().into_iter().filter(|other| other != server) {
        match directory.read_at(&other, id).await {
            // It is replicated as it is, so that not a tick may differ.
            Ok(Some(account)) if account.password_last_set == since => {}
            Ok(_) | Err(_) => return false,
        }
    }
    true
}
