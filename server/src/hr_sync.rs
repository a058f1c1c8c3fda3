//! Synchronization with the HR source: reads all entries page by page, then imports them by the rules of
//! [`import`](mod@crate::import).
//!
//! **Everything is read before anything is changed.** Whether two employments of a person agree, and whether two
//! persons share a number, is not known page by page: half a list would assign a number to the first of the two. So
//! nothing is stored before all pages are read. A page that HR does not return is requested again after 10 seconds,
//! one minute and five minutes; then the run ends without changes. A crash while reading changes nothing either; a
//! crash while storing leaves complete transactions, which the next run finds unchanged. A cursor that survives a
//! restart would save some calls, but mix the lists of two days.

mod schedule;

pub use schedule::{HrSync, SyncError};

use crate::import::{self, ImportError, Report};
use crate::ports::clock::Clock;
use crate::ports::hr::{Cursor, Employment, HrError, HrSource, Page};
use jiff::SignedDuration;
use std::collections::HashSet;
use tracing::warn;

/// More pages than any organisation has, even with a hundred persons per page.
const MAX_PAGES: usize = 10_000;
/// More entries than any organisation has; they are all in memory at once.
const MAX_ENTRIES: usize = 500_000;
/// Delays before a page is requested again.
const RETRY_DELAYS: [SignedDuration; 3] =
    [SignedDuration::from_secs(10), SignedDuration::from_mins(1), SignedDuration::from_mins(5)];
/// Limit for reading all pages; if HR is slower, the next scheduled run tries again.
const MAX_DURATION: SignedDuration = SignedDuration::from_hours(2);

/// Why HR's pages could not be read completely. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A page could not be read.
    #[error("page {page} of HR was not read; nothing was changed")]
    Hr {
        /// The page number, from 1.
        page: usize,
        /// The cause.
        source: HrError,
    },
    /// A page leads back to an earlier one.
    #[error("page {page} of HR leads back to an earlier one; nothing was changed")]
    Loop {
        /// The page number, from 1.
        page: usize,
    },
    /// There are more pages or entries than the limit.
    #[error("HR returned too many pages or persons ({pages} pages, {people} persons); nothing was changed")]
    TooManyPages {
        /// Pages read.
        pages: usize,
        /// Entries on them.
        people: usize,
    },
    /// Reading took too long in total.
    #[error("HR returned {pages} pages in two hours and was not finished; nothing was changed")]
    TooSlow {
        /// Pages read.
        pages: usize,
    },
}

/// The result of a synchronization.
#[derive(Debug)]
pub struct SyncResult {
    /// The outcome of each entry with a value; a line is an entry.
    pub report: Report,
    /// Entries with neither a birthdate nor a number.
    pub without_values: u64,
    /// All entries, in HR's order.
    pub people: Vec<Employment>,
}

/// Reads all pages.
pub async fn collect(hr: &dyn HrSource, clock: &dyn Clock) -> Result<Vec<Employment>, CollectError> {
    let started_at = clock.now();
    let (mut people, mut seen_cursors, mut at) = (Vec::new(), HashSet::new(), None);
    for page in 1..=MAX_PAGES {
        let fetched = fetch_page_with_retry(hr, clock, at.as_ref(), page).await;
        let fetched = fetched.map_err(|source| CollectError::Hr { page, source })?;
        people.extend(fetched.entries);
        let Some(next) = fetched.next else { return Ok(people) };
        if people.len() > MAX_ENTRIES {
            return Err(CollectError::TooManyPages { pages: page, people: people.len() });
        }
        if !seen_cursors.insert(next.clone()) {
            return Err(CollectError::Loop { page });
        }
        if clock.now().duration_since(started_at) > MAX_DURATION {
            return Err(CollectError::TooSlow { pages: page });
        }
        at = Some(next);
    }
    Err(CollectError::TooManyPages { pages: MAX_PAGES, people: people.len() })
}

/// Requests a page, and retries if HR cannot be reached.
async fn fetch_page_with_retry(
    hr: &dyn HrSource,
    clock: &dyn Clock,
    at: Option<&Cursor>,
    page: usize,
) -> Result<Page, HrError> {
    for delay in RETRY_DELAYS {
        match hr.page(at).await {
            Err(error @ HrError::Unreachable { .. }) => {
                warn!(%error, page, "page {page} of HR could not be read: retrying in {} s", delay.as_secs());
            }
            Err(error @ (HrError::Refused { .. } | HrError::Unusable { .. })) => return Err(error),
            Ok(page) => return Ok(page),
        }
        clock.wait_until(clock.now() + delay).await;
    }
    hr.page(at).await
}

/// Imports the entries.
async fn store(
    people: Vec<Employment>,
    clock: &dyn Clock,
    config: &import::ImportConfig,
    deps: &import::ImportDeps<'_>,
) -> Result<SyncResult, ImportError> {
    let (report, without_values) = import::take(&people, config, deps, clock.now()).await?;
    Ok(SyncResult { report, without_values, people })
}
