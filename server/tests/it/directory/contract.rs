//! Contract suite of the directory port, run on every implementation.

mod listing;
mod sign_in;

pub(super) use listing::*;
pub(super) use sign_in::*;

use super::{found, username};
use app::domain::password::Password;
use app::policy::Violation;
use async_trait::async_trait;
use end2end::directory::content::{BASE, MIN_LENGTH, STRICTER_MIN_LENGTH};
use end2end::people::{FIRST_PASSWORD, PEOPLE, State};
use server::ports::directory::{
    AccountId, Directory, DirectoryError, Eligibility, PasswordCheck, SetPasswordError,
};
use server::ports::health_finding;
use uuid::Uuid;

/// Wrong passwords that must remain before the lockout threshold.
const MARGIN: u32 = 2;

/// A directory with the demo's accounts, and the administrator's actions that tests need.
#[async_trait]
pub(super) trait World: Send + Sync {
    /// The implementation under test.
    fn directory(&self) -> &dyn Directory;
    /// The same implementation with all servers unreachable.
    fn unreachable_directory(&self) -> Box<dyn Directory>;
    /// The same implementation, with D.Willems in a high-impact group: through a nested group if it has groups.
    fn high_impact_directory(&self) -> Box<dyn Directory>;
    /// The DN of a group that contains D.Willems: through a nested group if the directory has groups.
    fn administrators(&self) -> String {
        format!("CN=Administrators,CN=Builtin,{BASE}")
    }
    /// The login name of an ordinary employee with the first password; each test uses its own number.
    async fn spare(&self, number: u8) -> String;
    async fn rename(&self, login: &str, new_login: &str);
    /// Deletes the account and creates another one with the same name.
    async fn recreate(&self, login: &str);
    /// Whether a reset must respect the password history.
    fn enforces_history(&self) -> bool;
    /// Whether the directory enforces the Windows complexity rule.
    fn enforces_complexity(&self) -> bool {
        true
    }
}

/// Generates every test of the suite for one implementation.
macro_rules! contract_tests {
    ($start:path) => {
        $crate::directory::contract::contract_tests!(@ $start:
            user_name_is_found_in_upper_and_lower_case,
            a10_unknown_or_hostile_user_name_returns_none,
            account_outside_the_base_dn_is_not_found,
            eligibility_of_every_demo_account_is_reported,
            direct_or_nested_member_of_a_high_impact_group_is_reported,
            membership_of_an_account_is_direct_or_nested,
            policy_is_the_default_or_the_fine_grained_one,
            new_password_works_and_the_old_one_does_not,
            reset_unlocks_the_account,
            a24_refused_password_names_the_violated_rule,
            a23_earlier_password_is_refused_if_history_is_enforced,
            a12_password_is_written_unchanged,
            empty_password_never_signs_in,
            right_password_signs_in_and_wrong_one_does_not,
            sign_in_without_account_always_fails,
            disabled_account_cannot_sign_in,
            locked_account_reports_lockout_risk,
            wrong_passwords_stop_at_the_lockout_margin,
            parallel_wrong_passwords_stop_at_the_lockout_margin,
            deleted_account_cannot_sign_in,
            every_account_is_listed_once_with_its_attributes,
            written_mobile_number_is_read_back,
            renamed_account_keeps_its_identity,
            a28_recreated_user_name_is_another_account,
            outage_is_an_error_and_not_an_unknown_account,
            check_reports_no_failure,
        );
    };
    (@ $start:path: $($name:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            $crate::directory::contract::$name(&$start().await).await;
        })*
    };
}
pub(super) use contract_tests;

fn password(text: &str) -> Password {
    Password::new(text)
}

pub(super) async fn user_name_is_found_in_upper_and_lower_case(world: &dyn World) {
    let directory = world.directory();
    let anna = found(directory, "A.Janssen").await;
    assert_eq!(anna.login, "A.Janssen");
    assert_eq!(anna.display_name, "Anna Janssen");
    for spelling in ["a.janssen", "A.JANSSEN"] {
        assert_eq!(found(directory, spelling).await, anna, "{spelling}");
    }
    assert_eq!(directory.read(anna.id).await.unwrap(), Some(anna));
    assert_eq!(found(directory, "G.Oezdemir").await.display_name, "Gül Özdemir");
}

pub(super) async fn a10_unknown_or_hostile_user_name_returns_none(world: &dyn World) {
    for name in ["Z.Niemand", "A.Jansse", "A.Janssen)(cn~A", "()", "a)b(c", "(!(cn))", "&", "{}", "2a", "é'x"]
    {
        assert_eq!(world.directory().find(&username(name)).await.unwrap(), None, "{name}");
    }
    assert_eq!(world.directory().read(AccountId(Uuid::nil())).await.unwrap(), None);
}

pub(super) async fn account_outside_the_base_dn_is_not_found(world: &dyn World) {
    for name in ["Administrator", "svc-pwreset", "Guests"] {
        assert_eq!(world.directory().find(&username(name)).await.unwrap(), None, "{name}");
    }
}

pub(super) async fn eligibility_of_every_demo_account_is_reported(world: &dyn World) {
    for person in PEOPLE {
        let expected = match person.state {
            State::Disabled => Eligibility::Disabled,
            State::DomainAdministrator => Eligibility::Privileged,
            State::Ordinary | State::LockedOut | State::NothingRegistered | State::StricterPolicy => {
                Eligibility::Eligible
            }
        };
        let account = found(world.directory(), person.user_name).await;
        assert_eq!(account.eligibility, expected, "{}", person.user_name);
        assert_eq!(account.display_name, person.display_name());
    }
}

pub(super) async fn direct_or_nested_member_of_a_high_impact_group_is_reported(world: &dyn World) {
    let directory = world.high_impact_directory();
    for (name, expected) in [("D.Willems", true), ("A.Janssen", false)] {
        let account = found(&*directory, name).await;
        assert_eq!(account.high_impact, expected, "{name}");
        assert_eq!(directory.read(account.id).await.unwrap(), Some(account.clone()), "{name}");
        let there = directory.read_at(&account.server, account.id).await.unwrap();
        assert_eq!(there, Some(account), "{name}");
        assert!(!found(world.directory(), name).await.high_impact, "{name}: off without groups");
    }
}

pub(super) async fn membership_of_an_account_is_direct_or_nested(world: &dyn World) {
    let (directory, groups) = (world.directory(), [world.administrators()]);
    for (name, expected) in [("D.Willems", true), ("A.Janssen", false)] {
        let account = found(directory, name).await.id;
        assert_eq!(directory.is_member(account, &groups).await.unwrap(), expected, "{name}");
        assert!(!directory.is_member(account, &[]).await.unwrap(), "{name}: of no group");
    }
    let absent = AccountId(Uuid::from_u128(1));
    assert!(!directory.is_member(absent, &groups).await.unwrap());
    // A misspelt group has no members; it must not look like one whose member this account is not.
    let administrators = world.administrators();
    let (_, parent) = administrators.split_once(',').unwrap();
    let misspelt = [format!("CN=Administrattors,{parent}")];
    for account in [absent, found(directory, "A.Janssen").await.id] {
        let failed = directory.is_member(account, &misspelt).await;
        assert!(matches!(failed, Err(DirectoryError::Unusable { .. })), "{failed:?}");
    }
    let failed = world.unreachable_directory().is_member(absent, &groups).await;
    assert!(matches!(failed, Err(DirectoryError::Unreachable { .. })), "{failed:?}");
}

pub(super) async fn policy_is_the_default_or_the_fine_grained_one(world: &dyn World) {
    let directory = world.directory();
    for (name, min_length) in [("A.Janssen", MIN_LENGTH), ("F.Vermeulen", STRICTER_MIN_LENGTH)] {
        let policy = directory.policy(&found(directory, name).await).await.unwrap();
        assert_eq!(i64::from(policy.min_length), min_length, "{name}");
        assert_eq!(policy.complexity, world.enforces_complexity());
        assert_eq!(policy.history.is_some(), world.enforces_history());
    }
}

pub(super) async fn new_password_works_and_the_old_one_does_not(world: &dyn World) {
    let directory = world.directory();
    let before = found(directory, &world.spare(1).await).await;
    let new = password("Molen-Wiek-Wind-8");
    assert_eq!(directory.verify_password(&before, &password(FIRST_PASSWORD)).await.unwrap(), Some(true));
    assert_eq!(directory.verify_password(&before, &new).await.unwrap(), Some(false));
    directory.set_password(&before, &new).await.unwrap();
    assert_eq!(directory.verify_password(&before, &new).await.unwrap(), Some(true));
    assert_eq!(directory.verify_password(&before, &password(FIRST_PASSWORD)).await.unwrap(), Some(false));
    let after = directory.read(before.id).await.unwrap().unwrap();
    assert!(after.password_last_set > before.password_last_set);
}

pub(super) async fn reset_unlocks_the_account(world: &dyn World) {
    let directory = world.directory();
    let account = found(directory, &world.spare(2).await).await;
    for _ in 0..5 {
        assert_eq!(
            directory.verify_password(&account, &password("Vergeten-En-Fout-1")).await.unwrap(),
            Some(false)
        );
    }
    assert_eq!(directory.verify_password(&account, &password(FIRST_PASSWORD)).await.unwrap(), None);
    assert_eq!(found(directory, &account.login).await.eligibility, Eligibility::Eligible);
    let new = password("Haven-Boot-Zeil-9");
    directory.set_password(&account, &new).await.unwrap();
    assert_eq!(directory.verify_password(&account, &new).await.unwrap(), Some(true));
}

async fn violation(world: &dyn World, name: &str, text: &str) -> Violation {
    let directory = world.directory();
    match directory.set_password(&found(directory, name).await, &password(text)).await {
        Err(SetPasswordError::Refused { violation, .. }) => violation,
        other => unreachable!("{name}: {other:?}"),
    }
}

pub(super) async fn a24_refused_password_names_the_violated_rule(world: &dyn World) {
    let spare = world.spare(3).await;
    let before = found(world.directory(), &spare).await.password_last_set;
    assert_eq!(violation(world, &spare, "Kort-42!").await, Violation::TooShort { min: 12 });
    assert_eq!(violation(world, "F.Vermeulen", "Vijftien-tek-42").await, Violation::TooShort { min: 16 });
    if world.enforces_complexity() {
        assert_eq!(violation(world, &spare, "alleenkleineletters").await, Violation::Complexity);
    }
    assert_eq!(found(world.directory(), &spare).await.password_last_set, before);
}

pub(super) async fn a23_earlier_password_is_refused_if_history_is_enforced(world: &dyn World) {
    let spare = world.spare(4).await;
    let directory = world.directory();
    directory.set_password(&found(directory, &spare).await, &password("Dijk-Duin-Strand-3")).await.unwrap();
    if world.enforces_history() {
        let again = violation(world, &spare, FIRST_PASSWORD).await;
        assert!(matches!(again, Violation::InHistory { remembered: None | Some(24) }), "{again:?}");
    } else {
        directory.set_password(&found(directory, &spare).await, &password(FIRST_PASSWORD)).await.unwrap();
    }
}

pub(super) async fn a12_password_is_written_unchanged(world: &dyn World) {
    let directory = world.directory();
    let account = found(directory, &world.spare(5).await).await;
    let long = format!("Aa1!{}", "x".repeat(252));
    for (text, almost) in [
        ("Emoji-\u{1f6b2}\u{1f327}-Regen-7", "Emoji-\u{1f6b2}\u{1f328}-Regen-7"),
        ("Caf\u{e9}-Terras-Zon-1", "Cafe\u{301}-Terras-Zon-1"),
        ("Cafe\u{301}-Terras-Maan-1", "Caf\u{e9}-Terras-Maan-1"),
        ("\"Aanhaling-En-\"Nog-1\"", "Aanhaling-En-\"Nog-1"),
        ("  Spaties-Rondom-12  ", "Spaties-Rondom-12"),
        ("Ster-*)(\\2a-Haak-12", "Ster-*)(*-Haak-12"),
        (long.as_str(), &long[..255]),
    ] {
        directory.set_password(&account, &password(text)).await.expect(text);
        assert_eq!(
            directory.verify_password(&account, &password(almost)).await.unwrap(),
            Some(false),
            "{almost}"
        );
        assert_eq!(directory.verify_password(&account, &password(text)).await.unwrap(), Some(true), "{text}");
    }
}

pub(super) async fn empty_password_never_signs_in(world: &dyn World) {
    let account = found(world.directory(), "A.Janssen").await;
    assert_eq!(world.directory().verify_password(&account, &password("")).await.unwrap(), Some(false));
    for who in [Some(&account), None] {
        assert_eq!(world.directory().sign_in(who, &password(""), 0).await.unwrap(), PasswordCheck::Rejected);
    }
}

pub(super) async fn renamed_account_keeps_its_identity(world: &dyn World) {
    let directory = world.directory();
    let before = found(directory, &world.spare(6).await).await;
    world.rename(&before.login, "Nieuwe.Naam").await;
    let after = found(directory, "Nieuwe.Naam").await;
    assert_eq!(after.id, before.id);
    assert_eq!(directory.find(&username(&before.login)).await.unwrap(), None);
    // An account that was read before the rename still refers to the right object.
    directory.set_password(&before, &password("Brug-Over-Water-6")).await.unwrap();
    assert_eq!(directory.verify_password(&after, &password("Brug-Over-Water-6")).await.unwrap(), Some(true));
}

pub(super) async fn a28_recreated_user_name_is_another_account(world: &dyn World) {
    let directory = world.directory();
    let before = found(directory, &world.spare(7).await).await;
    world.recreate(&before.login).await;
    let after = found(directory, &before.login).await;
    assert_ne!(after.id, before.id);
    assert_eq!(directory.read(before.id).await.unwrap(), None);
    // A reset that started for the old account must not reach the new one.
    match directory.set_password(&before, &password("Brug-Over-Water-7")).await {
        Err(SetPasswordError::NotWritten(DirectoryError::Answer { code: 32, .. })) => {}
        other => unreachable!("{other:?}"),
    }
    assert_eq!(directory.verify_password(&after, &password(FIRST_PASSWORD)).await.unwrap(), Some(true));
}

pub(super) async fn outage_is_an_error_and_not_an_unknown_account(world: &dyn World) {
    let account = found(world.directory(), "A.Janssen").await;
    let unreachable = world.unreachable_directory();
    let is_unreachable = |e: &DirectoryError| matches!(e, DirectoryError::Unreachable { .. });
    for name in ["A.Janssen", "Z.Niemand"] {
        assert!(is_unreachable(&unreachable.find(&username(name)).await.unwrap_err()));
    }
    assert!(is_unreachable(&unreachable.read(account.id).await.unwrap_err()));
    assert!(is_unreachable(&unreachable.policy(&account).await.unwrap_err()));
    assert!(is_unreachable(&unreachable.verify_password(&account, &password("x")).await.unwrap_err()));
    for who in [Some(&account), None] {
        assert!(is_unreachable(&unreachable.sign_in(who, &password("x"), MARGIN).await.unwrap_err()));
    }
    assert!(is_unreachable(&unreachable.list(&mut |_| {}).await.unwrap_err()));
    assert!(is_unreachable(&unreachable.write_mobile(&account, "+31612345678").await.unwrap_err()));
    match unreachable.set_password(&account, &password("Brug-Over-Water-8")).await {
        Err(SetPasswordError::NotWritten(e)) => assert!(is_unreachable(&e)),
        other => unreachable!("{other:?}"),
    }
    assert!(unreachable.check().await.iter().any(|row| row.state == health_finding::State::Bad));
}

pub(super) async fn check_reports_no_failure(world: &dyn World) {
    // Sign-in counters are not replicated, and a server shows none before the first wrong password there.
    let directory = world.directory();
    let account = found(directory, &world.spare(20).await).await;
    for server in directory.servers() {
        let account = directory.read_at(&server, account.id).await.unwrap().unwrap();
        for text in ["Vergeten-En-Fout-1", FIRST_PASSWORD] {
            directory.verify_password(&account, &password(text)).await.unwrap();
        }
    }
    let rows = world.directory().check().await;
    assert!(!rows.is_empty());
    for row in rows {
        let lacks_control = row.part == "history control" && !world.enforces_history();
        // The suite reads numbers from `mobile`, which employees may write themselves; in Samba a new administrator
        // still inherits the delegated rights.
        let expected_warnings = ["records.mobile_attribute", "excess rights: privileged accounts"];
        let expected = if lacks_control || expected_warnings.contains(&row.what.as_str()) {
            health_finding::State::Warning
        } else {
            health_finding::State::Good
        };
        assert_eq!(row.state, expected, "{row:?}");
    }
}
