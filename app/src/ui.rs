//! The parts that every screen is built from. No word of the wizard is in here, and no decision:
//! what they show and what they say is handed to them.

pub mod button;
pub mod checklist;
pub mod drawing;
pub mod field;
pub mod meter;
pub mod progress;
pub mod prose;
pub mod qr;
pub mod signal;
pub mod summary;
pub mod view;

pub use button::{Look, button};
pub use checklist::{Check, check_item, point};
pub use drawing::{done, phone};
pub use field::{Field, fixed};
pub use meter::meter;
pub use progress::progress;
pub use prose::spoken;
pub use qr::qr;
pub use signal::{Held, Signal, watch};
pub use summary::{Notice, summary};
pub use view::{View, el, live, live_text, nothing};

/// What a press does.
pub type Act = Box<dyn Fn()>;
