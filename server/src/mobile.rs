//! Mobile numbers: stored as E.164, shown as «06-12 34 56 78».

use phonenumber::country::Id;
use phonenumber::{Mode, Type};
use zeroize::Zeroizing;

/// Longer than any number with brackets and spaces.
const MAX_INPUT_LENGTH: usize = 40;

/// A mobile number in E.164, `+31612345678`. It identifies a person, so `Debug` never prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Mobile(Zeroizing<String>);

/// Why a text is not an accepted mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MobileError {
    /// Empty.
    #[error("no number")]
    Empty,
    /// Longer than any number.
    #[error("too long for a number")]
    TooLong,
    /// A landline or an invalid number.
    #[error("not a mobile number")]
    NotMobile,
    /// A mobile number of a country that is not accepted.
    #[error("a mobile number of another country")]
    OtherCountry,
}

/// The countries whose mobile numbers are accepted; a number without country code belongs to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countries(Vec<Id>);

impl Countries {
    /// Parses ISO 3166-1 codes, e.g. `NL`; the error is the invalid code, or empty for an empty list.
    pub fn parse(codes: &[String]) -> Result<Self, String> {
        let countries = codes.iter().map(|code| code.parse().map_err(|_| code.clone()));
        let countries = countries.collect::<Result<Vec<Id>, String>>()?;
        if countries.is_empty() { Err(String::new()) } else { Ok(Self(countries)) }
    }
}

impl Mobile {
    /// Parses a number as people write it: `0612345678`, `06-12 34 56 78`, `+31 6 1234 5678`, `0031612345678`,
    /// `(06) 12345678`.
    pub fn parse(text: &str, countries: &Countries) -> Result<Self, MobileError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(MobileError::Empty);
        }
        if text.len() > MAX_INPUT_LENGTH {
            return Err(MobileError::TooLong);
        }
        // The library also accepts vanity letters and extensions; mobile numbers are not written with those.
        let is_allowed = |c: char| c.is_ascii_digit() || " +-./()\u{a0}\u{2011}\u{2013}".contains(c);
        if !text.chars().all(is_allowed) || text.rfind('+').is_some_and(|index| index > 1) {
            return Err(MobileError::NotMobile);
        }
        // Business cards write `+31 (0)6 …`; the zero belongs to the national form.
        let text = if text.starts_with('+') { text.replacen("(0)", "", 1) } else { text.to_owned() };
        let text = text.strip_prefix("00").map_or_else(|| text.clone(), |rest| format!("+{rest}"));
        let number =
            phonenumber::parse(countries.0.first().copied(), text).map_err(|_| MobileError::NotMobile)?;
        if !phonenumber::is_valid(&number) {
            return Err(MobileError::NotMobile);
        }
        let database = &phonenumber::metadata::DATABASE;
        // The number has a mobile prefix; some countries do not distinguish it from a fixed line.
        if !matches!(number.number_type(database), Type::Mobile | Type::FixedLineOrMobile) {
            return Err(MobileError::NotMobile);
        }
        if !number.country().id().is_some_and(|id| countries.0.contains(&id)) {
            return Err(MobileError::OtherCountry);
        }
        Ok(Self(Zeroizing::new(number.format().mode(Mode::E164).to_string())))
    }

    /// Parses the output of [`Mobile::expose`].
    pub fn from_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let is_valid = (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_valid.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Returns E.164. The only accessor, so that every use can be found.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the number with all but the last two digits masked: `06-•• •• •• 78`, `+32 • •• •• •• 56`.
    pub fn masked(&self) -> String {
        let (prefix, rest) = self.0.strip_prefix("+316").map_or_else(
            || (self.0.get(..3).unwrap_or_default().to_owned() + " ", self.0.get(3..).unwrap_or_default()),
            |rest| ("06-".to_owned(), rest),
        );
        let hidden_digits = rest.len().saturating_sub(2);
        let mut masked = prefix;
        for (index, digit) in rest.chars().enumerate() {
            // In pairs, counted from the end.
            if index > 0 && (rest.len() - index).is_multiple_of(2) {
                masked.push(' ');
            }
            masked.push(if index < hidden_digits { '•' } else { digit });
        }
        masked
    }
}

impl std::fmt::Debug for Mobile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mobile(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dutch(text: &str) -> Result<String, MobileError> {
        let countries = Countries::parse(&["NL".to_owned()]).unwrap();
        Mobile::parse(text, &countries).map(|mobile| mobile.expose().to_owned())
    }

    #[test]
    fn a34_all_notations_of_a_number_are_the_same_number() {
        for text in [
            "0612345678",
            "06-12345678",
            "06-12 34 56 78",
            "+31 6 1234 5678",
            "0031612345678",
            "+31 (0)6 12345678",
            " (06) 12345678 ",
            "06.12.34.56.78",
            "06\u{2013}12345678",
        ] {
            assert_eq!(dutch(text).as_deref(), Ok("+31612345678"), "{text}");
        }
    }

    #[test]
    fn a34_landlines_foreign_numbers_and_invalid_text_have_distinct_errors() {
        for (text, error) in [
            ("", MobileError::Empty),
            ("0485-845900", MobileError::NotMobile),
            ("+31 485 845900", MobileError::NotMobile),
            ("06-1234567", MobileError::NotMobile),
            ("06-123456789", MobileError::NotMobile),
            ("onbekend", MobileError::NotMobile),
            ("=HYPERLINK(\"x\")", MobileError::NotMobile),
            ("0612345678 ext 5", MobileError::NotMobile),
            ("06+12345678", MobileError::NotMobile),
            ("0800-1234", MobileError::NotMobile),
            ("+32 470 12 34 56", MobileError::OtherCountry),
        ] {
            assert_eq!(dutch(text), Err(error), "{text}");
        }
        assert_eq!(dutch(&"0".repeat(41)), Err(MobileError::TooLong));
    }

    #[test]
    fn configured_countries_are_accepted() {
        let countries = Countries::parse(&["NL".to_owned(), "BE".to_owned()]).unwrap();
        let belgian = Mobile::parse("+32 470 12 34 56", &countries).unwrap();
        assert_eq!(belgian.expose(), "+32470123456");
        assert_eq!(Countries::parse(&["XX".to_owned()]), Err("XX".to_owned()));
    }

    #[test]
    fn masked_number_shows_only_the_last_two_digits() {
        let mobile = |text: &str| Mobile::from_e164(text).unwrap();
        assert_eq!(mobile("+31612345678").masked(), "06-•• •• •• 78");
        assert_eq!(mobile("+32470123456").masked(), "+32 • •• •• •• 56");
        assert_eq!(format!("{:?}", mobile("+31612345678")), "Mobile(…)");
        assert_eq!(Mobile::from_e164("0612345678"), None);
    }
}
