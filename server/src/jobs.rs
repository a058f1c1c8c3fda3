//! What is done now and then while the service serves: forgetting what expired, looking after activations that
//! nobody watches, removing the records of who left, asking HR. Not the sending of messages, which has its own rhythm.

use crate::hr;
use crate::ports::notices::Outbox;
use crate::registration::Registrar;
use crate::reset::Parts;
use crate::retention;
use jiff::SignedDuration;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, interval, interval_at};
use tracing::{error, info, warn};

/// Between two rounds of forgetting what expired.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// Between two looks at activations that nobody watches: the owner of the account hears of them that soon.
const SETTLE_EVERY: Duration = Duration::from_mins(1);
/// Between two rounds over who left.
const RETAIN_EVERY: Duration = Duration::from_hours(24);
/// The first round over who left comes when whoever started the service has seen it run.
const RETAIN_AFTER: Duration = Duration::from_mins(30);

/// Works until it is aborted. HR is asked where there is a source of it. A record is kept for `keep` after its account left.
pub(crate) async fn run(
    parts: Parts,
    registrar: Arc<Registrar>,
    outbox: Arc<dyn Outbox>,
    hr: Option<Arc<hr::Source>>,
    keep: SignedDuration,
) {
    let hr = async {
        if let Some(hr) = &hr {
            hr.serve(&parts).await;
        }
    };
    tokio::join!(purge(&parts), settle(&registrar), retain(&parts, &*outbox, keep), hr);
}

async fn purge(parts: &Parts) {
    let mut rounds = interval(PURGE_EVERY);
    loop {
        rounds.tick().await;
        if let Err(error) = parts.visits.purge(parts.clock.now()).await {
            warn!(
                error = &error as &dyn Error,
                "what expired could not be forgotten; tried again in a minute"
            );
        }
    }
}

async fn settle(registrar: &Registrar) {
    let mut rounds = interval(SETTLE_EVERY);
    for round in 0_u32.. {
        rounds.tick().await;
        registrar.settle_all(round.is_multiple_of(60)).await;
    }
}

async fn retain(parts: &Parts, outbox: &dyn Outbox, keep: SignedDuration) {
    let mut rounds = interval_at(start(), RETAIN_EVERY);
    loop {
        rounds.tick().await;
        let with = retention::Parts { directory: &*parts.directory, records: &*parts.records, outbox };
        match retention::run(with, keep, parts.clock.now(), false).await {
            Ok(tally) => info!(?tally, "the records of who left were looked at"),
            Err(error) => {
                error!(error = &error as &dyn Error, "the records of who left stay; see `retention`")
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a timer of the runtime, not a time that anything depends on")]
fn start() -> Instant {
    Instant::now() + RETAIN_AFTER
}
