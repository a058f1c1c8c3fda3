//! The contract on the adapter with the pretend directory, over both ways of TLS and with both ways
//! of wording a refusal.

use super::contract::{World, the_contract_holds_for};
use super::{Trust, adapter};
use async_trait::async_trait;
use end2end::directory::{Directory as Pretend, SimulatorConfig, Words};
use server::adapters::ldap::ActiveDirectory;
use server::ports::directory::Directory;

struct Embedded {
    pretend: Pretend,
    ldap: ActiveDirectory,
    trust: Trust,
    config: SimulatorConfig,
}

async fn start_with(config: SimulatorConfig, starttls: bool) -> Embedded {
    let trust = Trust::new();
    let pretend = Pretend::start(config, &trust.authority).await.unwrap();
    let url = if starttls { pretend.starttls_url() } else { pretend.url() };
    let ldap = adapter(vec![url], trust.file.path());
    Embedded { pretend, ldap, trust, config }
}

#[async_trait]
impl World for Embedded {
    fn directory(&self) -> &dyn Directory {
        &self.ldap
    }

    fn out_of_reach(&self) -> Box<dyn Directory> {
        // Port 1 of the loopback: nobody listens there.
        Box::new(adapter(vec!["ldaps://127.0.0.1:1".to_owned()], self.trust.file.path()))
    }

    async fn spare(&self, number: u8) -> String {
        let login = format!("Reserve.{number:02}");
        self.pretend.hire(&login);
        login
    }

    async fn rename(&self, login: &str, new_login: &str) {
        assert!(self.pretend.rename(login, new_login));
    }

    async fn recreate(&self, login: &str) {
        assert!(self.pretend.dismiss(login));
        self.pretend.hire(login);
    }

    fn enforces_history(&self) -> bool {
        self.config.history_control
    }
}

mod ldaps {
    use super::{Embedded, SimulatorConfig, start_with, the_contract_holds_for};

    async fn start() -> Embedded {
        start_with(SimulatorConfig::default(), false).await
    }

    the_contract_holds_for!(start);
}

mod starttls_without_the_history_control {
    use super::{Embedded, SimulatorConfig, start_with, the_contract_holds_for};

    async fn start() -> Embedded {
        start_with(SimulatorConfig { history_control: false, ..SimulatorConfig::default() }, true).await
    }

    the_contract_holds_for!(start);
}

mod with_the_words_of_windows {
    use super::{Embedded, SimulatorConfig, Words, start_with, the_contract_holds_for};

    async fn start() -> Embedded {
        start_with(SimulatorConfig { words: Words::Silent, ..SimulatorConfig::default() }, false).await
    }

    the_contract_holds_for!(start);
}
