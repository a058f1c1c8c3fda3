//! How a code reaches the employee.

use serde::{Deserialize, Serialize};

/// How a code reaches the employee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum OtpMethod {
    /// The Entrust Identity app shows it; nothing is sent.
    Token,
    /// Entrust sends it by SMS or mail.
    Otp,
}

impl OtpMethod {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "TOKEN",
            Self::Otp => "OTP",
        }
    }

    /// Parses the name on the wire, `TOKEN` or `OTP`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "TOKEN" => Some(Self::Token),
            "OTP" => Some(Self::Otp),
            _ => None,
        }
    }
}
