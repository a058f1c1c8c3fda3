//! Characters in typed and pasted text that users cannot see or that keyboards of other languages produce.

/// Whether a character has no width: zero-width and joining characters, marks of writing direction, the byte order
/// mark, the soft hyphen and variation selectors. Contact apps and chats insert them around numbers and names.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

/// Whether a character is invisible and no part of a visible one: no joiner or variation selector, which emoji and some
/// scripts need.
pub fn is_untypable(c: char) -> bool {
    is_invisible(c) && !matches!(c, '\u{61c}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Removes invisible characters and no-break spaces at both ends; other white space stays.
pub fn trim_invisible(text: &str) -> &str {
    text.trim_matches(|c| is_invisible(c) || matches!(c, '\u{a0}' | '\u{202f}'))
}

/// Removes white space and invisible characters at both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// The ASCII digit with the same value as a decimal digit of another script; any other character unchanged.
pub fn to_ascii_digit(c: char) -> char {
    /// The zeros of Arabic, Persian and Urdu, N'Ko, Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Thai, Tibetan,
    /// Burmese, Khmer and full-width digits; the nine digits after each follow in order (Unicode, category Nd).
    const ZEROS: [char; 13] = [
        '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{be6}', '\u{e50}',
        '\u{f20}', '\u{1040}', '\u{17e0}', '\u{ff10}',
    ];
    ZEROS
        .iter()
        .find_map(|zero| {
            let value = u32::from(c).checked_sub(u32::from(*zero))?;
            (value < 10).then(|| char::from_digit(value, 10))?
        })
        .unwrap_or(c)
}

/// The text with digits of other scripts as ASCII digits; `None` if there are none, so that a field keeps its caret.
pub fn with_ascii_digits(text: &str) -> Option<String> {
    text.chars().any(|c| to_ascii_digit(c) != c).then(|| text.chars().map(to_ascii_digit).collect())
}

/// Whether a character separates groups of digits: white space, a dash of any kind, or nothing visible.
pub fn is_gap(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || is_dash(c)
}

/// Whether a character is a hyphen, dash or minus sign.
pub fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_removed_at_both_ends_only() {
        for invisible in [
            '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2060}',
            '\u{2066}', '\u{2069}', '\u{feff}', '\u{a0}', '\u{ad}', '\u{61c}', '\u{fe0f}',
        ] {
            let text = format!("{invisible}{invisible}a{invisible}b{invisible}");
            assert_eq!(trim_invisible(&text), format!("a{invisible}b"), "{:x}", u32::from(invisible));
            assert_eq!(trim(&text), format!("a{invisible}b"), "{:x}", u32::from(invisible));
            assert_eq!(trim_invisible(&invisible.to_string().repeat(3)), "");
        }
        assert_eq!((trim_invisible(" a "), trim("\u{200e} a \u{200f}")), (" a ", "a"));
    }

    #[test]
    fn digits_of_other_scripts_have_their_value() {
        for digits in
            ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "０１２３４５６７８９", "๐๑๒๓๔๕๖๗๘๙"]
        {
            assert_eq!(with_ascii_digits(digits).as_deref(), Some("0123456789"));
        }
        for text in ["", "0123456789", "abc-é", "½", "²", "Ⅷ", "①"] {
            assert_eq!(with_ascii_digits(text), None, "{text}");
        }
    }
}
