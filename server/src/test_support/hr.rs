//! An HR source in memory, for tests. It stands beside the port and passes the same contract tests as the real
//! one; never in a running product.

use crate::ports::health_finding::Finding;
use crate::ports::hr::{Cursor, Employment, HrError, HrSource, PART, Page};
use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An HR source that gives what it was given.
#[derive(Debug, Default)]
pub struct FakeHr(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    pages: Vec<Vec<Employment>>,
    /// The page that the last one names as the next.
    back_to: Option<usize>,
    /// So many calls fail from now on.
    failing: usize,
    failure: Option<HrError>,
    /// Every page has another one behind it.
    endless: bool,
    asked: Vec<Option<Cursor>>,
}

impl FakeHr {
    /// With these pages.
    pub fn new(pages: Vec<Vec<Employment>>) -> Self {
        Self(Mutex::new(State { pages, ..State::default() }))
    }

    /// The last page leads back to this one.
    pub fn loops_to(&self, page: usize) {
        self.lock().back_to = Some(page);
    }

    /// There is always one more page, and nobody on it.
    pub fn never_ends(&self) {
        self.lock().endless = true;
    }

    /// The next calls fail so.
    pub fn fails(&self, calls: usize, failure: HrError) {
        let mut state = self.lock();
        state.failing = calls;
        state.failure = Some(failure);
    }

    /// Which pages were asked for.
    pub fn asked(&self) -> Vec<Option<Cursor>> {
        self.lock().asked.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HrSource for FakeHr {
    async fn page(&self, at: Option<&Cursor>) -> Result<Page, HrError> {
        let mut state = self.lock();
        state.asked.push(at.cloned());
        if state.failing > 0 {
            state.failing -= 1;
            if let Some(failure) = state.failure.clone() {
                return Err(failure);
            }
        }
        let place = match at {
            None => 0,
            Some(Cursor(text)) => text.parse::<usize>().map_err(|_| HrError::Unusable {
                host: "memory".to_owned(),
                what: "a page that is not one of its own".to_owned(),
            })?,
        };
        let more = state.endless || place + 1 < state.pages.len();
        let next = if more { Some(place + 1) } else { state.back_to };
        let people = state.pages.get(place).cloned().unwrap_or_default();
        Ok(Page { people, next: next.map(|next| Cursor(next.to_string())) })
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good(PART, "memory", "answers")]
    }
}
