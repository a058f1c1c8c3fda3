//! Counts the sessions by what became of them.

use super::session::Open;

/// An event in the life of a session.
#[derive(Debug, Clone, Copy)]
pub(super) enum SessionEvent {
    /// A user name was entered.
    Started,
    /// Name, birthdate and code were right.
    Verified,
    /// The verified account waits: it is one of high impact.
    Waiting,
    /// A caller of the service desk was verified and got a call code.
    Called,
    /// An employee who lost the phone was verified with a start code.
    NewApp,
    /// The password is set.
    PasswordSet,
    /// The account is unlocked and keeps its password.
    Unlocked,
    /// No attempt is left.
    NotVerified,
    /// The employee ended it.
    Cancelled,
    /// The same browser started another one.
    Replaced,
    /// After the verification the account changed: it was frozen, disabled or removed, or must wait.
    Revoked,
}

impl SessionEvent {
    const fn label(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Verified => "verified",
            Self::Waiting => "waiting",
            Self::Called => "called",
            Self::NewApp => "new_app",
            Self::PasswordSet => "password_set",
            Self::Unlocked => "unlocked",
            Self::NotVerified => "not_verified",
            Self::Cancelled => "cancelled",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
        }
    }

    /// Counts the event.
    pub(super) fn count(self) {
        metrics::counter!("reset_sessions_total", "outcome" => self.label()).increment(1);
    }

    /// Counts the event of a session, unless that is a practice run.
    pub(super) fn count_of(self, open: &Open) {
        if !open.session.practice {
            self.count();
        }
    }
}
