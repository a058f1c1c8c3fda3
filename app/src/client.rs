//! Browser code that every interactive page shares: state, requests, timers, and mounting over the server-rendered
//! HTML.
//!
//! | module | content |
//! |---|---|
//! | `page_state` | state that the wizard and the enrollment share |
//! | `requests` | retry, staleness, polling and offline handling of all requests |
//! | `polling` | polls a value that another device changes |
//! | `lifecycle` | expiry warnings, resuming, history, document title |
//! | `focus` | moves the focus when a screen, a problem or a part changes |
//! | `takeover` | mounts the program in place of the server-rendered first screen |
//! | `browser` | DOM, history and storage calls |

pub(crate) mod browser;
pub(crate) mod focus;
pub(crate) mod lifecycle;
pub(crate) mod page_state;
pub(crate) mod polling;
pub(crate) mod requests;
pub(crate) mod takeover;

pub(crate) use page_state::{PageState, Problem};
pub(crate) use requests::Flow;
