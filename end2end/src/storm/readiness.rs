//! Which nodes are ready, as a proxy sees it.

use crate::demo::Demo;
use futures::future::join_all;
use reqwest::Client;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Pause between two questions.
const INTERVAL: Duration = Duration::from_millis(200);
/// Longer than `/readyz` waits for the store.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Longer than any recovery without a person.
const RECOVERY_TIMEOUT: Duration = Duration::from_mins(1);

/// Asks the nodes.
pub(super) struct Readiness {
    client: Client,
    urls: Vec<String>,
}

impl Readiness {
    pub(super) fn new(demo: &Demo) -> anyhow::Result<Self> {
        let client = Client::builder().no_proxy().tls_certs_only([]).pool_max_idle_per_host(0);
        let urls = demo.nodes().iter().map(|origin| format!("{origin}/readyz")).collect();
        Ok(Self { client: client.timeout(ANSWER_TIMEOUT).build()?, urls })
    }

    /// The nodes that are not ready, from 0.
    async fn unready(&self) -> BTreeSet<usize> {
        let answers = self.urls.iter().map(|url| self.client.get(url).send());
        let answers = join_all(answers).await.into_iter().enumerate();
        let unready =
            answers.filter(|(_, answer)| !answer.as_ref().is_ok_and(|answer| answer.status().is_success()));
        unready.map(|(node, _)| node).collect()
    }

    /// The nodes that were not ready at some time until then, from 0.
    pub(super) async fn unready_until(&self, end: Instant) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        loop {
            all.append(&mut self.unready().await);
            if Instant::now() >= end {
                return all;
            }
            sleep(INTERVAL).await;
        }
    }

    /// How long it takes until all nodes are ready; `None` if that takes too long.
    pub(super) async fn recovery(&self) -> Option<Duration> {
        let start = Instant::now();
        let waiting = async {
            while !self.unready().await.is_empty() {
                sleep(INTERVAL).await;
            }
        };
        timeout(RECOVERY_TIMEOUT, waiting).await.ok().map(|()| start.elapsed())
    }
}
