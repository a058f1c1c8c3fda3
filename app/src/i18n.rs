//! All messages for users, in each language.
//!
//! The organisation's names, greeting and addresses are settings: [`Site`](crate::api::site::Site).
//!
//! To add a language: a line in `i18n/language.rs`, and `i18n/locales/<tag>.rs` with its catalogues. The compiler
//! reports every missing message; nothing outside this directory changes.

mod activation;
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
mod service_desk;
#[cfg(feature = "ssr")]
mod static_pages;

pub(crate) use activation::ActivationMessages;
pub(crate) use date::{
    birthdate_text, duration_text, iso_date_text, local_time_text, time_of_day, waiting_time_text,
};
pub(crate) use enrollment::EnrollmentMessages;
pub use language::{Language, Localised};
pub(crate) use messages::{Messages, Template};
#[cfg(feature = "ssr")]
pub use notifications::{Notification, NotificationMessages};
pub(crate) use opening_hours::{desk_status, opening_times};
pub(crate) use refusals::enrollment::{RefusalContext, explain_enrollment};
pub(crate) use refusals::new_app::explain_new_app;
pub(crate) use refusals::service_desk::{DeskContext, explain_service_desk};
pub(crate) use refusals::{Explanation, SummaryAction, explain, warning};
pub(crate) use service_desk::ServiceDeskMessages;
#[cfg(feature = "ssr")]
pub(crate) use static_pages::StaticPageMessages;
