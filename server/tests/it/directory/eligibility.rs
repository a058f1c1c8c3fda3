//! Eligibility of accounts, requirements on controllers, and the minimum password age.

use super::{Trust, config, found, now, username};
use app::domain::password::Password;
use app::policy::Violation;
use end2end::directory::content::STAFF;
use end2end::directory::{Directory as Simulator, SimulatorConfig};
use end2end::people::FIRST_PASSWORD;
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::{
    Directory as _, DirectoryError, Eligibility, ListedAccount, SetPasswordError,
};
use server::ports::health_finding::State;
use server::reset::password_write::outcome::{self, WriteOutcome};

const NEW: &str = "Molen-Wiek-Wind-8";
/// One minute in the unit of `minPwdAge`, 100 ns.
const MINUTE: i64 = 60 * 10_000_000;

struct Setup {
    trust: Trust,
    simulator: Simulator,
}

impl Setup {
    async fn new() -> Self {
        Self::with(SimulatorConfig::default()).await
    }

    async fn with(config: SimulatorConfig) -> Self {
        let trust = Trust::new();
        let simulator = Simulator::start(config, &trust.authority).await.unwrap();
        Self { trust, simulator }
    }

    fn directory(&self, change: impl FnOnce(&mut LdapConfig)) -> ActiveDirectory {
        let mut config = config(vec![self.simulator.url()], self.trust.file.path());
        change(&mut config);
        ActiveDirectory::new(config, now()).unwrap()
    }
}

async fn listed(directory: &ActiveDirectory, login: &str) -> Eligibility {
    let mut all: Vec<ListedAccount> = Vec::new();
    directory.list(&mut |page| all.extend(page)).await.unwrap();
    all.iter().find(|listed| listed.login == login).unwrap().eligibility
}

#[tokio::test]
async fn only_members_of_an_allowed_group_are_eligible() {
    const GROUP: &str = "CN=Domain Users,CN=Users,DC=pantein,DC=grp";
    let setup = Setup::new().await;
    for login in ["A.Janssen", "D.Willems"] {
        assert!(setup.simulator.add_to_group(login, GROUP));
    }
    let directory = setup.directory(|config| config.allowed_groups = vec![GROUP.to_owned()]);
    for (login, eligibility) in [
        ("A.Janssen", Eligibility::Eligible),
        ("G.Oezdemir", Eligibility::OutOfScope),
        // Privilege takes precedence.
        ("D.Willems", Eligibility::Privileged),
    ] {
        assert_eq!(found(&directory, login).await.eligibility, eligibility, "{login}");
        assert_eq!(listed(&directory, login).await, eligibility, "{login}");
    }
}

#[tokio::test]
async fn excluded_subtree_is_out_of_scope() {
    let setup = Setup::with(SimulatorConfig { extra_employees: 2, ..SimulatorConfig::default() }).await;
    let directory = setup.directory(|config| config.excluded = vec![format!("ou=team 01, {STAFF}")]);
    for (login, eligibility) in
        [("Collega.00001", Eligibility::OutOfScope), ("Collega.00002", Eligibility::Eligible)]
    {
        assert_eq!(found(&directory, login).await.eligibility, eligibility, "{login}");
        assert_eq!(listed(&directory, login).await, eligibility, "{login}");
    }
}

#[tokio::test]
async fn misspelt_group_or_subtree_in_settings_is_an_outage_that_names_it() {
    let setup = Setup::new().await;
    let typo = "CN=Niemand,CN=Users,DC=pantein,DC=grp".to_owned();
    for directory in [
        setup.directory(|config| config.protected_groups = vec![typo.clone()]),
        setup.directory(|config| config.high_impact_groups = vec![typo.clone()]),
        setup.directory(|config| config.allowed_groups = vec![typo.clone()]),
        setup.directory(|config| config.excluded = vec![typo.clone()]),
    ] {
        match directory.find(&username("A.Janssen")).await {
            // An outage: as «no account», every employee would get the answer for a wrong birthdate.
            Err(DirectoryError::Unreachable { tried }) => assert!(tried.contains(&typo), "{tried}"),
            other => unreachable!("{other:?}"),
        }
        let rows = directory.check().await;
        assert!(rows.iter().any(|row| row.state == State::Bad && row.detail.contains(&typo)), "{rows:?}");
    }
}

#[tokio::test]
async fn smart_card_account_has_no_password_to_reset() {
    let setup = Setup::new().await;
    setup.simulator.set("A.Janssen", "userAccountControl", &["262656"]);
    assert_eq!(found(&setup.directory(|_| {}), "A.Janssen").await.eligibility, Eligibility::SmartCard);
}

#[tokio::test]
async fn account_moved_out_of_the_base_dn_during_a_session_is_not_found() {
    let setup = Setup::with(SimulatorConfig { extra_employees: 2, ..SimulatorConfig::default() }).await;
    let anna = found(&setup.directory(|_| {}), "A.Janssen").await;
    // The same GUID, read with a base DN that contains other accounts but not this one.
    let other_base = setup.directory(|config| config.base_dn = format!("ou=team 01,{STAFF}"));
    assert_eq!(other_base.read(anna.id).await.unwrap(), None);
    let colleague = found(&other_base, "Collega.00001").await;
    assert_eq!(other_base.read(colleague.id).await.unwrap(), Some(colleague));
}

#[tokio::test]
async fn a23_require_history_decides_if_the_history_control_is_missing() {
    let setup = Setup::with(SimulatorConfig { history_control: false, ..SimulatorConfig::default() }).await;
    let lenient = setup.directory(|_| {});
    let anna = found(&lenient, "A.Janssen").await;
    assert_eq!(lenient.policy(&anna).await.unwrap().history, None, "no history is reported");
    let rows = lenient.check().await;
    assert!(rows.iter().any(|row| row.state == State::Warning && row.part == "history control"), "{rows:?}");

    let strict = setup.directory(|config| config.require_history = true);
    match strict.find(&username("A.Janssen")).await {
        Err(DirectoryError::Unreachable { tried }) => assert!(tried.contains("require_history"), "{tried}"),
        other => unreachable!("{other:?}"),
    }
    assert!(strict.check().await.iter().any(|row| row.state == State::Bad));
}

#[tokio::test]
async fn a24_password_below_minimum_age_reports_the_remaining_hours() {
    let setup = Setup::new().await;
    setup.simulator.set_domain("minPwdAge", -90 * MINUTE);
    let directory = setup.directory(|_| {});
    let anna = found(&directory, "A.Janssen").await;
    directory.set_password(&anna, &Password::new(NEW)).await.unwrap_err();
    let policy = directory.policy(&anna).await.unwrap();
    assert_eq!(policy.min_age.as_secs(), 90 * 60);
    let again = directory.set_password(&anna, &Password::new("Haven-Boot-Zeil-9")).await;
    match again {
        Err(SetPasswordError::Refused { violation: Violation::TooRecent { hours: 2 }, .. }) => {}
        other => unreachable!("{other:?}"),
    }
    assert!(setup.simulator.has_password("A.Janssen", FIRST_PASSWORD));
}

#[tokio::test]
async fn lockout_is_detected_and_unlocked_without_a_new_password() {
    let setup = Setup::new().await;
    let directory = setup.directory(|_| {});
    assert!(!found(&directory, "A.Janssen").await.locked);
    let bram = found(&directory, "B.Smits").await;
    assert!(bram.locked);
    directory.unlock(&bram).await.unwrap();
    let after = found(&directory, "B.Smits").await;
    assert!(!after.locked);
    assert_eq!(after.password_last_set, bram.password_last_set);
    assert_eq!(directory.verify_password(&after, &Password::new(FIRST_PASSWORD)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn read_only_controller_is_skipped_for_writes_and_reported_by_check() {
    let setup = Setup::new().await;
    let read_only = setup.simulator.read_only_replica(&setup.trust.authority).await.unwrap();
    let urls = vec![read_only.url(), setup.simulator.url()];
    let directory = setup.directory(|config| config.urls = urls);
    let anna = found(&directory, "A.Janssen").await;
    assert_eq!(anna.server, read_only.url());
    let outcome = outcome::set(&directory, &SystemClock, &anna, &Password::new(NEW)).await;
    assert!(
        matches!(&outcome, WriteOutcome::Set { server } if *server == setup.simulator.url()),
        "{outcome:?}"
    );
    assert!(setup.simulator.has_password("A.Janssen", NEW));
    let rows = directory.check().await;
    let row = rows.iter().find(|row| row.what.starts_with(&read_only.url()) && row.what.ends_with("kind"));
    assert_eq!(row.map(|row| row.state), Some(State::Warning), "{rows:?}");
}
