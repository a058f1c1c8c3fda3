//! Every message that a person reads, in each language.
//!
//! What an organisation says about itself (its names, greeting and addresses) is configuration: [`crate::api::site`].
//!
//! To add a language: a line in `i18n/language.rs`, and `i18n/locales/<tag>.rs` with its catalogues. The compiler names
//! every missing message; nothing outside this directory changes.

mod date;
mod enrollment;
mod language;
mod locales;
mod messages;
#[cfg(feature = "ssr")]
mod notifications;
mod opening_hours;
#[cfg(test)]
mod plain_language;
mod refusals;
#[cfg(feature = "ssr")]
mod static_pages;

pub(crate) use date::{day_in_words, days_in_words, duration, waiting};
pub(crate) use enrollment::EnrollmentMessages;
pub use language::{Language, Localised};
pub(crate) use messages::{Messages, Template};
#[cfg(feature = "ssr")]
pub use notifications::{Notification, NotificationMessages};
pub(crate) use opening_hours::{desk_status, opening_times};
pub(crate) use refusals::enrollment::{Asked, explain_enrollment};
pub(crate) use refusals::{Explanation, SummaryAction, explain, warning};
