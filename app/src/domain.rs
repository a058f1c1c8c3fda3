//! Validated values, one newtype each, and what they mean. No I/O and no texts.

pub mod birthdate;
pub mod code;
pub mod opening_hours;
pub mod password;
pub mod raw_input;
pub mod username;
