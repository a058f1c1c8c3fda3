//! Times in attributes (`GeneralizedTime`, RFC 4517).

use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Seconds between 1601 and 1970; the port counts in units of 100 ns since 1601.
const FILETIME_EPOCH: i64 = 11_644_473_600;
/// Year zero marks a lock by an administrator (slapo-ppolicy).
const ADMINISTRATIVE_LOCK_YEAR: &str = "0000";

/// Kind of lock on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountLock {
    /// By an administrator; does not expire.
    ByAdministrator,
    /// After wrong passwords, since this time.
    Since(Timestamp),
}

/// Parses `pwdAccountLockedTime`.
pub(super) fn account_lock(entry: &Entry) -> Result<Option<AccountLock>, LdapFailure> {
    match entry.text("pwdAccountLockedTime") {
        Some(text) if text.starts_with(ADMINISTRATIVE_LOCK_YEAR) => Ok(Some(AccountLock::ByAdministrator)),
        Some(_) => Ok(read(entry, "pwdAccountLockedTime")?.map(AccountLock::Since)),
        None => Ok(None),
    }
}

/// Returns the time in an attribute, if present; an unreadable value is an error.
pub(super) fn read(entry: &Entry, name: &'static str) -> Result<Option<Timestamp>, LdapFailure> {
    entry.text(name).map(|text| parse(text).ok_or_else(|| entry.missing_attribute(name))).transpose()
}

/// Returns all times in a multi-valued attribute.
pub(super) fn read_all(entry: &Entry, name: &'static str) -> Result<Vec<Timestamp>, LdapFailure> {
    entry
        .texts(name)
        .into_iter()
        .map(|text| parse(text).ok_or_else(|| entry.missing_attribute(name)))
        .collect()
}

/// Parses `20261122192547Z` or `20261122192547.176364Z`; slapd writes its own times in UTC.
fn parse(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let format = if text.contains('.') { "%Y%m%d%H%M%S%.f" } else { "%Y%m%d%H%M%S" };
    let time = DateTime::strptime(format, text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Converts to the unit of the port.
pub(super) fn to_filetime(time: Timestamp) -> i64 {
    let seconds = time.as_second().saturating_add(FILETIME_EPOCH).saturating_mul(10_000_000);
    seconds.saturating_add(i64::from(time.subsec_nanosecond()) / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_parsed_with_and_without_a_fraction() {
        let text = |text: &str| parse(text).map(|time| time.to_string());
        assert_eq!(text("20261122192547Z").as_deref(), Some("2026-11-22T19:25:47Z"));
        assert_eq!(text("20261122192547.176364Z").as_deref(), Some("2026-11-22T19:25:47.176364Z"));
        for other in ["", "Z", "gisteren", "20261122192547", "202611221925Z", "20261322192547Z"] {
            assert_eq!(text(other), None, "{other}");
        }
    }

    #[test]
    fn filetime_keeps_order() {
        let (first, second) = (parse("20261122192547Z").unwrap(), parse("20261122192547.1Z").unwrap());
        assert!(to_filetime(first) < to_filetime(second));
        // 2026-11-22 is 155,553 days after 1601-01-01.
        assert_eq!(to_filetime(first), (155_553 * 86_400 + 19 * 3600 + 25 * 60 + 47) * 10_000_000);
    }
}
