//! The URL paths of the pages.

/// The password reset.
pub const WIZARD: &str = "/wachtwoordreset";
/// The registration of birthdate and mobile number.
pub const ENROLLMENT: &str = "/registratie";
/// The service desk, in its own networks.
pub const SERVICE_DESK: &str = "/servicedesk";
/// The numbers of today for agents, in the networks of the service desk.
pub const SERVICE_DESK_TODAY: &str = "/servicedesk/vandaag";
/// The same numbers as a file.
pub const SERVICE_DESK_TODAY_CSV: &str = "/servicedesk/vandaag.csv";
/// The logo of the organisation.
pub const LOGO: &str = "/logo";
/// Help with the most common problems.
pub const HELP: &str = "/hulp";
/// The page of a link with which an owner freezes an account; the secret of the link follows.
pub const NOT_ME: &str = "/dit-was-ik-niet";
/// The privacy statement.
pub const PRIVACY: &str = "/privacy";
