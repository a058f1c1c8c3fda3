//! The contract suite on the Active Directory adapter with Samba AD, one server for all tests of the process.

use super::contract::{World, contract_tests};
use super::{Trust, adapter, assert_write_outside_base_dn_is_denied, found, high_impact_adapter};
use async_trait::async_trait;
use end2end::samba::{self, Samba};
use server::adapters::ldap::ActiveDirectory;
use server::ports::directory::{Directory, Eligibility};
use tokio::sync::OnceCell;

pub(super) struct Controller {
    pub(super) samba: Samba,
    pub(super) trust: Trust,
}

/// Never dropped: Samba ends with the process. A failed start is stored, so that every test fails at once with its
/// reason.
static CONTROLLER: OnceCell<Result<Controller, String>> = OnceCell::const_new();

pub(super) async fn controller() -> &'static Controller {
    let started = CONTROLLER.get_or_init(|| async {
        let trust = Trust::new();
        let samba = Samba::start(&trust.authority).await.map_err(|e| format!("{e:#}"))?;
        Ok(Controller { samba, trust })
    });
    started.await.as_ref().unwrap()
}

/// Each test has its own adapter, because connections belong to the test's runtime.
struct SambaWorld {
    controller: &'static Controller,
    ldap: ActiveDirectory,
}

async fn start_at(url: impl Fn(&Samba) -> String) -> SambaWorld {
    let controller = controller().await;
    SambaWorld { controller, ldap: adapter(vec![url(&controller.samba)], controller.trust.file.path()) }
}

#[async_trait]
impl World for SambaWorld {
    fn directory(&self) -> &dyn Directory {
        &self.ldap
    }

    fn unreachable_directory(&self) -> Box<dyn Directory> {
        // Nothing listens on port 1 of the loopback.
        Box::new(adapter(vec!["ldaps://127.0.0.1:1".to_owned()], self.controller.trust.file.path()))
    }

    fn high_impact_directory(&self) -> Box<dyn Directory> {
        high_impact_adapter(self.controller.samba.url(), self.controller.trust.file.path())
    }

    async fn spare(&self, number: u8) -> String {
        samba::spare(number)
    }

    async fn rename(&self, login: &str, new_login: &str) {
        self.controller.samba.rename(login, new_login).unwrap();
    }

    async fn recreate(&self, login: &str) {
        self.controller.samba.recreate(login).unwrap();
    }

    fn enforces_history(&self) -> bool {
        // Samba has no policy-hints control.
        false
    }
}

async fn start() -> SambaWorld {
    start_at(Samba::url).await
}

contract_tests!(start);

#[tokio::test]
async fn starttls_connection_works() {
    let world = start_at(Samba::starttls_url).await;
    assert_eq!(found(&world.ldap, "A.Janssen").await.display_name, "Anna Janssen");
}

#[tokio::test]
async fn a27_administrator_by_nested_or_primary_group_is_privileged() {
    let world = start().await;
    for number in [samba::NESTED_ADMIN, samba::PRIMARY_ADMIN] {
        assert_eq!(found(&world.ldap, &samba::spare(number)).await.eligibility, Eligibility::Privileged);
    }
}

#[tokio::test]
async fn administrator_by_nested_or_primary_group_is_listed_as_privileged() {
    let world = start().await;
    let all = super::listing::list_all(&world.ldap).await.unwrap();
    for number in [samba::NESTED_ADMIN, samba::PRIMARY_ADMIN] {
        let login = samba::spare(number);
        assert_eq!(
            all.iter().find(|listed| listed.login == login).unwrap().eligibility,
            Eligibility::Privileged
        );
    }
}

#[tokio::test]
async fn stricter_lockout_policy_keeps_the_margin() {
    super::sign_in::assert_stricter_lockout_keeps_the_margin(&start().await.ldap).await;
}

#[tokio::test]
async fn locked_out_demo_employee_is_unlocked_by_a_reset() {
    let world = start().await;
    let account = found(&world.ldap, "B.Smits").await;
    let first = app::domain::password::Password::new(end2end::people::FIRST_PASSWORD);
    assert_eq!(world.ldap.verify_password(&account, &first).await.unwrap(), None);
    let new = app::domain::password::Password::new("Molen-Wiek-Wind-8");
    world.ldap.set_password(&account, &new).await.unwrap();
    assert_eq!(world.ldap.verify_password(&account, &new).await.unwrap(), Some(true));
}

#[tokio::test]
async fn birthdate_is_read_from_the_directory() {
    let world = start().await;
    assert_eq!(found(&world.ldap, "A.Janssen").await.birthdate.as_deref(), Some("1984-10-01"));
    assert_eq!(found(&world.ldap, "E.Hendriks").await.birthdate, None);
}

#[tokio::test]
async fn write_outside_the_delegated_ou_is_denied() {
    let controller = controller().await;
    assert_write_outside_base_dn_is_denied(vec![controller.samba.url()], &controller.trust).await;
}
