//! The contract on the adapter with two replicating controllers of a real Samba AD, one pair for all
//! of its tests, and what the pair itself promises to tests that kill and stop controllers.

use super::contract::{World, the_contract_holds_for};
use super::{Trust, adapter, config, found, now, username};
use app::domain::password::Password;
use async_trait::async_trait;
use end2end::people::FIRST_PASSWORD;
use end2end::samba::{self, Controller, Pair};
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::Directory;
use std::time::Duration;
use tokio::sync::OnceCell;

/// For who is known to be silent. Whoever answers may be slow on a busy machine.
const SOON: Duration = Duration::from_secs(3);

struct Controllers {
    pair: Pair,
    trust: Trust,
}

impl Controllers {
    async fn start() -> Result<Self, String> {
        let trust = Trust::new();
        let pair = Pair::start(&trust.authority).await.map_err(|e| format!("{e:#}"))?;
        Ok(Self { pair, trust })
    }

    /// The adapter with this controller alone.
    fn at(&self, controller: &Controller) -> ActiveDirectory {
        adapter(vec![controller.url()], self.trust.file.path())
    }

    async fn is_silent(&self, controller: &Controller) -> bool {
        let quick = LdapConfig {
            connect_timeout: SOON,
            operation_timeout: SOON,
            ..config(vec![controller.url()], self.trust.file.path())
        };
        ActiveDirectory::new(quick, now()).unwrap().find(&username("A.Janssen")).await.is_err()
    }
}

/// Never dropped: the end of the process ends Samba, too. A failed start is remembered, so that
/// every test fails at once with its reason.
static CONTROLLERS: OnceCell<Result<Controllers, String>> = OnceCell::const_new();

async fn controllers() -> &'static Controllers {
    CONTROLLERS.get_or_init(Controllers::start).await.as_ref().unwrap()
}

/// The adapter is each test's own: its connections belong to the test's runtime.
struct TwoControllers {
    controllers: &'static Controllers,
    ldap: ActiveDirectory,
}

#[async_trait]
impl World for TwoControllers {
    fn directory(&self) -> &dyn Directory {
        &self.ldap
    }

    fn out_of_reach(&self) -> Box<dyn Directory> {
        // Port 1 of the loopback: nobody listens there.
        let dead = ["ldaps://127.0.0.1:1".to_owned(), "ldaps://127.0.0.1:2".to_owned()];
        Box::new(adapter(dead.to_vec(), self.controllers.trust.file.path()))
    }

    async fn spare(&self, number: u8) -> String {
        samba::spare(number)
    }

    async fn rename(&self, login: &str, new_login: &str) {
        self.controllers.pair.dc1.rename(login, new_login).unwrap();
    }

    async fn recreate(&self, login: &str) {
        self.controllers.pair.dc1.recreate(login).unwrap();
    }

    fn enforces_history(&self) -> bool {
        // Samba has no policy-hints control.
        false
    }
}

async fn start() -> TwoControllers {
    let controllers = controllers().await;
    let ldap = adapter(controllers.pair.urls(), controllers.trust.file.path());
    TwoControllers { controllers, ldap }
}

the_contract_holds_for!(start);

async fn set(directory: &ActiveDirectory, login: &str, password: &Password) {
    directory.set_password(&found(directory, login).await, password).await.unwrap();
}

#[tokio::test]
async fn a_write_at_either_arrives_at_the_other() {
    let controllers = controllers().await;
    let [first, second] = controllers.pair.both().map(|one| controllers.at(one));
    for (from, to, new) in [(&first, &second, "Molen-Wiek-Wind-8"), (&second, &first, "Haven-Boot-Zeil-9")] {
        let new = Password::new(new);
        set(from, "Reserve.17", &new).await;
        controllers.pair.in_step().await.unwrap();
        assert_eq!(to.verify_password(&found(to, "Reserve.17").await, &new).await.unwrap(), Some(true));
    }
}

/// Kills and stops, so it has a pair of its own.
#[tokio::test]
async fn a_killed_controller_comes_back_with_all_it_answered_and_catches_up() {
    let controllers = Controllers::start().await.unwrap();
    let [first, second] = controllers.pair.both().map(|one| controllers.at(one));
    let (dc1, dc2) = (&controllers.pair.dc1, &controllers.pair.dc2);
    for (killed, there, other, login, meanwhile) in [
        (dc2, &second, &first, "Reserve.01", "Reserve.02"),
        (dc1, &first, &second, "Reserve.03", "Reserve.04"),
    ] {
        let (new, first_password) = (Password::new("Molen-Wiek-Wind-8"), Password::new(FIRST_PASSWORD));
        set(there, login, &new).await;
        killed.kill();
        killed.kill();
        killed.stop().unwrap();
        killed.resume().unwrap();
        assert!(controllers.is_silent(killed).await, "a killed one answers");
        set(other, meanwhile, &new).await;
        killed.restart().await.unwrap();
        killed.restart().await.unwrap();
        // At the one that was killed: nobody else may have told it.
        let account = found(there, login).await;
        assert_eq!(there.verify_password(&account, &new).await.unwrap(), Some(true));
        assert_eq!(there.verify_password(&account, &first_password).await.unwrap(), Some(false));
        controllers.pair.in_step().await.unwrap();
        for (directory, login) in [(there, meanwhile), (other, login)] {
            let account = found(directory, login).await;
            assert_eq!(directory.verify_password(&account, &new).await.unwrap(), Some(true), "{login}");
        }
    }
}

#[tokio::test]
async fn a_stopped_controller_answers_after_it_resumes() {
    let controllers = Controllers::start().await.unwrap();
    let new = Password::new("Molen-Wiek-Wind-8");
    let both = controllers.pair.both();
    for ((stopped, other), login) in
        [(both[0], both[1]), (both[1], both[0])].into_iter().zip(["Reserve.01", "Reserve.02"])
    {
        let (there, elsewhere) = (controllers.at(stopped), controllers.at(other));
        stopped.stop().unwrap();
        stopped.stop().unwrap();
        assert!(controllers.is_silent(stopped).await, "a stopped one answers");
        set(&elsewhere, login, &new).await;
        // The other one comes up beside a stopped one, too.
        other.kill();
        other.restart().await.unwrap();
        let account = found(&elsewhere, login).await;
        assert_eq!(elsewhere.verify_password(&account, &new).await.unwrap(), Some(true));
        stopped.resume().unwrap();
        stopped.resume().unwrap();
        controllers.pair.in_step().await.unwrap();
        assert_eq!(there.verify_password(&found(&there, login).await, &new).await.unwrap(), Some(true));
    }
}
