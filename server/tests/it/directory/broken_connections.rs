//! Password writes over a connection that is cut, stalled or delayed at any byte of the request or its response. In
//! every case the reported outcome matches the directory's state.

use super::{Trust, config, found, now};
use app::domain::password::Password;
use end2end::directory::content::STAFF;
use end2end::directory::{Directory as Simulator, SimulatorConfig};
use end2end::people::FIRST_PASSWORD;
use end2end::proxy::{Direction, Fault, Proxy};
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::Account;
use server::reset::password_write::outcome::{self, WriteOutcome};
use std::time::Duration;

const NAME: &str = "A.Janssen";
/// Far longer than the simulator needs for an operation, but short, since every stall waits for it.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(800);
/// Generous: connecting never stalls here, and TLS is slow on a busy machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

struct Setup {
    simulator: Simulator,
    proxy: Proxy,
    directory: ActiveDirectory,
    passwords: u32,
}

impl Setup {
    /// With `pair`, a second controller is configured over a connection that does not break.
    async fn new(history_control: bool, pair: bool) -> Self {
        let trust = Trust::new();
        let simulator = SimulatorConfig { history_control, ..SimulatorConfig::default() };
        let simulator = Simulator::start(simulator, &trust.authority).await.unwrap();
        let proxy = Proxy::start(simulator.address()).await.unwrap();
        let mut urls = vec![format!("ldaps://{}", proxy.address())];
        let second = simulator.replica(&trust.authority).await.unwrap();
        if pair {
            urls.push(second.url());
            // It lives as long as the test process; an idle listener costs nothing.
            std::mem::forget(second);
        }
        let quick = LdapConfig {
            operation_timeout: OPERATION_TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            ..config(urls, trust.file.path())
        };
        assert_eq!(quick.base_dn, STAFF);
        let directory = ActiveDirectory::new(quick, now()).unwrap();
        Self { simulator, proxy, directory, passwords: 0 }
    }

    /// A password that was not used before.
    fn next_password(&mut self) -> String {
        self.passwords += 1;
        format!("Molen-Wiek-Wind-{}", self.passwords)
    }

    /// Writes over an established connection that breaks after this byte; returns the outcome and the password.
    async fn write(
        &mut self,
        account: &Account,
        direction: Direction,
        after: usize,
        fault: Fault,
    ) -> (WriteOutcome, String) {
        let new = self.next_password();
        self.proxy.arm(direction, after, fault);
        let outcome =
            outcome::set(&self.directory, &SystemClock, account, &Password::new(new.as_str())).await;
        (outcome, new)
    }

    async fn account(&self) -> Account {
        self.proxy.disarm();
        found(&self.directory, NAME).await
    }

    /// The lengths of a write request and its response in bytes.
    async fn lengths(&mut self) -> [usize; 2] {
        let account = self.account().await;
        self.proxy.disarm();
        let new = self.next_password();
        let outcome = outcome::set(&self.directory, &SystemClock, &account, &Password::new(new)).await;
        assert!(matches!(outcome, WriteOutcome::Set { .. }), "{outcome:?}");
        [Direction::ToServer, Direction::ToClient].map(|direction| self.proxy.passed(direction))
    }
}

#[tokio::test]
async fn a25_connection_cut_at_any_byte_of_a_write_or_its_response_has_a_certain_outcome() {
    for history_control in [true, false] {
        let mut setup = Setup::new(history_control, false).await;
        let lengths = setup.lengths().await;
        for (direction, length) in [Direction::ToServer, Direction::ToClient].into_iter().zip(lengths) {
            // In either direction this may also break a few bytes of the adjacent message.
            for after in 0..=length {
                let account = setup.account().await;
                let (outcome, new) = setup.write(&account, direction, after, Fault::Cut).await;
                assert!(matches!(outcome, WriteOutcome::Set { .. }), "{direction:?} {after}: {outcome:?}");
                assert!(setup.simulator.has_password(NAME, &new), "{direction:?} {after}");
            }
        }
    }
}

#[tokio::test]
async fn a25_stalled_or_delayed_connection_has_a_certain_outcome() {
    let mut setup = Setup::new(true, false).await;
    let lengths = setup.lengths().await;
    for (direction, length) in [Direction::ToServer, Direction::ToClient].into_iter().zip(lengths) {
        for fault in [Fault::Stall, Fault::Delay(2 * OPERATION_TIMEOUT)] {
            // No byte, part of the header, the header, part of the body, all but one, all.
            for after in [0, 3, 5, length / 2, length - 1, length] {
                let account = setup.account().await;
                let (outcome, new) = setup.write(&account, direction, after, fault).await;
                assert!(
                    matches!(outcome, WriteOutcome::Set { .. }),
                    "{direction:?} {fault:?} {after}: {outcome:?}"
                );
                assert!(setup.simulator.has_password(NAME, &new), "{direction:?} {fault:?} {after}");
            }
        }
    }
}

#[tokio::test]
async fn a25_late_write_sets_the_confirmed_password() {
    let mut setup = Setup::new(false, false).await;
    let account = setup.account().await;
    let writes = setup.simulator.writes();
    // The first request is delayed until long after the response to the second one, and then carried out as well.
    let (outcome, new) =
        setup.write(&account, Direction::ToServer, 0, Fault::Delay(3 * OPERATION_TIMEOUT)).await;
    assert!(matches!(outcome, WriteOutcome::Set { .. }), "{outcome:?}");
    let both_writes = async {
        while setup.simulator.writes() < writes + 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), both_writes).await.expect("the first request never arrives");
    assert!(setup.simulator.has_password(NAME, &new));
}

#[tokio::test]
async fn a25_second_controller_settles_a_write_if_the_first_is_unreachable() {
    for (direction, after) in [(Direction::ToServer, 20), (Direction::ToClient, 0)] {
        let mut setup = Setup::new(true, true).await;
        let account = setup.account().await;
        setup.proxy.set_refusing(true);
        let (outcome, new) = setup.write(&account, direction, after, Fault::Cut).await;
        assert!(matches!(outcome, WriteOutcome::Set { .. }), "{direction:?}: {outcome:?}");
        assert!(setup.simulator.has_password(NAME, &new));
    }
}

#[tokio::test]
async fn a25_unverifiable_write_is_never_reported_as_set() {
    let mut setup = Setup::new(true, false).await;
    let account = setup.account().await;
    setup.proxy.set_refusing(true);
    let (outcome, new) = setup.write(&account, Direction::ToClient, 0, Fault::Cut).await;
    assert!(matches!(outcome, WriteOutcome::Unknown(_)), "{outcome:?}");
    assert!(setup.simulator.has_password(NAME, &new), "the write was carried out");
    assert!(!setup.simulator.has_password(NAME, FIRST_PASSWORD));
}
