//! Attacks on the availability of a running product, on loopback only and bounded in time and sockets. Each runs while an
//! employee completes a reset and the admin listener is queried.
//!
//! | module | content |
//! |---|---|
//! | [`target`] | the addresses of the product; refuses any other host than loopback |
//! | [`employee`] | a complete reset over the JSON API, and the query of the admin listener |
//! | [`report`] | what happened to the connections of the attacker |
//! | the others | one family of attacks each |
//!
//! A new attack is a type that implements [`Attack`] in a file of its own, and a line in [`all`].

pub mod employee;
mod http2;
mod idle;
mod reconnect;
pub mod report;
mod silent;
mod slow_read;
mod slow_request;
pub mod target;

use employee::{Employee, Timed};
use futures::future::BoxFuture;
use report::{Ended, Report, Tally};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use target::Target;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

/// Time for the connections to be opened before the employee starts.
const BUILD_UP: Duration = Duration::from_secs(2);
/// Pause of an attacker between two connections, so that this machine's processors are not what limits the service.
const PAUSE: Duration = Duration::from_secs(1);
/// Longer than the longest step of a reset, and than waiting for a code on the phone.
const RESET_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for the attackers to end.
const COLLECTING: Duration = Duration::from_secs(5);

/// One kind of attack.
pub trait Attack: Send + Sync {
    /// The name in the report.
    fn name(&self) -> &'static str;

    /// Opens one connection from this address, attacks with it, and returns when the service has closed it or the attack
    /// is complete. Dropping the future closes the connection.
    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended>;

    /// Whether each connection comes from an address of its own.
    fn has_many_addresses(&self) -> bool {
        false
    }

    /// Pause of an attacker between two connections.
    fn pause(&self) -> Duration {
        PAUSE
    }
}

/// The attacks that apply to this target.
pub fn all(target: &Target) -> Vec<Arc<dyn Attack>> {
    let mut attacks: Vec<Arc<dyn Attack>> = vec![
        Arc::new(silent::Silent { has_many_addresses: false }),
        Arc::new(silent::Silent { has_many_addresses: true }),
        Arc::new(silent::SilentAdmin),
        Arc::new(slow_request::SlowHead),
        Arc::new(slow_request::SlowBody { path: "/api/reset/identify", method: "POST" }),
        Arc::new(slow_request::SlowBody { path: "/wachtwoordreset", method: "GET" }),
        Arc::new(http2::PartialPreface),
        Arc::new(http2::IdleHttp2),
        Arc::new(idle::IdleAfterAnswer),
        Arc::new(slow_read::NeverReading),
        Arc::new(reconnect::ConnectAndClose),
    ];
    if target.is_https() {
        attacks.push(Arc::new(silent::SilentAfterHandshake));
        attacks.push(Arc::new(silent::PartialHandshake));
    }
    attacks
}

/// The size of each attack.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Connections that the attacker tries to hold.
    pub sockets: usize,
    /// Duration of the attack, at least until the reset has ended.
    pub duration: Duration,
}

/// Runs one attack, during which this employee resets the password.
pub async fn run(
    attack: Arc<dyn Attack>,
    target: &Arc<Target>,
    employee: &mut Employee,
    options: Options,
) -> Report {
    let start = Instant::now();
    let end = start + options.duration;
    // The reset can take longer than the attack is meant to last, never longer than this.
    let latest = start + BUILD_UP.max(options.duration) + RESET_TIMEOUT;
    let (stop, stopped) = tokio::sync::watch::channel(());
    let mut attackers = JoinSet::new();
    for number in 0..options.sockets {
        let (attack, target, mut stopped) = (Arc::clone(&attack), Arc::clone(target), stopped.clone());
        attackers.spawn(async move {
            let mut tally = Tally::default();
            tokio::select! {
                () = repeat(&*attack, &target, number, &mut tally) => {}
                // `stop` never sends a value: dropping it is the signal.
                _ = stopped.changed() => {}
            }
            tally
        });
    }
    drop(stopped);
    sleep(BUILD_UP).await;
    let (status, reset) =
        tokio::join!(employee::status(target, latest), employee.reset(target, RESET_TIMEOUT));
    sleep_until(end).await;
    drop(stop);
    let collected = Instant::now() + COLLECTING;
    let mut total = Tally::default();
    while let Ok(Some(tally)) = timeout_at(collected, attackers.join_next()).await {
        total.add(&tally.unwrap_or_default());
    }
    Report { name: attack.name(), total, reset, status }
}

/// Opens one connection after the other.
async fn repeat(attack: &dyn Attack, target: &Target, number: usize, tally: &mut Tally) {
    let source = source(number, attack.has_many_addresses());
    loop {
        let start = Instant::now();
        tally.begin();
        let ended = attack.connection(target, source).await;
        tally.end(ended, start.elapsed());
        sleep(attack.pause()).await;
    }
}

/// The address of an attacker: 127.0.0.2, or 127.1.0.0 and following. The employee has 127.0.0.1.
fn source(number: usize, has_many_addresses: bool) -> IpAddr {
    if !has_many_addresses {
        return Ipv4Addr::new(127, 0, 0, 2).into();
    }
    let number = u32::try_from(number).unwrap_or(u32::MAX) & 0xffff;
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 0)) | number).into()
}

/// Whether the employee and the admin listener were served.
pub fn is_served(report: &Report) -> bool {
    matches!((&report.reset, &report.status), (Timed::Done(_), Timed::Done(_)))
}
