//! Mobile numbers: stored as E.164, shown as «06-12 34 56 78».

use app::domain::typed_text::{is_dash, is_invisible};
use phonenumber::country::Id;
use phonenumber::{Mode, Type};
use zeroize::Zeroizing;

/// Characters. Longer than any number with a separator after each digit.
const MAX_INPUT_LENGTH: usize = 60;

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
    /// `+31(0)6-12345678`, `(06) 12345678`. The digits decide; separators may stand anywhere. A spreadsheet drops the
    /// leading `+` or `0`, so the digits may also begin with the country code or the number without its zero.
    pub fn parse(text: &str, countries: &Countries) -> Result<Self, MobileError> {
        let text: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(|c| !is_invisible(*c) && !c.is_whitespace()).collect());
        if text.is_empty() {
            return Err(MobileError::Empty);
        }
        if text.chars().count() > MAX_INPUT_LENGTH {
            return Err(MobileError::TooLong);
        }
        let text = strip_scheme(&text);
        let number = Digits::parse(text).ok_or(MobileError::NotMobile)?;
        let readings = number.readings();
        let mut found: Option<Result<Self, MobileError>> = None;
        for reading in readings {
            match (Self::parse_digits(&reading, countries), &found) {
                // Two valid readings that differ: neither is certain.
                (Ok(mobile), Some(Ok(first))) if mobile != *first => return Err(MobileError::NotMobile),
                (Ok(mobile), _) => found = Some(Ok(mobile)),
                (Err(MobileError::OtherCountry), None) => found = Some(Err(MobileError::OtherCountry)),
                (Err(_), _) => {}
            }
        }
        found.unwrap_or(Err(MobileError::NotMobile))
    }

    /// Parses digits, with `+` if they begin with a country code.
    fn parse_digits(text: &str, countries: &Countries) -> Result<Self, MobileError> {
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

/// Removes `tel:`, which a copied link begins with.
fn strip_scheme(text: &str) -> &str {
    match text.split_at_checked(4) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel:") => rest,
        Some(_) | None => text,
    }
}

/// The digits of a number without its separators.
struct Digits {
    /// Whether the number begins with `+` or `00`, which are removed.
    is_international: bool,
    digits: Zeroizing<String>,
}

impl Digits {
    /// Returns the digits; `None` if the text contains anything but digits, separators and a `+` before the first digit.
    fn parse(text: &str) -> Option<Self> {
        // The zero of the national form, as on business cards: `+31 (0)6 …`.
        let without_trunk = ["(0)", "[0]"].iter().find_map(|trunk| {
            let (before, after) = text.split_once(trunk)?;
            before.contains(|c: char| c.is_ascii_digit()).then(|| Zeroizing::new([before, after].concat()))
        });
        let text = without_trunk.as_deref().map_or(text, String::as_str);
        let (mut digits, mut is_international) = (Zeroizing::new(String::new()), false);
        for c in text.chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() && !is_international => is_international = true,
                '.' | '/' | '(' | ')' | '[' | ']' | '_' | '\u{b7}' => {}
                c if is_dash(c) => {}
                _ => return None,
            }
        }
        if let Some(rest) = digits.strip_prefix("00") {
            (digits, is_international) = (Zeroizing::new(rest.to_owned()), true);
        }
        Some(Self { is_international, digits })
    }

    /// Returns how the digits may be meant.
    fn readings(&self) -> Vec<Zeroizing<String>> {
        let international = Zeroizing::new(format!("+{}", *self.digits));
        if self.is_international || self.digits.starts_with('0') {
            let text = if self.is_international { international } else { self.digits.clone() };
            return vec![text];
        }
        vec![self.digits.clone(), Zeroizing::new(format!("0{}", *self.digits)), international]
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
    use proptest::prelude::*;

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
            "+316-12345678",
            "+31(0)6-12345678",
            "+31 (0) 6 12345678",
            "0031 6.12.34.56.78",
            "0031(0)612345678",
            "00 31 6 12 34 56 78",
            "+31/6/12345678",
            "(+31) 6 12345678",
            "[06] 12345678",
            "06\u{a0}12\u{202f}34\u{2009}56\u{3000}78",
            "\u{202a}+31 6 12345678\u{202c}",
            "\u{200e}06\u{2011}12345678",
            "06\u{b7}1234\u{b7}5678",
            "06\u{2212}12345678",
            "tel:+31612345678",
            "612345678",
            "31612345678",
            "+31 06 12345678",
            "06\t12345678",
        ] {
            assert_eq!(dutch(text).as_deref(), Ok("+31612345678"), "{text}");
        }
    }

    /// The forms of a Dutch mobile number, `6` and eight digits.
    fn forms(subscriber: u32) -> [String; 5] {
        let number = format!("6{subscriber:08}");
        [
            format!("0{number}"),
            format!("+31{number}"),
            format!("0031{number}"),
            format!("+31(0){number}"),
            format!("0031(0){number}"),
        ]
    }

    #[test]
    fn every_separator_is_accepted_at_every_position() {
        let separators = " \u{a0}\u{2009}\u{202f}\u{3000}\t-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}./()[]\u{200b}\u{200e}\u{202a}\u{202c}\u{2060}\u{feff}";
        for form in forms(12_345_678) {
            for separator in separators.chars() {
                for position in 0..=form.len() {
                    // A separator within `(0)` would make it another form.
                    let is_in_trunk =
                        form.find('(').is_some_and(|open| (open + 1..open + 3).contains(&position));
                    if is_in_trunk && !separator.is_whitespace() {
                        continue;
                    }
                    let (before, after) = form.split_at(position);
                    let text = format!("{before}{separator}{after}");
                    assert_eq!(dutch(&text).as_deref(), Ok("+31612345678"), "{text:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn formatted_number_parses_to_itself(
            subscriber in 10_000_000_u32..=99_999_999,
            form in 0_usize..5,
            gaps in prop::collection::vec("[ \\-./\u{a0}\u{2011}\u{200e}]{0,1}", 20),
        ) {
            let text: String = forms(subscriber)[form]
                .split_inclusive(|c: char| c.is_ascii_digit() || c == ')')
                .zip(&gaps)
                .map(|(part, gap)| if part.ends_with('(') { part.to_owned() } else { format!("{part}{gap}") })
                .collect();
            let parsed = dutch(&text);
            prop_assert_eq!(&parsed, &dutch(&format!("06{subscriber}")), "{:?}", text);
            if let Ok(e164) = parsed {
                prop_assert_eq!(&e164, &format!("+316{subscriber}"));
                prop_assert_eq!(dutch(&e164), Ok(e164));
            }
        }

        #[test]
        fn any_text_is_a_number_of_an_allowed_country_or_refused(text in "\\PC{0,40}") {
            if let Ok(e164) = dutch(&text) {
                prop_assert!(e164.starts_with("+31") && Mobile::from_e164(&e164).is_some());
            }
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
            ("\u{200b}\u{feff}", MobileError::Empty),
            ("\u{a0}", MobileError::Empty),
            ("-", MobileError::NotMobile),
            ("+", MobileError::NotMobile),
            ("++31612345678", MobileError::NotMobile),
            ("06 1234 5678 x2", MobileError::NotMobile),
            ("06-12345678 / 06-87654321", MobileError::NotMobile),
            ("06-12345678, 06-87654321", MobileError::NotMobile),
            ("(0)6 12345678 (0)", MobileError::NotMobile),
            ("٠٦١٢٣٤٥٦٧٨", MobileError::NotMobile),
            ("06*12345678", MobileError::NotMobile),
            ("1234567", MobileError::NotMobile),
            ("485845900", MobileError::NotMobile),
            ("+310485845900", MobileError::NotMobile),
            ("32470123456", MobileError::OtherCountry),
            ("0032 (0)470 12 34 56", MobileError::OtherCountry),
            ("+32 470 12 34 56", MobileError::OtherCountry),
        ] {
            assert_eq!(dutch(text), Err(error), "{text}");
        }
        assert_eq!(dutch(&"0".repeat(61)), Err(MobileError::TooLong));
    }

    #[test]
    fn configured_countries_are_accepted() {
        let countries = Countries::parse(&["NL".to_owned(), "BE".to_owned()]).unwrap();
        let belgian = Mobile::parse("+32 470 12 34 56", &countries).unwrap();
        assert_eq!(belgian.expose(), "+32470123456");
        for (text, e164) in [
            ("0032(0)470-12.34.56", "+32470123456"),
            ("+32/470/12/34/56", "+32470123456"),
            ("32470123456", "+32470123456"),
            ("0612345678", "+31612345678"),
            ("+31 6 12345678", "+31612345678"),
        ] {
            assert_eq!(
                Mobile::parse(text, &countries).map(|m| m.expose().to_owned()).as_deref(),
                Ok(e164),
                "{text}"
            );
        }
        // Without `+`, `470123456` could be Belgian and without zero; numbers without country code are Dutch.
        assert_eq!(Mobile::parse("0470 12 34 56", &countries), Err(MobileError::NotMobile));
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
