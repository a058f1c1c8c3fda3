//! Validated values, one newtype each. No I/O and no user-facing text.

pub mod birthdate;
pub mod code;
pub mod opening_hours;
pub mod password;
pub mod raw_input;
pub mod username;
