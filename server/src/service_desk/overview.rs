//! The overview of today: counts of the audit log and of the accounts. It has no name, no pseudonym and no reference.
//!
//! | module | content |
//! |---|---|
//! | `events` | the counts of the audit log by hour of the Dutch day |
//! | `accounts` | the readiness of the units, counted in the background |
//! | `csv` | all numbers as a file |

mod accounts;
mod csv;
mod events;

use super::{DeskClient, ServiceDeskService};
use crate::coverage::CoverageConfig;
use crate::notifications::local_time::{hours_of_local_day, rfc3339_local};
use crate::ports::audit::Event;
use crate::ports::collected_audit::CollectedAudit;
use crate::ports::directory::AccountId;
use crate::reset::ServiceDeps;
use accounts::AccountCounter;
use app::api::refusal::Refusal;
use app::static_pages::overview::{Overview, Today};
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::sync::Arc;
use tokio::sync::Mutex;

/// For this long a count of the audit log is shown again: agents who refresh do not make the database count each time, and the
/// file has the numbers of the page.
const COUNTED_FOR: SignedDuration = SignedDuration::from_secs(10);

/// Counts for the overview.
pub(super) struct OverviewCounter {
    /// The last count of the audit log. Locked while it counts, so that only one request of this node does.
    counted: Mutex<Option<(Timestamp, Option<Today>)>>,
    accounts: AccountCounter,
}

impl OverviewCounter {
    pub(super) fn new(deps: &ServiceDeps, coverage: CoverageConfig) -> Self {
        Self { counted: Mutex::default(), accounts: AccountCounter::new(deps, coverage) }
    }

    /// The events of today and when they were counted. A failure is shown for the same time, which spares a database that is
    /// down.
    async fn today(
        &self,
        collected: Option<&Arc<dyn CollectedAudit>>,
        now: Timestamp,
    ) -> (Timestamp, Option<Today>) {
        let mut counted = self.counted.lock().await;
        if let Some(last) = &*counted
            && now.duration_since(last.0).abs() < COUNTED_FOR
        {
            return last.clone();
        }
        counted.insert((now, count(collected, now).await)).clone()
    }
}

async fn count(collected: Option<&Arc<dyn CollectedAudit>>, now: Timestamp) -> Option<Today> {
    let (hours, end) = hours_of_local_day(now);
    let counts = collected?.count_lines(*hours.first()?, end).await;
    match counts {
        Ok(counts) => Some(events::today(&hours, &counts)),
        Err(error) => {
            tracing::warn!(error = &error as &dyn Error, "overview unavailable: audit log not counted");
            None
        }
    }
}

/// The numbers of the overview as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverviewFile {
    /// Its name, with the day: an agent keeps the files of several days.
    pub name: String,
    /// The numbers as CSV.
    pub content: String,
}

impl ServiceDeskService {
    /// The overview for a signed-in agent; [`Refusal::StartAgain`] for any other client. Extends nothing. The cookie of a session
    /// that ends here stays until the page of the service desk finds it useless.
    pub async fn overview(&self, client: &DeskClient) -> Result<Overview, Refusal> {
        self.signed_in_agent(client).await?;
        Ok(self.count_overview().await)
    }

    /// The numbers of the overview as CSV. The download is in the audit log before it is sent.
    pub async fn overview_csv(&self, client: &DeskClient) -> Result<OverviewFile, Refusal> {
        let agent = self.signed_in_agent(client).await?;
        self.limits.count_download(client, agent).await?;
        let overview = self.count_overview().await;
        self.record(client, agent, Event::DeskExported { agent: self.pseudonym(agent) }).await?;
        let day = overview.at.split('T').next().unwrap_or_default();
        Ok(OverviewFile { name: format!("servicedesk-{day}.csv"), content: csv::csv(&overview) })
    }

    async fn count_overview(&self) -> Overview {
        let now = self.clock.now();
        let ((at, today), (accounts, counting)) = tokio::join!(
            self.overview.today(self.collected.as_ref(), now),
            self.overview.accounts.current(now)
        );
        Overview { at: rfc3339_local(at), today, accounts, counting }
    }

    /// The agent who reads: account and groups as the directory has them now. Not counted as a step, like `current`: the flood
    /// limiter and the counts that are shown again bound the work.
    async fn signed_in_agent(&self, client: &DeskClient) -> Result<AccountId, Refusal> {
        let open = self.find_open(client).await?.ok_or(Refusal::StartAgain)?;
        open.session.signed_in()?;
        match self.agent(client, &open).await {
            Ok(agent) => Ok(agent.id),
            Err(answer) => Err(answer.outcome.err().unwrap_or(Refusal::StartAgain)),
        }
    }
}
