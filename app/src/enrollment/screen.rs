//! The screens of the enrollment, and which one shows the state that the server reported.

use crate::api::enrollment_state::Stage;

/// The screen that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// Input of the user name and the current password.
    SignIn,
    /// Input of a code from the app.
    Code,
    /// «Kun je zelf je wachtwoord instellen?».
    Overview,
    /// Input of the birthdate.
    Birthdate,
    /// Input of the mobile number.
    Mobile,
    /// Input of the code that was sent to the new number.
    Confirm,
    /// Instructions to link the app.
    Activation,
    /// Confirmation that the app is linked.
    Linked,
}

/// The open section after sign-in: the overview, or a screen that was opened from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Birthdate,
    Mobile,
    Confirm,
    Activation,
}

impl Screen {
    /// The screen for the server's stage, the open section, and whether the app is linked.
    pub(super) const fn of(stage: Stage, section: Section, is_linked: bool) -> Self {
        match (stage, section) {
            (Stage::SignIn, _) => Self::SignIn,
            (Stage::Code, _) => Self::Code,
            (Stage::Overview, Section::Overview) => Self::Overview,
            (Stage::Overview, Section::Birthdate) => Self::Birthdate,
            (Stage::Overview, Section::Mobile) => Self::Mobile,
            (Stage::Overview, Section::Confirm) => Self::Confirm,
            (Stage::Overview, Section::Activation) if is_linked => Self::Linked,
            (Stage::Overview, Section::Activation) => Self::Activation,
        }
    }
}

/// The history entry of every screen that is opened from the overview; the confirmation of a typed value has the one
/// after it. The overview has the entry before it, with any lower number.
pub(super) const SECTION_HISTORY_ENTRY: u8 = 4;
