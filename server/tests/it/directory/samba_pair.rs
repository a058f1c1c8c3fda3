//! The contract suite on the Active Directory adapter with two replicating Samba controllers, one pair for the suite,
//! and tests of the pair itself: kill, stop, resume and replication.

use super::contract::{World, contract_tests};
use super::{Trust, adapter, config, found, now, username};
use app::domain::password::Password;
use async_trait::async_trait;
use end2end::people::FIRST_PASSWORD;
use end2end::samba::{self, Controller, Pair};
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::Directory;
use std::time::Duration;
use tokio::sync::OnceCell;

/// For controllers that are expected to be silent. One that responds may be slow on a busy machine.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(3);

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

    /// The adapter configured with this controller only.
    fn adapter_for(&self, controller: &Controller) -> ActiveDirectory {
        adapter(vec![controller.url()], self.trust.file.path())
    }

    async fn is_silent(&self, controller: &Controller) -> bool {
        let quick = LdapConfig {
            connect_timeout: SILENCE_TIMEOUT,
            operation_timeout: SILENCE_TIMEOUT,
            ..config(vec![controller.url()], self.trust.file.path())
        };
        ActiveDirectory::new(quick, now()).unwrap().find(&username("A.Janssen")).await.is_err()
    }
}

/// Never dropped: Samba ends with the process. A failed start is stored, so that every test fails at once with its
/// reason.
static CONTROLLERS: OnceCell<Result<Controllers, String>> = OnceCell::const_new();

async fn controllers() -> &'static Controllers {
    CONTROLLERS.get_or_init(Controllers::start).await.as_ref().unwrap()
}

/// Each test has its own adapter, because connections belong to the test's runtime.
struct SambaPairWorld {
    controllers: &'static Controllers,
    ldap: ActiveDirectory,
}

#[async_trait]
impl World for SambaPairWorld {
    fn directory(&self) -> &dyn Directory {
        &self.ldap
    }

    fn unreachable_directory(&self) -> Box<dyn Directory> {
        // Nothing listens on ports 1 and 2 of the loopback.
        let closed = ["ldaps://127.0.0.1:1".to_owned(), "ldaps://127.0.0.1:2".to_owned()];
        Box::new(adapter(closed.to_vec(), self.controllers.trust.file.path()))
    }

    fn high_impact_directory(&self) -> Box<dyn Directory> {
        let groups = vec![format!("CN=Administrators,CN=Builtin,{}", end2end::directory::content::BASE)];
        let config = config(self.controllers.pair.urls(), self.controllers.trust.file.path());
        let config = LdapConfig { high_impact_groups: groups, ..config };
        Box::new(ActiveDirectory::new(config, now()).unwrap())
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

async fn start() -> SambaPairWorld {
    let controllers = controllers().await;
    let ldap = adapter(controllers.pair.urls(), controllers.trust.file.path());
    SambaPairWorld { controllers, ldap }
}

contract_tests!(start);

async fn set(directory: &ActiveDirectory, login: &str, password: &Password) {
    directory.set_password(&found(directory, login).await, password).await.unwrap();
}

#[tokio::test]
async fn write_on_either_controller_replicates_to_the_other() {
    let controllers = controllers().await;
    let [first, second] = controllers.pair.both().map(|controller| controllers.adapter_for(controller));
    for (from, to, new) in [(&first, &second, "Molen-Wiek-Wind-8"), (&second, &first, "Haven-Boot-Zeil-9")] {
        let new = Password::new(new);
        set(from, "Reserve.17", &new).await;
        controllers.pair.wait_until_replicated().await.unwrap();
        assert_eq!(to.verify_password(&found(to, "Reserve.17").await, &new).await.unwrap(), Some(true));
    }
}

/// Uses its own pair, because it kills and stops controllers.
#[tokio::test]
async fn killed_controller_restarts_with_all_acknowledged_writes_and_catches_up() {
    let controllers = Controllers::start().await.unwrap();
    let [first, second] = controllers.pair.both().map(|controller| controllers.adapter_for(controller));
    let (dc1, dc2) = (&controllers.pair.dc1, &controllers.pair.dc2);
    for (killed, on_killed, on_other, login, other_login) in [
        (dc2, &second, &first, "Reserve.01", "Reserve.02"),
        (dc1, &first, &second, "Reserve.03", "Reserve.04"),
    ] {
        let (new, first_password) = (Password::new("Molen-Wiek-Wind-8"), Password::new(FIRST_PASSWORD));
        set(on_killed, login, &new).await;
        killed.kill();
        killed.kill();
        killed.stop().unwrap();
        killed.resume().unwrap();
        assert!(controllers.is_silent(killed).await, "a killed controller responds");
        set(on_other, other_login, &new).await;
        killed.restart().await.unwrap();
        killed.restart().await.unwrap();
        // Read from the killed controller before replication, so the write was stored there.
        let account = found(on_killed, login).await;
        assert_eq!(on_killed.verify_password(&account, &new).await.unwrap(), Some(true));
        assert_eq!(on_killed.verify_password(&account, &first_password).await.unwrap(), Some(false));
        controllers.pair.wait_until_replicated().await.unwrap();
        for (directory, login) in [(on_killed, other_login), (on_other, login)] {
            let account = found(directory, login).await;
            assert_eq!(directory.verify_password(&account, &new).await.unwrap(), Some(true), "{login}");
        }
    }
}

#[tokio::test]
async fn stopped_controller_responds_after_it_resumes() {
    let controllers = Controllers::start().await.unwrap();
    let new = Password::new("Molen-Wiek-Wind-8");
    let both = controllers.pair.both();
    for ((stopped, other), login) in
        [(both[0], both[1]), (both[1], both[0])].into_iter().zip(["Reserve.01", "Reserve.02"])
    {
        let (on_stopped, on_other) = (controllers.adapter_for(stopped), controllers.adapter_for(other));
        stopped.stop().unwrap();
        stopped.stop().unwrap();
        assert!(controllers.is_silent(stopped).await, "a stopped controller responds");
        set(&on_other, login, &new).await;
        // The other controller also starts while this one is stopped.
        other.kill();
        other.restart().await.unwrap();
        let account = found(&on_other, login).await;
        assert_eq!(on_other.verify_password(&account, &new).await.unwrap(), Some(true));
        stopped.resume().unwrap();
        stopped.resume().unwrap();
        controllers.pair.wait_until_replicated().await.unwrap();
        assert_eq!(
            on_stopped.verify_password(&found(&on_stopped, login).await, &new).await.unwrap(),
            Some(true)
        );
    }
}
