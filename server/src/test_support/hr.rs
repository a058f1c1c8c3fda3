//! In-memory implementation of [`HrSource`] for tests.

use crate::ports::health_finding::Finding;
use crate::ports::hr::{Cursor, Employment, HrError, HrSource, PART, Page};
use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An HR source that returns the pages it was created with.
#[derive(Debug, Default)]
pub struct FakeHr(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pages: Vec<Vec<Employment>>,
    /// The page that the cursor of the last one refers to.
    loop_target: Option<usize>,
    /// The number of calls that will fail.
    failing_calls: usize,
    failure: Option<HrError>,
    /// Every page has a cursor to another one.
    endless: bool,
    requests: Vec<Option<Cursor>>,
}

impl FakeHr {
    /// Creates a source with these pages.
    pub fn new(pages: Vec<Vec<Employment>>) -> Self {
        Self(Mutex::new(State { pages, ..State::default() }))
    }

    /// Makes the cursor of the last page refer to this one.
    pub fn set_loop_to(&self, page: usize) {
        self.lock().loop_target = Some(page);
    }

    /// Makes every page refer to another one; those after the last are empty.
    pub fn set_endless(&self) {
        self.lock().endless = true;
    }

    /// Makes the next calls fail with this error.
    pub fn fail_next(&self, calls: usize, failure: HrError) {
        let mut state = self.lock();
        state.failing_calls = calls;
        state.failure = Some(failure);
    }

    /// Returns the cursors of all calls; `None` is a request for the first page.
    pub fn requests(&self) -> Vec<Option<Cursor>> {
        self.lock().requests.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HrSource for FakeHr {
    async fn page(&self, at: Option<&Cursor>) -> Result<Page, HrError> {
        let mut state = self.lock();
        state.requests.push(at.cloned());
        if state.failing_calls > 0 {
            state.failing_calls -= 1;
            if let Some(failure) = state.failure.clone() {
                return Err(failure);
            }
        }
        let index = match at {
            None => 0,
            Some(Cursor(text)) => text.parse::<usize>().map_err(|_| HrError::Unusable {
                host: "memory".to_owned(),
                what: "an unknown cursor".to_owned(),
            })?,
        };
        let more = state.endless || index + 1 < state.pages.len();
        let next = if more { Some(index + 1) } else { state.loop_target };
        let people = state.pages.get(index).cloned().unwrap_or_default();
        Ok(Page { entries: people, next: next.map(|next| Cursor(next.to_string())) })
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good(PART, "memory", "answers")]
    }
}
