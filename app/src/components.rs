//! The building blocks of every screen. They contain no texts and no decisions: a screen passes both in.

mod button;
mod checklist;
mod drawing;
mod error_summary;
mod field;
mod form;
mod keyed;
mod live_text;
mod meter;
mod progress;
mod qr;

pub(crate) use button::{Button, ButtonKind};
pub(crate) use checklist::{Check, CheckItem};
pub(crate) use drawing::{DoneDrawing, PhoneDrawing};
pub(crate) use error_summary::ErrorSummary;
pub(crate) use field::{FieldErrors, ReadOnlyField, TextField};
pub(crate) use form::{Form, FormFields};
pub(crate) use keyed::Keyed;
pub(crate) use live_text::LiveText;
pub(crate) use meter::Meter;
pub(crate) use progress::Progress;
pub(crate) use qr::QrCode;

/// The id of a screen's heading, which takes the focus when the screen appears.
pub(crate) const HEADING: &str = "heading";
/// The id of the error summary, which takes the focus when it appears.
pub(crate) const ERROR_SUMMARY: &str = "summary";
