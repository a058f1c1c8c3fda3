//! The screens of the service desk page, and which one shows the state that the server reported.

use crate::api::service_desk_state::DeskStage;

/// The screen that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// Input of the agent's user name and password.
    SignIn,
    /// Input of a code from the agent's app.
    Code,
    /// Input of a caller's call code.
    Desk,
    /// A caller who has proved who they are.
    Caller,
}

impl Screen {
    /// The screen for the server's stage, and whether there is a verified caller.
    pub(super) const fn of(stage: DeskStage, has_caller: bool) -> Self {
        match (stage, has_caller) {
            (DeskStage::SignIn, _) => Self::SignIn,
            (DeskStage::Code, _) => Self::Code,
            (DeskStage::Desk, false) => Self::Desk,
            (DeskStage::Desk, true) => Self::Caller,
        }
    }
}
