//! The screens of the wizard, and which one shows the step that the server reported.

use crate::api::site::ApplicationGroup;
use crate::api::step::{OtpMethod, Purpose, Step};
use crate::policy::{Personal, Rules};

/// The screen that is shown, with the data that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Screen {
    Identify,
    Birthdate,
    Code {
        methods: Vec<OtpMethod>,
        method: OtpMethod,
    },
    /// The code step with a start code.
    StartCode,
    Password {
        username: String,
        rules: Rules,
        personal: Personal,
        unlock: bool,
    },
    Waiting {
        from: String,
        until: String,
    },
    Call {
        call_code: String,
        until: String,
    },
    /// The call code was used, or replaced by a later one.
    CallOver,
    NewApp,
    AppLinked {
        from: Option<String>,
    },
    Done {
        applications: Vec<String>,
        groups: Vec<ApplicationGroup>,
    },
    Unlocked,
    PracticeDone,
}

/// A [`Step`] without its data, in the order of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum StepKind {
    Identify,
    Birthdate,
    Code,
    Password,
    /// Instead of the password, for an account with extra protection: a last step.
    Waiting,
    /// Instead of the password, for a caller of the service desk: a last step.
    Call,
    /// Instead of the password, for an employee with a start code: a last step.
    NewApp,
    Done,
}

impl Screen {
    /// The screen for a step, or for an earlier one that the user went back to.
    pub(crate) fn of(step: &Step, earlier_step: Option<StepKind>) -> Self {
        match (earlier_step, step) {
            (Some(StepKind::Identify), _) | (_, Step::Identify {}) => Self::Identify,
            (Some(StepKind::Birthdate), _) | (_, Step::Birthdate { .. }) => Self::Birthdate,
            (_, Step::Code { purpose: Purpose::NewApp, .. }) => Self::StartCode,
            (_, Step::Code { methods, method, .. }) => {
                Self::Code { methods: methods.clone(), method: *method }
            }
            (_, Step::Password { username, rules, personal, unlock, practice, .. }) => Self::Password {
                username: username.clone(),
                rules: rules.clone(),
                personal: personal.clone(),
                unlock: *unlock && !practice,
            },
            (_, Step::Waiting { from, until }) => Self::Waiting { from: from.clone(), until: until.clone() },
            (_, Step::Call { used: true, .. }) => Self::CallOver,
            (_, Step::Call { call_code, until, .. }) => {
                Self::Call { call_code: call_code.clone(), until: until.clone() }
            }
            (_, Step::NewApp { linked: true, from, .. }) => Self::AppLinked { from: from.clone() },
            (_, Step::NewApp { .. }) => Self::NewApp,
            (_, Step::Done { practice: true, .. }) => Self::PracticeDone,
            (_, Step::Done { unlocked: true, .. }) => Self::Unlocked,
            (_, Step::Done { applications, groups, .. }) => {
                Self::Done { applications: applications.clone(), groups: groups.clone() }
            }
        }
    }
}

impl StepKind {
    /// All of them, in order.
    const ALL: [Self; 8] = [
        Self::Identify,
        Self::Birthdate,
        Self::Code,
        Self::Password,
        Self::Waiting,
        Self::Call,
        Self::NewApp,
        Self::Done,
    ];

    /// The kind of a step.
    pub(crate) const fn of(step: &Step) -> Self {
        match step {
            Step::Identify {} => Self::Identify,
            Step::Birthdate { .. } => Self::Birthdate,
            Step::Code { .. } => Self::Code,
            Step::Password { .. } => Self::Password,
            Step::Waiting { .. } => Self::Waiting,
            Step::Call { .. } => Self::Call,
            Step::NewApp { .. } => Self::NewApp,
            Step::Done { .. } => Self::Done,
        }
    }

    /// Its number on screen and in the history, from 1.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Identify => 1,
            Self::Birthdate => 2,
            Self::Code => 3,
            Self::Password | Self::Waiting | Self::Call | Self::NewApp => 4,
            Self::Done => 5,
        }
    }

    /// The step with this number, for a history entry.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}
