//! The clock of the directory simulator, in Active Directory's unit. Only this module reads the system time.

/// The Unix epoch as a `FILETIME`: 100 ns intervals between 1601 and 1970.
const UNIX_EPOCH: i64 = 116_444_736_000_000_000;

/// The current time as a `FILETIME`.
#[expect(clippy::disallowed_methods, reason = "the clock of the simulated directory server")]
pub(super) fn now() -> i64 {
    filetime(jiff::Timestamp::now())
}

fn filetime(time: jiff::Timestamp) -> i64 {
    time.as_microsecond() * 10 + UNIX_EPOCH
}

/// A time in the form of `currentTime` (generalized time): `20261122123456.0Z`.
pub(super) fn generalized_time(filetime: i64) -> String {
    let time = jiff::Timestamp::from_microsecond((filetime - UNIX_EPOCH) / 10).unwrap_or_default();
    time.strftime("%Y%m%d%H%M%S.0Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generalized_time_has_the_form_of_active_directory() {
        let time: jiff::Timestamp = "2026-11-22T12:34:56Z".parse().unwrap();
        assert_eq!(generalized_time(filetime(time)), "20261122123456.0Z");
    }
}
