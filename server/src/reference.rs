//! The reference that an employee reads aloud, as people type it.

use app::api::refusal::Reason;

/// A reference as people type it, e.g. `k7q2 9f4m`, in its stored form.
pub fn parse(typed: &str) -> Result<String, Reason> {
    let mut letters = String::new();
    for letter in typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        match letter.to_ascii_uppercase() {
            'O' => letters.push('0'),
            'I' | 'L' => letters.push('1'),
            letter if letter.is_ascii_alphanumeric() => letters.push(letter),
            _ => return Err(Reason::Characters),
        }
    }
    match letters.len() {
        0 => Err(Reason::Empty),
        8 => {
            letters.insert(4, '-');
            Ok(letters)
        }
        _ => Err(Reason::Length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_is_read_as_people_type_it() {
        for typed in ["K7Q2-9F4M", "k7q29f4m", " k7q2 9f4m "] {
            assert_eq!(parse(typed).as_deref(), Ok("K7Q2-9F4M"), "{typed}");
        }
        assert_eq!(parse("oil1-2345").as_deref(), Ok("0111-2345"));
        assert_eq!(parse(""), Err(Reason::Empty));
        assert_eq!(parse("K7Q2"), Err(Reason::Length));
        assert_eq!(parse("K7Q2-9F4*"), Err(Reason::Characters));
    }
}
