//! A write over a wire that breaks: at every byte of the request and of its answer, by a cut, a stall or a
//! delay. Whatever happens, the outcome is what the directory then shows.

use super::{Trust, config, found, now};
use app::domain::password::Password;
use end2end::directory::content::STAFF;
use end2end::directory::{Directory as Pretend, SimulatorConfig};
use end2end::people::FIRST_PASSWORD;
use end2end::proxy::{Fault, OtpMethod, Proxy};
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::Account;
use server::reset::password_write::outcome::{self, Outcome};
use std::time::Duration;

const NAME: &str = "A.Janssen";
/// For one operation: longer than a healthy pretend directory takes by far, and short, since every stall waits
/// for it.
const PATIENCE: Duration = Duration::from_millis(800);
/// For a new connection, which never stalls here; on a busy machine TLS takes its time.
const CONNECTING: Duration = Duration::from_secs(20);

struct Setup {
    pretend: Pretend,
    proxy: Proxy,
    directory: ActiveDirectory,
    tries: u32,
}

impl Setup {
    /// With a second controller where `pair` says so, over a wire that does not break.
    async fn new(history_control: bool, pair: bool) -> Self {
        let trust = Trust::new();
        let pretend = SimulatorConfig { history_control, ..SimulatorConfig::default() };
        let pretend = Pretend::start(pretend, &trust.authority).await.unwrap();
        let proxy = Proxy::start(pretend.address()).await.unwrap();
        let mut urls = vec![format!("ldaps://{}", proxy.address())];
        let second = pretend.replica(&trust.authority).await.unwrap();
        if pair {
            urls.push(second.url());
            // It lasts as long as the test's process; its listener costs nothing.
            std::mem::forget(second);
        }
        let quick = LdapConfig {
            operation_timeout: PATIENCE,
            connect_timeout: CONNECTING,
            ..config(urls, trust.file.path())
        };
        assert_eq!(quick.base_dn, STAFF);
        let directory = ActiveDirectory::new(quick, now()).unwrap();
        Self { pretend, proxy, directory, tries: 0 }
    }

    /// One that was not used before.
    fn next_password(&mut self) -> String {
        self.tries += 1;
        format!("Molen-Wiek-Wind-{}", self.tries)
    }

    /// Writes over a connection that stands, broken at this byte; the password that was to be set.
    async fn write(
        &mut self,
        account: &Account,
        way: OtpMethod,
        after: usize,
        fault: Fault,
    ) -> (Outcome, String) {
        let new = self.next_password();
        self.proxy.arm(way, after, fault);
        let outcome =
            outcome::set(&self.directory, &SystemClock, account, &Password::new(new.as_str())).await;
        (outcome, new)
    }

    async fn account(&self) -> Account {
        self.proxy.disarm();
        found(&self.directory, NAME).await
    }

    /// How many bytes a write and its answer take.
    async fn lengths(&mut self) -> [usize; 2] {
        let account = self.account().await;
        self.proxy.disarm();
        let new = self.next_password();
        let outcome = outcome::set(&self.directory, &SystemClock, &account, &Password::new(new)).await;
        assert!(matches!(outcome, Outcome::Set { .. }), "{outcome:?}");
        [OtpMethod::ToServer, OtpMethod::ToClient].map(|way| self.proxy.passed(way))
    }
}

#[tokio::test]
async fn a25_a_wire_cut_at_any_byte_of_a_write_or_its_answer_ends_in_certainty() {
    for history_control in [true, false] {
        let mut setup = Setup::new(history_control, false).await;
        let lengths = setup.lengths().await;
        for (way, length) in [OtpMethod::ToServer, OtpMethod::ToClient].into_iter().zip(lengths) {
            // In either direction some bytes of a neighbouring message may be reached: all the better.
            for after in 0..=length {
                let account = setup.account().await;
                let (outcome, new) = setup.write(&account, way, after, Fault::Cut).await;
                assert!(matches!(outcome, Outcome::Set { .. }), "{way:?} {after}: {outcome:?}");
                assert!(setup.pretend.has_password(NAME, &new), "{way:?} {after}");
            }
        }
    }
}

#[tokio::test]
async fn a25_a_wire_that_stalls_or_delays_ends_in_certainty() {
    let mut setup = Setup::new(true, false).await;
    let lengths = setup.lengths().await;
    for (way, length) in [OtpMethod::ToServer, OtpMethod::ToClient].into_iter().zip(lengths) {
        for fault in [Fault::Stall, Fault::Delay(2 * PATIENCE)] {
            // Nothing, a part of the header, the header, a part of the body, all but one, all.
            for after in [0, 3, 5, length / 2, length - 1, length] {
                let account = setup.account().await;
                let (outcome, new) = setup.write(&account, way, after, fault).await;
                assert!(matches!(outcome, Outcome::Set { .. }), "{way:?} {fault:?} {after}: {outcome:?}");
                assert!(setup.pretend.has_password(NAME, &new), "{way:?} {fault:?} {after}");
            }
        }
    }
}

#[tokio::test]
async fn a25_a_write_that_arrives_late_sets_what_the_screen_promised() {
    let mut setup = Setup::new(false, false).await;
    let account = setup.account().await;
    let writes = setup.pretend.writes();
    // The first copy is held back until the second one is long answered, and then carried out as well.
    let (outcome, new) = setup.write(&account, OtpMethod::ToServer, 0, Fault::Delay(3 * PATIENCE)).await;
    assert!(matches!(outcome, Outcome::Set { .. }), "{outcome:?}");
    let both = async {
        while setup.pretend.writes() < writes + 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), both).await.expect("the first copy never arrives");
    assert!(setup.pretend.has_password(NAME, &new));
}

#[tokio::test]
async fn a25_a_controller_that_is_gone_after_the_write_leaves_it_to_the_other() {
    for (way, after) in [(OtpMethod::ToServer, 20), (OtpMethod::ToClient, 0)] {
        let mut setup = Setup::new(true, true).await;
        let account = setup.account().await;
        setup.proxy.set_refusing(true);
        let (outcome, new) = setup.write(&account, way, after, Fault::Cut).await;
        assert!(matches!(outcome, Outcome::Set { .. }), "{way:?}: {outcome:?}");
        assert!(setup.pretend.has_password(NAME, &new));
    }
}

#[tokio::test]
async fn a25_what_nobody_can_be_asked_of_is_never_called_done() {
    let mut setup = Setup::new(true, false).await;
    let account = setup.account().await;
    setup.proxy.set_refusing(true);
    let (outcome, new) = setup.write(&account, OtpMethod::ToClient, 0, Fault::Cut).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    assert!(setup.pretend.has_password(NAME, &new), "though it was done");
    assert!(!setup.pretend.has_password(NAME, FIRST_PASSWORD));
}
