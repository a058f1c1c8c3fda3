//! The judge and a real directory, of one mind about thousands of passwords: what the judge passes the directory
//! takes, and what the directory refuses the judge had named.

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
use server::reset::password_write::tightened;

/// For each of the two policies.
const PASSWORDS: usize = 1_100;
/// So many of the doubtful ones are signed in with.
const SIGNED_IN: usize = 60;
/// So many resets are on their way at a time.
const AT_A_TIME: usize = 4;

/// About these, nobody can be in doubt.
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
/// And these are the edges: small letters without a capital and the other way about, letters between the cases,
/// signs that look like letters, currencies, marks, blanks, controls, and what is two units in UTF-16.
const DOUBTFUL: [&str; 9] = [
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
    let doubtful = prop::sample::subsequence(DOUBTFUL.to_vec(), 0..=1);
    (plain, doubtful, 10_usize..=18).prop_flat_map(|(mut alphabets, doubtful, length)| {
        alphabets.extend(doubtful);
        let characters: Vec<Vec<char>> = alphabets.into_iter().map(|all| all.chars().collect()).collect();
        let one = prop::sample::select(characters).prop_flat_map(prop::sample::select);
        prop::collection::vec(one, length).prop_map(String::from_iter)
    })
}

/// The same at every run.
fn passwords() -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let one = any_password();
    (0..PASSWORDS).map(|_| one.new_tree(&mut runner).unwrap().current()).collect()
}

fn is_plain(password: &str) -> bool {
    password.chars().all(|c| PLAIN.iter().any(|alphabet| alphabet.contains(c)))
}

/// What the directory says: its «no», if it was one.
async fn refused(ldap: &ActiveDirectory, account: &Account, password: &str) -> Option<Violation> {
    match ldap.set_password(account, &Password::new(password)).await {
        Ok(()) => None,
        Err(SetPasswordError::Refused { breach, .. }) => Some(breach),
        Err(other) => unreachable!("{password:?}: {other:?}"),
    }
}

/// The organisation's rules that add nothing to the directory's, made as the workflow makes them.
async fn rules_of(ldap: &ActiveDirectory, account: &Account) -> Rules {
    let organisation = Rules {
        min_length: 1,
        max_length: 127,
        complexity: false,
        min_score: Score::new(0).unwrap(),
        banned_words: vec![],
        history: None,
    };
    tightened(&organisation, ldap.policy(account).await.unwrap())
}

/// How many were taken, and how many refused.
async fn compare(ldap: &ActiveDirectory, name: &str) -> (usize, usize) {
    let account = found(ldap, name).await;
    let rules = rules_of(ldap, &account).await;
    let personal = Personal::from_names(&account.login, &account.display_name);
    let said = stream::iter(passwords())
        .map(|password| async { (refused(ldap, &account, &password).await, password) })
        .buffer_unordered(AT_A_TIME)
        .collect::<Vec<_>>()
        .await;
    for (refused, password) in &said {
        let judged = rules.evaluate(&Password::new(password.as_str()), &personal, None);
        match refused {
            Some(breach) => assert!(judged.contains(breach), "{password:?}: {breach:?}, judged {judged:?}"),
            // Stricter only where directories are not of one mind themselves.
            None => assert!(judged.is_empty() || !is_plain(password), "{password:?}: judged {judged:?}"),
        }
    }
    let refused = said.iter().filter(|(refused, _)| refused.is_some()).count();
    (said.len() - refused, refused)
}

/// What passes opens the account, and nothing of it was cut or folded on the way.
async fn opens(ldap: &ActiveDirectory, name: &str) -> usize {
    let account = found(ldap, name).await;
    let rules = rules_of(ldap, &account).await;
    let personal = Personal::from_names(&account.login, &account.display_name);
    let passes = |password: &String| {
        !is_plain(password) && rules.evaluate(&Password::new(password.as_str()), &personal, None).is_empty()
    };
    let mut opened = 0;
    for password in passwords().into_iter().filter(passes).take(SIGNED_IN) {
        assert_eq!(refused(ldap, &account, &password).await, None);
        let verify_password =
            ldap.verify_password(&account, &Password::new(password.as_str())).await.unwrap();
        assert_eq!(verify_password, Some(true), "{password:?}");
        opened += 1;
    }
    opened
}

#[tokio::test]
async fn what_the_judge_passes_is_taken_and_what_is_refused_was_named() {
    // One of its own: thousands of resets would end every lock that other tests look at.
    let trust = Trust::new();
    let samba = Samba::start(&trust.authority).await.unwrap();
    let ldap = adapter(vec![samba.url()], trust.file.path());
    let spare = samba::spare(1);
    let (ordinary, stricter) = tokio::join!(compare(&ldap, &spare), compare(&ldap, "F.Vermeulen"));
    assert_eq!(opens(&ldap, &samba::spare(2)).await, SIGNED_IN);
    for (taken, refused) in [ordinary, stricter] {
        assert_eq!(taken + refused, PASSWORDS);
        assert!(taken > PASSWORDS / 10 && refused > PASSWORDS / 10, "{taken} taken, {refused} refused");
    }
}
