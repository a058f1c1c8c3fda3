//! What every interactive page does in the browser, whatever it is for: its shared state, its requests, the clock, and
//! taking over the HTML that the server sent.
//!
//! | module | content |
//! |---|---|
//! | `page_state` | state that the wizard and the enrollment share, provided as context |
//! | `requests` | the one place for retry, staleness, polling and offline handling |
//! | `lifecycle` | expiry warnings, resuming, history, document title |
//! | `focus` | where the focus goes when a screen, a problem or a part changes |
//! | `takeover` | mounts the program in place of the server-rendered first screen |
//! | `browser` | DOM, history and storage calls |

pub(crate) mod browser;
pub(crate) mod focus;
pub(crate) mod lifecycle;
pub(crate) mod page_state;
pub(crate) mod requests;
pub(crate) mod takeover;

pub(crate) use page_state::{PageState, Problem};
pub(crate) use requests::Flow;
