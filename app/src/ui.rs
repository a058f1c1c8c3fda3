//! The parts that every screen is built from. No word of the wizard is in here, and no decision:
//! what they show and what they say is handed to them.

pub mod button;
pub mod checklist;
pub mod drawing;
pub mod field;
pub mod meter;
pub mod progress;
pub mod summary;

pub use button::{Button, Look};
pub use checklist::{Check, CheckItem};
pub use drawing::{Done, Phone};
pub use field::{Entry, Field, Fixed};
pub use meter::Meter;
pub use progress::Progress;
pub use summary::Summary;
