//! Which screen shows the state that the server reported.

use crate::api::enrollment_state::Stage;

/// The screen that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The user name and the current password are asked.
    SignIn,
    /// A code from the app is asked as well.
    Code,
    /// «Kun je zelf je wachtwoord instellen?».
    Overview,
    /// The birthdate is entered.
    Birthdate,
    /// The mobile number is entered.
    Mobile,
    /// The code that was sent to the new number is entered.
    Confirm,
    /// The app is being linked.
    Activation,
    /// The app was linked.
    Linked,
}

/// Where the user is once signed in: on the overview, or on a screen that was opened from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Overview,
    Birthdate,
    Mobile,
    Confirm,
    Activation,
}

impl Screen {
    /// The screen for the server's stage, the user's place, and whether the app is linked.
    pub(super) const fn of(stage: Stage, place: Place, is_linked: bool) -> Self {
        match (stage, place) {
            (Stage::SignIn, _) => Self::SignIn,
            (Stage::Code, _) => Self::Code,
            (Stage::Overview, Place::Overview) => Self::Overview,
            (Stage::Overview, Place::Birthdate) => Self::Birthdate,
            (Stage::Overview, Place::Mobile) => Self::Mobile,
            (Stage::Overview, Place::Confirm) => Self::Confirm,
            (Stage::Overview, Place::Activation) if is_linked => Self::Linked,
            (Stage::Overview, Place::Activation) => Self::Activation,
        }
    }
}

/// The history entry of every screen that is opened from the overview. The overview is the entry before it, whatever
/// its number.
pub(super) const OPENED_ENTRY: u8 = 4;
