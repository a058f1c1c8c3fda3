//! The contract suite on the Active Directory adapter with the simulator: over LDAPS and StartTLS, and with both kinds
//! of error messages.

use super::contract::{World, contract_tests};
use super::{Trust, adapter, high_impact_adapter};
use async_trait::async_trait;
use end2end::directory::{Directory as Simulator, PolicyDiagnostics, SimulatorConfig};
use server::adapters::ldap::ActiveDirectory;
use server::ports::directory::Directory;

struct SimulatorWorld {
    simulator: Simulator,
    ldap: ActiveDirectory,
    trust: Trust,
    config: SimulatorConfig,
}

async fn start_with(config: SimulatorConfig, starttls: bool) -> SimulatorWorld {
    let trust = Trust::new();
    let simulator = Simulator::start(config, &trust.authority).await.unwrap();
    let url = if starttls { simulator.starttls_url() } else { simulator.url() };
    let ldap = adapter(vec![url], trust.file.path());
    SimulatorWorld { simulator, ldap, trust, config }
}

#[async_trait]
impl World for SimulatorWorld {
    fn directory(&self) -> &dyn Directory {
        &self.ldap
    }

    fn unreachable_directory(&self) -> Box<dyn Directory> {
        // Nothing listens on port 1 of the loopback.
        Box::new(adapter(vec!["ldaps://127.0.0.1:1".to_owned()], self.trust.file.path()))
    }

    fn high_impact_directory(&self) -> Box<dyn Directory> {
        high_impact_adapter(self.simulator.url(), self.trust.file.path())
    }

    async fn spare(&self, number: u8) -> String {
        let login = format!("Reserve.{number:02}");
        self.simulator.add_account(&login);
        login
    }

    async fn rename(&self, login: &str, new_login: &str) {
        assert!(self.simulator.rename(login, new_login));
    }

    async fn recreate(&self, login: &str) {
        assert!(self.simulator.delete_account(login));
        self.simulator.add_account(login);
    }

    fn enforces_history(&self) -> bool {
        self.config.history_control
    }
}

mod ldaps {
    use super::{SimulatorConfig, SimulatorWorld, contract_tests, start_with};

    async fn start() -> SimulatorWorld {
        start_with(SimulatorConfig::default(), false).await
    }

    contract_tests!(start);
}

mod starttls_without_history_control {
    use super::{SimulatorConfig, SimulatorWorld, contract_tests, start_with};

    async fn start() -> SimulatorWorld {
        start_with(SimulatorConfig { history_control: false, ..SimulatorConfig::default() }, true).await
    }

    contract_tests!(start);
}

mod windows_error_messages {
    use super::{PolicyDiagnostics, SimulatorConfig, SimulatorWorld, contract_tests, start_with};

    async fn start() -> SimulatorWorld {
        start_with(
            SimulatorConfig { policy_diagnostics: PolicyDiagnostics::Windows, ..SimulatorConfig::default() },
            false,
        )
        .await
    }

    contract_tests!(start);
}
