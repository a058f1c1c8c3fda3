//! A real reset of a test account by an operator, to verify the whole chain: the same password write as a user's
//! reset, the directory's answer, and a sign-in. There is no user verification, and the password is discarded.

use crate::ports::audit::{AuditEntry, Event};
use crate::ports::directory::{Account, Eligibility, Policy};
use crate::ports::health_finding::Finding;
use crate::random;
use crate::reset::ServiceDeps;
use crate::reset::password_write::outcome::{self, WriteOutcome};
use crate::reset::password_write::score;
use app::domain::password::Password;
use app::domain::username::Username;
use app::policy::{Personal, Rules};
use zeroize::Zeroizing;

const PART: &str = "test user";
/// Recorded in the audit entry instead of the client's network.
const OPERATOR: &str = "check --test-user";
/// Strong regardless of the rules: six bits per character.
const PASSWORD_LENGTH: u16 = 24;
/// Sixty-four characters of all classes that Windows' complexity rule knows.
const ALPHABET: &[u8; 64] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!#%+-=?";
/// A random password may by chance lack a character class or contain part of a name.
const MAX_ATTEMPTS: usize = 20;

/// Resets the account and signs in with it. The previous password cannot be restored.
pub async fn reset(deps: &ServiceDeps, rules: &Rules, name: &Username) -> Finding {
    let what = name.as_str();
    match attempt(deps, rules, name).await {
        Ok(detail) => Finding::good(PART, what, detail),
        Err(detail) => Finding::bad(PART, what, detail),
    }
}

async fn attempt(deps: &ServiceDeps, rules: &Rules, name: &Username) -> Result<String, String> {
    let directory = &*deps.directory;
    let found = directory.find(name).await.map_err(|error| error.to_string())?;
    let account = found.ok_or("no account with this user name exists under the base DN")?;
    ensure_eligible(account.eligibility)?;
    let freeze = deps.frozen.find_freeze(account.id).await.map_err(|error| error.to_string())?;
    if let Some(freeze) = freeze {
        return Err(format!(
            "not reset: it is frozen since {}, reference {}; `unfreeze` lifts that",
            freeze.since, freeze.reference
        ));
    }
    let policy = directory.policy(&account).await.map_err(|error| error.to_string())?;
    let password = generate_password(rules, policy, &account)?;
    let reference = random::reference().map_err(|_| "the operating system provides no random bytes")?;
    record(deps, &account, &reference, Event::AboutToSet)
        .await
        .map_err(|error| format!("not reset: audit trail unavailable: {error}"))?;
    let outcome = outcome::set(directory, &*deps.clock, &account, &password).await;
    let (event, outcome) = event_and_result(outcome);
    // The write has been attempted, whether or not it can be recorded.
    let audit_note = match record(deps, &account, &reference, event).await {
        Ok(()) => format!("reference {reference}"),
        Err(error) => format!("audit entry not written: {error}"),
    };
    let server = outcome.map_err(|why| format!("{why} ({audit_note})"))?;
    let sign_in = verify_password(deps, &account, &server, &password).await;
    let consequence = format!("it now has a password that was discarded ({audit_note})");
    match sign_in {
        Ok(()) => Ok(format!("reset and signed in on {server}; {consequence}")),
        Err(why) => Err(format!("reset on {server}, but {why}; {consequence}")),
    }
}

fn ensure_eligible(eligibility: Eligibility) -> Result<(), &'static str> {
    match eligibility {
        Eligibility::Eligible => Ok(()),
        Eligibility::Disabled => Err("not reset: it is disabled"),
        Eligibility::Expired => Err("not reset: it is past its end date"),
        Eligibility::Privileged => Err("not reset: it is privileged, by adminCount or by a protected group"),
        Eligibility::SmartCard => Err("not reset: it signs in by smart card only"),
        Eligibility::OutOfScope => {
            Err("not reset: it is in an excluded part, or in none of the allowed groups")
        }
    }
}

/// Generates a password that satisfies the rules and the directory's policy.
fn generate_password(rules: &Rules, policy: Policy, account: &Account) -> Result<Password, String> {
    let rules = Rules {
        min_length: rules.min_length.max(policy.min_length),
        complexity: rules.complexity || policy.complexity,
        history: policy.history,
        ..rules.clone()
    };
    let personal = Personal::from_names(&account.login, &account.display_name);
    let mut violations = Vec::new();
    for _ in 0..MAX_ATTEMPTS {
        let password =
            random_password(usize::from(rules.min_length.max(PASSWORD_LENGTH).min(rules.max_length)))?;
        violations = rules.evaluate(&password, &personal, Some(score(&rules, &personal, &password)));
        if violations.is_empty() {
            return Ok(password);
        }
    }
    Err(format!("no generated password satisfies the rules: {violations:?}"))
}

fn random_password(length: usize) -> Result<Password, String> {
    // Full capacity at once: a growing string would leave copies in memory.
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        let bytes = random::bytes::<32>().map(Zeroizing::new);
        let bytes =
            bytes.map_err(|error| format!("the operating system provides no random bytes: {error}"))?;
        let left = length - text.len();
        let characters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 64)));
        text.extend(characters.take(left).map(|character| char::from(*character)));
    }
    Ok(Password::new(std::mem::take(&mut *text)))
}

/// Returns the audit event, and the server that has the password or why there is none.
fn event_and_result(outcome: WriteOutcome) -> (Event, Result<String, String>) {
    match outcome {
        WriteOutcome::Set { server } => (Event::PasswordSet, Ok(server)),
        WriteOutcome::Refused { violation, diagnostic } => {
            let why = format!("not reset: the directory refused the password ({violation:?}): {diagnostic}");
            (Event::refused(&violation, &diagnostic), Err(why))
        }
        WriteOutcome::NotSet(error) => (Event::NotSet, Err(format!("not reset: {error}"))),
        WriteOutcome::Unknown(error) => (Event::OutcomeUnknown, Err(format!("outcome unknown: {error}"))),
    }
}

async fn verify_password(
    deps: &ServiceDeps,
    account: &Account,
    server: &str,
    password: &Password,
) -> Result<(), String> {
    let directory = &*deps.directory;
    let account = directory.read_at(server, account.id).await.map_err(|error| error.to_string())?;
    let account = account.ok_or("the account no longer exists")?;
    match directory.verify_password(&account, password).await {
        Ok(Some(true)) => Ok(()),
        Ok(Some(false)) => Err("the sign-in with the new password is refused".to_owned()),
        Ok(None) => {
            Err("the sign-in is inconclusive: logon hours, workstations or the end date forbid it".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

async fn record(
    deps: &ServiceDeps,
    account: &Account,
    reference: &str,
    event: Event,
) -> Result<(), crate::ports::store::StoreError> {
    let subject = deps.keys.account_pseudonym(account.id.0.as_bytes());
    let at = deps.clock.now();
    deps.audit
        .record(AuditEntry {
            at,
            event,
            reference: reference.to_owned(),
            subject,
            network: OPERATOR.to_owned(),
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_differ_and_have_the_requested_length() {
        let (first, second) = (random_password(24).unwrap(), random_password(24).unwrap());
        assert_eq!((first.expose().len(), random_password(100).unwrap().expose().len()), (24, 100));
        assert_ne!(first.expose(), second.expose());
    }

    #[test]
    fn alphabet_has_64_distinct_characters() {
        let distinct: std::collections::BTreeSet<&u8> = ALPHABET.iter().collect();
        assert_eq!(distinct.len(), 64);
    }
}
