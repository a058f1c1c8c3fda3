//! A real reset of a test account, for who wants to see that all of it works: the way that a reset takes, the
//! directory's answer, and a sign-in. Not an employee's reset: nobody is verified, and nobody learns the password.

use crate::crypto::{Purpose, hex};
use crate::ports::audit::{Entry, Event};
use crate::ports::directory::{Account, Eligibility, Policy};
use crate::ports::health_finding::Finding;
use crate::random;
use crate::reset::ResetDeps;
use crate::reset::password_write::outcome::{self, Outcome};
use crate::reset::password_write::score;
use app::domain::password::Password;
use app::domain::username::Username;
use app::policy::{Personal, Rules};
use zeroize::Zeroizing;

const PART: &str = "test user";
/// In place of the network in the trail's line: it came from the command line.
const OPERATOR: &str = "check --test-user";
/// Strong whatever the rules say: six bits each.
const LENGTH: u16 = 24;
/// Sixty-four, of all kinds that Windows' complexity rule knows.
const ALPHABET: &[u8; 64] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!#%+-=?";
/// A drawn one may by chance lack a kind of characters, or hold a part of a name.
const DRAWS: usize = 20;

/// Resets the account and signs in as it. What it was before does not come back.
pub async fn reset(parts: &ResetDeps, rules: &Rules, name: &Username) -> Finding {
    let what = name.as_str();
    match attempt(parts, rules, name).await {
        Ok(detail) => Finding::good(PART, what, detail),
        Err(detail) => Finding::bad(PART, what, detail),
    }
}

async fn attempt(parts: &ResetDeps, rules: &Rules, name: &Username) -> Result<String, String> {
    let directory = &*parts.directory;
    let found = directory.find(name).await.map_err(|error| error.to_string())?;
    let account = found.ok_or("no account with this user name stands under the base DN")?;
    may_be_reset(account.eligibility)?;
    let policy = directory.policy(&account).await.map_err(|error| error.to_string())?;
    let password = draw(rules, policy, &account)?;
    let reference = random::reference().map_err(|_| "the operating system gives no random bytes")?;
    record(parts, &account, &reference, Event::AboutToSet)
        .await
        .map_err(|error| format!("nothing was written, for want of the audit trail: {error}"))?;
    let outcome = outcome::set(directory, &*parts.clock, &account, &password).await;
    let (event, outcome) = told(outcome);
    // It has happened, whether or not it can be written down.
    let kept = match record(parts, &account, &reference, event).await {
        Ok(()) => format!("reference {reference}"),
        Err(error) => format!("the audit trail does not tell it: {error}"),
    };
    let server = outcome.map_err(|why| format!("{why} ({kept})"))?;
    let signed_in = verify_password(parts, &account, &server, &password).await;
    let known = format!("it now has a password that nobody knows ({kept})");
    match signed_in {
        Ok(()) => Ok(format!("reset and signed in on {server}; {known}")),
        Err(why) => Err(format!("reset on {server}, but {why}; {known}")),
    }
}

fn may_be_reset(eligibility: Eligibility) -> Result<(), &'static str> {
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

/// A password that the rules and the directory's policy take.
fn draw(rules: &Rules, policy: Policy, account: &Account) -> Result<Password, String> {
    let rules = Rules {
        min_length: rules.min_length.max(policy.min_length),
        complexity: rules.complexity || policy.complexity,
        history: policy.history,
        ..rules.clone()
    };
    let personal = Personal::from_names(&account.login, &account.display_name);
    let mut breaches = Vec::new();
    for _ in 0..DRAWS {
        let password = drawn(usize::from(rules.min_length.max(LENGTH).min(rules.max_length)))?;
        breaches = rules.evaluate(&password, &personal, Some(score(&rules, &personal, &password)));
        if breaches.is_empty() {
            return Ok(password);
        }
    }
    Err(format!("no password that was drawn passes the rules: {breaches:?}"))
}

fn drawn(length: usize) -> Result<Password, String> {
    // Room for all of it at once: a growing text would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        let bytes = random::bytes::<32>().map(Zeroizing::new);
        let bytes = bytes.map_err(|error| format!("the operating system gives no random bytes: {error}"))?;
        let left = length - text.len();
        let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 64)));
        text.extend(letters.take(left).map(|letter| char::from(*letter)));
    }
    Ok(Password::new(std::mem::take(&mut *text)))
}

/// What the trail keeps, and where it is set or why not.
fn told(outcome: Outcome) -> (Event, Result<String, String>) {
    match outcome {
        Outcome::Set { server } => (Event::PasswordSet, Ok(server)),
        Outcome::Refused { breach, diagnostic } => {
            let why = format!("not reset: the directory refused the password ({breach:?}): {diagnostic}");
            (Event::Refused { diagnostic }, Err(why))
        }
        Outcome::NotSet(error) => (Event::NotSet, Err(format!("not reset: {error}"))),
        Outcome::Unknown(error) => {
            (Event::OutcomeUnknown, Err(format!("nobody can say whether it was reset: {error}")))
        }
    }
}

async fn verify_password(
    parts: &ResetDeps,
    account: &Account,
    server: &str,
    password: &Password,
) -> Result<(), String> {
    let directory = &*parts.directory;
    let there = directory.read_at(server, account.id).await.map_err(|error| error.to_string())?;
    let there = there.ok_or("it is not there any more")?;
    match directory.verify_password(&there, password).await {
        Ok(Some(true)) => Ok(()),
        Ok(Some(false)) => Err("the sign-in with the new password is refused".to_owned()),
        Ok(None) => {
            Err("the sign-in says nothing: its hours, its computers or its end date forbid one".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

async fn record(
    parts: &ResetDeps,
    account: &Account,
    reference: &str,
    event: Event,
) -> Result<(), crate::ports::store::StoreError> {
    let digest = parts.keys.digest(Purpose::Audit, &[b"account", account.id.0.as_bytes()]);
    let subject = hex(digest.get(..8).unwrap_or_default());
    let at = parts.clock.now();
    parts
        .audit
        .record(Entry { at, event, reference: reference.to_owned(), subject, network: OPERATOR.to_owned() })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_passwords_differ_and_have_their_length() {
        let (one, other) = (drawn(24).unwrap(), drawn(24).unwrap());
        assert_eq!((one.expose().len(), drawn(100).unwrap().expose().len()), (24, 100));
        assert_ne!(one.expose(), other.expose());
    }

    #[test]
    fn each_letter_of_the_alphabet_is_as_likely() {
        let distinct: std::collections::BTreeSet<&u8> = ALPHABET.iter().collect();
        assert_eq!(distinct.len(), 64);
    }
}
