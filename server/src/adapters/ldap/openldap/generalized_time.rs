//! Moments as the directory writes them (`GeneralizedTime`, RFC 4517). Not what they mean for an account.

use super::super::connection::LdapFailure;
use super::super::entry::Entry;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Seconds between 1601 and 1970: the port tells moments in units of 100 ns since then.
const FILETIME_EPOCH: i64 = 11_644_473_600;
/// Year zero, which no calendar has: the account was switched off by an administrator (slapo-ppolicy).
const FOR_EVER: &str = "0000";

/// When an account was locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    /// By an administrator, and until one ends it.
    ByAdministrator,
    /// By wrong passwords, at this moment.
    At(Timestamp),
}

/// What `pwdAccountLockedTime` says.
pub(super) fn locked(entry: &Entry) -> Result<Option<Locked>, LdapFailure> {
    match entry.text("pwdAccountLockedTime") {
        Some(text) if text.starts_with(FOR_EVER) => Ok(Some(Locked::ByAdministrator)),
        Some(_) => Ok(read(entry, "pwdAccountLockedTime")?.map(Locked::At)),
        None => Ok(None),
    }
}

/// A moment that an entry may show; one that cannot be read is an error.
pub(super) fn read(entry: &Entry, name: &'static str) -> Result<Option<Timestamp>, LdapFailure> {
    entry.text(name).map(|text| parse(text).ok_or_else(|| entry.lacks(name))).transpose()
}

/// All of them.
pub(super) fn read_all(entry: &Entry, name: &'static str) -> Result<Vec<Timestamp>, LdapFailure> {
    entry.texts(name).into_iter().map(|text| parse(text).ok_or_else(|| entry.lacks(name))).collect()
}

/// `20261122192547Z` or `20261122192547.176364Z`: slapd writes all of its own in UTC.
fn parse(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let format = if text.contains('.') { "%Y%m%d%H%M%S%.f" } else { "%Y%m%d%H%M%S" };
    let time = DateTime::strptime(format, text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// In the unit of the port.
pub(super) fn filetime(moment: Timestamp) -> i64 {
    let seconds = moment.as_second().saturating_add(FILETIME_EPOCH).saturating_mul(10_000_000);
    seconds.saturating_add(i64::from(moment.subsec_nanosecond()) / 100)
}

/// The same moment again.
pub(super) fn of_filetime(units: i64) -> Option<Timestamp> {
    Timestamp::from_second(units / 10_000_000 - FILETIME_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_and_without_a_fraction() {
        let text = |text: &str| parse(text).map(|moment| moment.to_string());
        assert_eq!(text("20261122192547Z").as_deref(), Some("2026-11-22T19:25:47Z"));
        assert_eq!(text("20261122192547.176364Z").as_deref(), Some("2026-11-22T19:25:47.176364Z"));
        for other in ["", "Z", "gisteren", "20261122192547", "202611221925Z", "20261322192547Z"] {
            assert_eq!(text(other), None, "{other}");
        }
    }

    #[test]
    fn later_is_more_and_comes_back() {
        let (first, second) = (parse("20261122192547Z").unwrap(), parse("20261122192547.1Z").unwrap());
        assert!(filetime(first) < filetime(second));
        assert_eq!(of_filetime(filetime(first)), Some(first));
    }
}
