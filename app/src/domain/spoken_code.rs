//! Codes that are read aloud: Crockford's base 32.

use crate::api::refusal::Reason;
use crate::domain::typed_text::{is_gap, to_ascii_digit};
use zeroize::Zeroizing;

/// Crockford's base 32: no I, L, O and U, which are confused when they are read aloud or written.
pub const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code of these random bytes, of which each contributes five bits.
pub fn from_random<const LENGTH: usize>(bytes: [u8; LENGTH]) -> Zeroizing<String> {
    let letter = |byte: u8| char::from(ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'0'));
    Zeroizing::new(bytes.into_iter().map(letter).collect())
}

/// Parses a typed code: spaces and dashes are ignored, as is letter case, and the letters that the alphabet lacks are taken for
/// the digits that they look like.
pub fn parse(text: &str, length: usize) -> Result<Zeroizing<String>, Reason> {
    let mut code = Zeroizing::new(String::with_capacity(length));
    for typed in text.chars().filter(|typed| !typed.is_whitespace() && !matches!(typed, '-' | '.' | '–')) {
        let letter = match typed.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if !letter.is_ascii() || !ALPHABET.contains(&(letter as u8)) {
            return Err(Reason::Characters);
        }
        code.push(letter);
    }
    match code.len() {
        0 => Err(Reason::Empty),
        found if found == length => Ok(code),
        _ => Err(Reason::Length),
    }
}

/// A code, complete or not, in two groups as it is shown while it is typed; `None` if it is shown so already. `group` is the
/// length of the first group.
pub fn complete(typed: &str, length: usize, group: usize, separator: &str) -> Option<String> {
    let code = canonical(typed);
    // Anything else stays as typed, so that the user sees what is wrong.
    if code.is_empty() || code.len() > length || !is_code(&code) {
        return None;
    }
    let text = grouped(&code, group, separator);
    (text != typed).then_some(text)
}

/// The characters without separators, in upper case and with the digits that letters and other scripts stand for.
pub fn canonical(typed: &str) -> String {
    let digit = |c: char| match to_ascii_digit(c).to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    typed.chars().filter(|c| !is_gap(*c)).map(digit).collect()
}

/// Whether every character is one of [`ALPHABET`].
pub fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// A code in two groups.
pub fn grouped(code: &str, group: usize, separator: &str) -> String {
    let (first, second) = code.split_at_checked(group).unwrap_or((code, ""));
    if second.is_empty() { first.to_owned() } else { [first, separator, second].concat() }
}
