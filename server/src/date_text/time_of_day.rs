//! The time of day after a date. Exports write midnight after a date that has no time.

/// The time of day after a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeOfDay {
    /// Midnight; with `AM`, as systems with the month first write it.
    Midnight {
        twelve_hour: bool,
    },
    Other,
}

/// Splits a text into date and time of day: at the `T` of ISO 8601, before the hour of `0:00`, or after the eighth digit
/// of a generalized time (`19960704000000.0Z`).
pub(super) fn split_time(text: &str) -> (&str, Option<&str>) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits >= 10
        && let Some((date, time)) = text.split_at_checked(8)
    {
        return (date, Some(time));
    }
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let iso = text.match_indices(['T', 't']).find_map(|(at, _)| {
        let (date, time) = (text.get(..at)?, text.get(at + 1..)?);
        (is_digit(date.chars().next_back()) && is_digit(time.chars().next())).then_some((date, time))
    });
    if let Some((date, time)) = iso {
        return (date, Some(time));
    }
    let before_hour = text.find(':').and_then(|colon| text.get(..colon)?.rfind(char::is_whitespace));
    match before_hour.and_then(|at| text.split_at_checked(at)) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    }
}

impl TimeOfDay {
    /// Parses `0:00`, `00:00:00.000`, `12:00:00 AM`, `000000`, each with an optional time zone; `None` if it is no time.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let text = strip_zone(&text)?.trim_end();
        let (text, half) = match (text.strip_suffix("AM"), text.strip_suffix("PM")) {
            (Some(text), _) => (text.trim_end(), Some(Half::Am)),
            (None, Some(text)) => (text.trim_end(), Some(Half::Pm)),
            (None, None) => (text, None),
        };
        let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let parts: Vec<&str> = if whole.contains(':') {
            whole.split(':').collect()
        } else {
            // Pairs of digits, as in a generalized time.
            let pairs = whole.len().is_multiple_of(2).then(|| (0..whole.len()).step_by(2));
            pairs?.map(|at| whole.get(at..at + 2)).collect::<Option<_>>()?
        };
        let is_number =
            |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let is_time = (1..=3).contains(&parts.len())
            && parts.iter().all(is_number)
            && fraction.bytes().all(|byte| byte.is_ascii_digit());
        let numbers: Vec<u8> = parts.iter().map_while(|part| part.parse().ok()).collect();
        let [hour, rest @ ..] = numbers.as_slice() else { return None };
        if !is_time || *hour > 24 || rest.iter().any(|part| *part > 59) {
            return None;
        }
        let hour_is_zero = match &half {
            Some(Half::Am) => *hour == 12 || *hour == 0,
            Some(Half::Pm) => false,
            None => *hour == 0,
        };
        let rest_is_zero = rest.iter().all(|part| *part == 0) && fraction.bytes().all(|byte| byte == b'0');
        let midnight = Self::Midnight { twelve_hour: half.is_some() };
        Some(if hour_is_zero && rest_is_zero { midnight } else { Self::Other })
    }
}

/// The half of the day in a twelve-hour time.
enum Half {
    Am,
    Pm,
}

/// Removes `Z`, `UTC`, `GMT`, `+01:00` or `-0500`; `None` if a sign is followed by something else. The zone does not
/// matter: midnight in the writer's zone is the writer's day.
fn strip_zone(text: &str) -> Option<&str> {
    for name in ["Z", "UTC", "GMT"] {
        if let Some(text) = text.strip_suffix(name) {
            return Some(text);
        }
    }
    let Some((time, offset)) = text.rsplit_once(['+', '-']) else { return Some(text) };
    let digits: String = offset.chars().filter(|c| *c != ':').collect();
    let is_offset = matches!(digits.len(), 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_offset.then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_is_recognised_in_every_notation() {
        for text in [
            "0:00",
            "00:00",
            "00:00:00",
            "0:00:00",
            "00:00:00.000",
            "00:00:00,0",
            "00:00Z",
            "00:00:00+01:00",
            "00:00:00 +0000",
            "00:00:00 UTC",
            "12:00:00 AM",
            "12:00 am",
            "00:00 GMT",
            "000000",
            "0000",
            "00Z",
            "000000.0Z",
            "000000+0200",
        ] {
            let twelve_hour = text.to_lowercase().contains("am");
            assert_eq!(TimeOfDay::parse(text), Some(TimeOfDay::Midnight { twelve_hour }), "{text}");
        }
        for text in [
            "22:00",
            "00:01",
            "00:00:01",
            "23:00:00Z",
            "00:00:00.5",
            "12:00 PM",
            "12:00",
            "1:00 AM",
            "220000Z",
            "24:00",
        ] {
            assert_eq!(TimeOfDay::parse(text), Some(TimeOfDay::Other), "{text}");
        }
        for text in ["", "x", "00:", "0:0:0:0", "25:00", "00:60", "00:00x", "000", "00:00+1", "00:00 uur"] {
            assert_eq!(TimeOfDay::parse(text), None, "{text}");
        }
    }
}
