//! The pretend directory's clock, in Active Directory's unit. The one place here that asks for the time.

/// 100-ns intervals between 1601 and 1970.
const UNIX_EPOCH: i64 = 116_444_736_000_000_000;

/// Now, as a `FILETIME`.
#[expect(clippy::disallowed_methods, reason = "a directory server has a clock of its own; this is it")]
pub(super) fn now() -> i64 {
    filetime(jiff::Timestamp::now())
}

fn filetime(time: jiff::Timestamp) -> i64 {
    time.as_microsecond() * 10 + UNIX_EPOCH
}

/// The form of `currentTime`: `20261122123456.0Z`.
pub(super) fn generalized(filetime: i64) -> String {
    let time = jiff::Timestamp::from_microsecond((filetime - UNIX_EPOCH) / 10).unwrap_or_default();
    time.strftime("%Y%m%d%H%M%S.0Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_form() {
        let time: jiff::Timestamp = "2026-11-22T12:34:56Z".parse().unwrap();
        assert_eq!(generalized(filetime(time)), "20261122123456.0Z");
    }
}
