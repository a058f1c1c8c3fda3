//! Reusable parts of the screens. A screen passes in their content and callbacks.

mod app_stores;
mod birthdate_field;
mod button;
mod checklist;
mod code_field;
mod drawing;
mod error_summary;
mod field;
mod form;
mod keyed;
mod live_text;
mod meter;
mod password_field;
mod progress;
mod qr;
mod reveal_button;
mod start_notes;

pub(crate) use crate::client::focus::{ERROR_SUMMARY, HEADING};
pub(crate) use app_stores::AppStores;
pub(crate) use birthdate_field::BirthdateField;
pub(crate) use button::{Button, ButtonKind};
pub(crate) use checklist::{Check, CheckItem};
pub(crate) use code_field::CodeField;
pub(crate) use drawing::{DoneDrawing, Icon};
pub(crate) use error_summary::ErrorSummary;
pub(crate) use field::{FieldErrors, ReadOnlyField, TextField};
pub(crate) use form::{Form, FormFields};
pub(crate) use keyed::Keyed;
pub(crate) use live_text::LiveText;
pub(crate) use meter::Meter;
pub(crate) use password_field::PasswordField;
pub(crate) use progress::{PageDrawing, Progress};
pub(crate) use qr::QrCode;
pub(crate) use reveal_button::RevealButton;
pub(crate) use start_notes::StartNotes;
