//! Compares the policy evaluation with a Samba AD for thousands of generated passwords: the directory accepts what the
//! evaluation accepts, and the evaluation names the violation for what the directory refuses.

use super::{Trust, adapter, found};
use app::domain::password::Password;
use app::policy::{Personal, Rules, Score, Violation};
use end2end::samba::{self, Samba};
use futures::{StreamExt, stream};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use server::adapters::ldap::ActiveDirectory;
use server::ports::directory::{Account, Directory, SetPasswordError};
use server::reset::stricter_rules;

/// Generated passwords for each of the two policies.
const PASSWORDS: usize = 1_100;
/// Number of accepted passwords with unusual characters that are verified by a bind.
const VERIFIED_PASSWORDS: usize = 60;
/// Resets that run in parallel.
const PARALLEL_RESETS: usize = 4;

/// Characters with an unambiguous class in every implementation.
const PLAIN: [&str; 8] = [
    "ABCDEFGHJKLMNPQRSTUVWXYZ",
    "abcdefghjkmnpqrstuvwxyz",
    "0123456789",
    "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/",
    "ÀÉÖÑŞŽŸŁ",
    "éöñşžÿł",
    "ΑΩΔЖЯЁ",
    "漢字ひらカ한אب",
];
/// Edge cases: lower-case letters without an upper case and vice versa, title case, symbols that look like letters,
/// currencies, combining marks, spaces, controls, and characters of two UTF-16 units.
const AMBIGUOUS: [&str; 9] = [
    "αωάжяё",
    "ßªºıſŉςΐĸ",
    "ǅǈϒℂİ",
    "ⅧⓐⒶ²٣",
    "€£¥¤",
    "\u{301}\u{308}\u{200d}\u{e0}\u{345}",
    " \u{a0}\u{2003}\u{9}\u{7f}",
    "😀👩🏽𝐀𠀀𐐀",
    "ႠაᲐꙁꭰⱭ",
];

/// 10 to 18 characters of one to four alphabets.
fn any_password() -> impl Strategy<Value = String> {
    let plain = prop::sample::subsequence(PLAIN.to_vec(), 1..=3);
    let ambiguous = prop::sample::subsequence(AMBIGUOUS.to_vec(), 0..=1);
    (plain, ambiguous, 10_usize..=18).prop_flat_map(|(mut alphabets, ambiguous, length)| {
        alphabets.extend(ambiguous);
        let characters: Vec<Vec<char>> =
            alphabets.into_iter().map(|alphabet| alphabet.chars().collect()).collect();
        let character = prop::sample::select(characters).prop_flat_map(prop::sample::select);
        prop::collection::vec(character, length).prop_map(String::from_iter)
    })
}

/// The same passwords in every run.
fn passwords() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let strategy = any_password();
    (0..PASSWORDS).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn is_plain(password: &str) -> bool {
    password.chars().all(|c| PLAIN.iter().any(|alphabet| alphabet.contains(c)))
}

/// Sets the password; returns the violation if the directory refuses it.
async fn refusal(ldap: &ActiveDirectory, account: &Account, password: &str) -> Option<Violation> {
    match ldap.set_password(account, &Password::new(password)).await {
        Ok(()) => None,
        Err(SetPasswordError::Refused { violation, .. }) => Some(violation),
        Err(other) => unreachable!("{password:?}: {other:?}"),
    }
}

/// Rules that add nothing to the directory's policy, combined as the reset service combines them.
async fn rules_of(ldap: &ActiveDirectory, account: &Account) -> Rules {
    let settings = Rules {
        min_length: 1,
        max_length: 127,
        complexity: false,
        min_score: Score::new(0).unwrap(),
        banned_words: vec![],
        history: None,
    };
    stricter_rules(&settings, ldap.policy(account).await.unwrap())
}

/// Returns how many passwords were accepted and how many refused.
async fn compare(ldap: &ActiveDirectory, name: &str) -> (usize, usize) {
    let account = found(ldap, name).await;
    let rules = rules_of(ldap, &account).await;
    let personal = Personal::from_names(&account.login, &account.display_name);
    let results = stream::iter(passwords())
        .map(|password| async { (refusal(ldap, &account, &password).await, password) })
        .buffer_unordered(PARALLEL_RESETS)
        .collect::<Vec<_>>()
        .await;
    for (refusal, password) in &results {
        let violations = rules.evaluate(&Password::new(password.as_str()), &personal, None);
        match refusal {
            Some(violation) => {
                assert!(
                    violations.contains(violation),
                    "{password:?}: {violation:?}, evaluated {violations:?}"
                );
            }
            // The evaluation may be stricter only where directories themselves disagree.
            None => {
                assert!(
                    violations.is_empty() || !is_plain(password),
                    "{password:?}: evaluated {violations:?}"
                );
            }
        }
    }
    let refused = results.iter().filter(|(refusal, _)| refusal.is_some()).count();
    (results.len() - refused, refused)
}

/// Verifies accepted passwords by a bind: nothing was truncated or normalised. Returns how many.
async fn verify_accepted(ldap: &ActiveDirectory, name: &str) -> usize {
    let account = found(ldap, name).await;
    let rules = rules_of(ldap, &account).await;
    let personal = Personal::from_names(&account.login, &account.display_name);
    let is_accepted = |password: &String| {
        !is_plain(password) && rules.evaluate(&Password::new(password.as_str()), &personal, None).is_empty()
    };
    let mut verified = 0;
    for password in passwords().into_iter().filter(is_accepted).take(VERIFIED_PASSWORDS) {
        assert_eq!(refusal(ldap, &account, &password).await, None);
        let is_right = ldap.verify_password(&account, &Password::new(password.as_str())).await.unwrap();
        assert_eq!(is_right, Some(true), "{password:?}");
        verified += 1;
    }
    verified
}

#[tokio::test]
async fn policy_evaluation_agrees_with_the_directory() {
    // A separate server: thousands of resets would release every lockout that other tests observe.
    let trust = Trust::new();
    let samba = Samba::start(&trust.authority).await.unwrap();
    let ldap = adapter(vec![samba.url()], trust.file.path());
    let spare = samba::spare(1);
    let (ordinary, stricter) = tokio::join!(compare(&ldap, &spare), compare(&ldap, "F.Vermeulen"));
    assert_eq!(verify_accepted(&ldap, &samba::spare(2)).await, VERIFIED_PASSWORDS);
    for (accepted, refused) in [ordinary, stricter] {
        assert_eq!(accepted + refused, PASSWORDS);
        assert!(
            accepted > PASSWORDS / 10 && refused > PASSWORDS / 10,
            "{accepted} accepted, {refused} refused"
        );
    }
}
