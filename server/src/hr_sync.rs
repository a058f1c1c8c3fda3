//! The HR source's round: everybody is read, page by page, and then taken over by the rules of
//! [`import`](mod@crate::import). Not how HR is asked: that is an adapter.
//!
//! **First everything is read, then everything is changed.** Whether two employments of a person agree, and whether
//! a number is of two persons, cannot be told page by page: half a list would give a number to the first of the two.
//! So nothing of a round is kept before its end. A page that HR does not give is asked for again from where it was,
//! after 10 seconds, a minute and five; then the round ends and nothing was changed. A crash while reading has changed
//! nothing either; one while storing leaves whole transactions behind, which the next round finds to be the same. A
//! cursor that is kept over a restart would save some calls, and join two days' lists.

mod source;

pub use source::{HrSync, RoundError};

use crate::import::{self, ImportError, Report};
use crate::ports::clock::Clock;
use crate::ports::hr::{Cursor, Employment, HrError, HrSource, Page};
use jiff::SignedDuration;
use std::collections::HashSet;
use tracing::warn;

/// More pages than any organisation has, also of a hundred persons each.
const MOST_PAGES: usize = 10_000;
/// More entries than any organisation has; they are all in memory at once.
const MOST_PEOPLE: usize = 500_000;
/// After so long a page is asked for again.
const AGAIN_AFTER: [SignedDuration; 3] =
    [SignedDuration::from_secs(10), SignedDuration::from_mins(1), SignedDuration::from_mins(5)];
/// HR that is slower than this in all is asked again another time.
const MOST_TIME: SignedDuration = SignedDuration::from_hours(2);

/// Why HR's pages were not read to their end. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A page was not given.
    #[error("page {page} of HR was not read; nothing was changed")]
    Hr {
        /// Which, from 1 on.
        page: usize,
        /// Why.
        source: HrError,
    },
    /// A page leads back to an earlier one.
    #[error("page {page} of HR leads back to an earlier one; nothing was changed")]
    Loop {
        /// Which, from 1 on.
        page: usize,
    },
    /// There are more than anybody employs.
    #[error("HR's pages have no end ({pages} pages, {people} persons); nothing was changed")]
    Endless {
        /// Pages read.
        pages: usize,
        /// Entries on them.
        people: usize,
    },
    /// It took too long in all.
    #[error("HR gave {pages} pages in two hours and was not done; nothing was changed")]
    Slow {
        /// Pages read.
        pages: usize,
    },
}

/// What became of a round.
#[derive(Debug)]
pub struct SyncResult {
    /// What became of each entry that says something; a line is an entry.
    pub report: Report,
    /// Entries with neither a birthdate nor a number.
    pub silent: u64,
    /// All of them, in HR's order.
    pub people: Vec<Employment>,
}

/// Reads everybody.
pub async fn collect(hr: &dyn HrSource, clock: &dyn Clock) -> Result<Vec<Employment>, CollectError> {
    let begun = clock.now();
    let (mut people, mut seen, mut at) = (Vec::new(), HashSet::new(), None);
    for page in 1..=MOST_PAGES {
        let read = patiently(hr, clock, at.as_ref(), page).await;
        let read = read.map_err(|source| CollectError::Hr { page, source })?;
        people.extend(read.people);
        let Some(next) = read.next else { return Ok(people) };
        if people.len() > MOST_PEOPLE {
            return Err(CollectError::Endless { pages: page, people: people.len() });
        }
        if !seen.insert(next.clone()) {
            return Err(CollectError::Loop { page });
        }
        if clock.now().duration_since(begun) > MOST_TIME {
            return Err(CollectError::Slow { pages: page });
        }
        at = Some(next);
    }
    Err(CollectError::Endless { pages: MOST_PAGES, people: people.len() })
}

/// Asks for a page, and again where nobody answered.
async fn patiently(
    hr: &dyn HrSource,
    clock: &dyn Clock,
    at: Option<&Cursor>,
    page: usize,
) -> Result<Page, HrError> {
    for wait in AGAIN_AFTER {
        match hr.page(at).await {
            Err(error @ HrError::Unreachable { .. }) => {
                warn!(%error, page, "page {page} of HR is asked for again in {} s", wait.as_secs());
            }
            Err(error @ (HrError::Refused { .. } | HrError::Unusable { .. })) => return Err(error),
            Ok(page) => return Ok(page),
        }
        clock.wait_until(clock.now() + wait).await;
    }
    hr.page(at).await
}

/// Gives the records what HR said.
async fn store(
    people: Vec<Employment>,
    clock: &dyn Clock,
    terms: &import::ImportConfig,
    parts: &import::ImportDeps<'_>,
) -> Result<SyncResult, ImportError> {
    let (report, silent) = import::take(&people, terms, parts, clock.now()).await?;
    Ok(SyncResult { report, silent, people })
}
