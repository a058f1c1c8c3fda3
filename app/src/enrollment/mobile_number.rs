//! The typed mobile number: what is removed from it, obvious errors, and how it is shown for confirmation.

use crate::api::refusal::Reason;
use crate::domain::typed_text::{is_gap, is_invisible, to_ascii_digit};
use std::ops::RangeInclusive;

/// The number of digits of a mobile number: ITU-T E.164 allows 15, plus two for an international prefix. No country has
/// mobile numbers of fewer than 7.
const MOBILE_DIGITS: RangeInclusive<usize> = 7..=17;

/// The typed number without what contact apps copy around it, and with digits of other scripts as ASCII digits. The
/// separators stay, so that the user recognizes the number.
pub(super) fn cleaned_mobile(typed: &str) -> String {
    let text: String = typed.chars().filter(|c| !is_invisible(*c)).map(to_ascii_digit).collect();
    let text = text.trim();
    let number = text.split_at_checked(4).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("tel:"));
    number.map_or(text, |(_, number)| number).trim().to_owned()
}

/// Why a cleaned text cannot be a mobile number of any country; checked before the confirmation. The
/// server validates the number.
pub(super) fn mobile_error(number: &str) -> Option<Reason> {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    if number.is_empty() {
        Some(Reason::Empty)
    } else if number.chars().any(char::is_alphabetic) || !MOBILE_DIGITS.contains(&digits) {
        Some(Reason::NotMobile)
    } else {
        None
    }
}

/// Formats a cleaned Dutch mobile number in groups that are easy to compare; returns any other number as typed.
pub(super) fn format_mobile(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let plain = number.chars().all(|c| c.is_ascii_digit() || is_gap(c) || matches!(c, '.' | '(' | ')' | '/'));
    match digits.as_slice() {
        ['0', '6', rest @ ..] if plain && rest.len() == 8 => {
            let pairs: Vec<String> = rest.chunks(2).map(|pair| pair.iter().collect()).collect();
            ["06-", &pairs.join(" ")].concat()
        }
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{cleaned_mobile, format_mobile, mobile_error};
    use crate::api::refusal::Reason;

    #[test]
    fn impossible_mobile_number_is_refused_before_confirmation() {
        for (typed, reason) in [
            ("", Some(Reason::Empty)),
            (" ", Some(Reason::Empty)),
            ("0612", Some(Reason::NotMobile)),
            ("06-1234567a", Some(Reason::NotMobile)),
            ("061234567890123456", Some(Reason::NotMobile)),
            ("06-12345678", None),
            ("0031 (0)6 12 34 56 78", None),
            ("+49 1512 3456789", None),
            ("\u{200b}\u{feff}", Some(Reason::Empty)),
            ("tel:", Some(Reason::Empty)),
            ("mail:0612345678", Some(Reason::NotMobile)),
            ("٠٦١٢", Some(Reason::NotMobile)),
            ("٠٦-١٢٣٤٥٦٧٨", None),
            ("۰۶۱۲۳۴۵۶۷۸", None),
            ("０６１２３４５６７８", None),
            ("tel:+31612345678", None),
            ("\u{202a}06-12345678\u{202c}", None),
        ] {
            assert_eq!(mobile_error(&cleaned_mobile(typed)), reason, "{typed}");
        }
    }

    #[test]
    fn mobile_number_is_formatted_without_losing_digits() {
        for (typed, shown) in [
            ("0612345678", "06-12 34 56 78"),
            ("06-12345678", "06-12 34 56 78"),
            (" 06 12.34.56.78 ", "06-12 34 56 78"),
            ("061234567", "061234567"),
            ("+31 6 12345678", "+31 6 12345678"),
            ("0485-845900", "0485-845900"),
            ("٠٦-١٢٣٤٥٦٧٨", "06-12 34 56 78"),
            ("۰۶ ۱۲ ۳۴ ۵۶ ۷۸", "06-12 34 56 78"),
            ("０６１２３４５６７８", "06-12 34 56 78"),
            ("06\u{2011}12345678", "06-12 34 56 78"),
            ("06/12345678", "06-12 34 56 78"),
            ("\u{202a}06-12345678\u{202c}", "06-12 34 56 78"),
            ("tel:0612345678", "06-12 34 56 78"),
            ("TEL:+31612345678", "+31612345678"),
            ("+٣١ ٦ ١٢٣٤٥٦٧٨", "+31 6 12345678"),
        ] {
            assert_eq!(format_mobile(&cleaned_mobile(typed)), shown, "{typed}");
        }
    }
}
