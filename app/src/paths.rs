//! The URL paths of the pages.

/// The password reset.
pub const WIZARD: &str = "/wachtwoordreset";
/// The registration of birthdate and mobile number.
pub const ENROLLMENT: &str = "/registratie";
/// The logo of the organisation.
pub const LOGO: &str = "/logo";
/// Help with the most common problems.
pub const HELP: &str = "/hulp";
/// The privacy statement.
pub const PRIVACY: &str = "/privacy";
