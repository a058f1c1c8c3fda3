//! Validated values, one newtype each. No I/O and no user-facing text.

pub mod birthdate;
pub mod call_code;
pub mod code;
pub(crate) mod missing_field;
pub mod opening_hours;
pub mod otp_method;
pub mod password;
pub mod raw_input;
pub mod spoken_code;
pub mod start_code;
pub mod typed_text;
pub mod username;
