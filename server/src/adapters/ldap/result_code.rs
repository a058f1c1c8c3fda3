//! LDAP result codes (RFC 4511 4.1.9, RFC 4528) that the adapters distinguish.

pub(super) const SIZE_LIMIT_EXCEEDED: u32 = 4;
const REFERRAL: u32 = 10;
pub(super) const NO_SUCH_ATTRIBUTE: u32 = 16;
pub(super) const CONSTRAINT_VIOLATION: u32 = 19;
pub(super) const NO_SUCH_OBJECT: u32 = 32;
/// The answer to a bind with a wrong name or password, or with an account that may not sign in.
pub(super) const INVALID_CREDENTIALS: u32 = 49;
pub(super) const INSUFFICIENT_ACCESS: u32 = 50;
const BUSY: u32 = 51;
const UNAVAILABLE: u32 = 52;
pub(super) const UNWILLING_TO_PERFORM: u32 = 53;
/// The assertion control of a write did not match (RFC 4528).
pub(super) const ASSERTION_FAILED: u32 = 122;

/// Whether the server did nothing and another server may carry out the request: a referral, as a read-only
/// controller sends in answer to a write; busy; unavailable.
pub(super) fn retry_on_other_server(code: u32) -> bool {
    [REFERRAL, BUSY, UNAVAILABLE].contains(&code)
}
