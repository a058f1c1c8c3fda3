//! The configuration of the simulator, and the faults that a test configures.

use ldap3_proto::proto::LdapResultCode;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The diagnostic message with which the directory refuses a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyDiagnostics {
    /// As Samba: the message names the violated rule.
    #[default]
    Samba,
    /// As Windows: the same message for every rule.
    Windows,
}

/// The configuration of the simulator.
#[derive(Debug, Clone, Copy)]
pub struct SimulatorConfig {
    /// The address of LDAPS; port 0 selects a free port.
    pub ldaps: SocketAddr,
    /// The address of plain LDAP with `StartTLS`.
    pub starttls: SocketAddr,
    /// Whether the server supports the control that applies the password history to a reset.
    pub history_control: bool,
    /// The diagnostic message for a refused password.
    pub policy_diagnostics: PolicyDiagnostics,
    /// Whether the server is a read-only domain controller, which answers writes with a referral.
    pub read_only: bool,
    /// The number of employees besides the demo's people: `Collega.00001` and so on.
    pub extra_employees: u32,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            ldaps: free,
            starttls: free,
            history_control: true,
            policy_diagnostics: PolicyDiagnostics::Samba,
            read_only: false,
            extra_employees: 0,
        }
    }
}

/// A fault that a test configures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Every answer is delayed by this duration.
    Slow(Duration),
    /// A modify closes the connection and is not executed.
    CutBeforeModify,
    /// A modify closes the connection and is executed.
    CutAfterModify,
    /// A modify is executed and not answered; the connection stays open.
    SilentAfterModify,
    /// The request for the second page of a paged search closes the connection.
    CutSecondPage,
    /// Searches whose filter, in the codec's notation, contains this text are refused; other requests are answered.
    RefuseFilter(&'static str),
    /// Every request is answered with this result code.
    Refuse(LdapResultCode),
}

impl Fault {
    /// Searches for nested membership are refused.
    pub const REFUSE_NESTED: Self = Self::RefuseFilter("1.2.840.113556.1.4.1941");
}
