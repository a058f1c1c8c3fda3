//! The settings of the service desk.

use crate::coverage::CoverageConfig;
use crate::enrollment::sign_in_limits::SignInLimits;
use crate::ports::rate_limits::Limit;
use app::domain::username::Domains;
use ipnet::IpNet;
use jiff::SignedDuration;

/// The settings of the service desk.
#[derive(Debug, Clone)]
pub struct ServiceDeskConfig {
    /// The networks that may reach it; empty: none.
    pub allowed_networks: Vec<IpNet>,
    /// DNs of the groups of agents.
    pub groups: Vec<String>,
    /// DNs of the groups of leads.
    pub lead_groups: Vec<String>,
    /// The domains that a typed user name may carry.
    pub domains: Domains,
    /// A session ends after this time.
    pub session_max: SignedDuration,
    /// A session ends after this time without an action.
    pub session_idle: SignedDuration,
    /// Wrong passwords that must be left before the directory locks an account.
    pub lockout_margin: u32,
    /// How many sign-ins are allowed.
    pub sign_ins: SignInLimits,
    /// Wrong call codes of one agent.
    pub wrong_call_codes: Limit,
    /// References that one agent looks up.
    pub look_ups: Limit,
    /// Start codes that one agent requests.
    pub start_codes: Limit,
    /// How long an account with another app cannot reset.
    pub waiting_time: SignedDuration,
    /// How long a known device stays known.
    pub device_lifetime: SignedDuration,
    /// When an account counts as ready for a reset, for the overview.
    pub coverage: CoverageConfig,
}
