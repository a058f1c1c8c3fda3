//! Call codes and references as agents type them: in lower case, with spaces and dashes, with the letters that look like
//! digits (Crockford's base 32).

use crate::api::refusal::Reason;
use crate::domain::spoken_code::{canonical, complete, grouped, is_code};

/// The characters of a call code, and how many of them form a group, «K7Q 29F».
const CALL_CODE: (usize, usize) = (6, 3);
/// The same of a reference, «K7Q2-9F4M».
const REFERENCE: (usize, usize) = (8, 4);

/// A typed call code in the form of the API, `K7Q29F`, or why it cannot be one.
pub(super) fn call_code(typed: &str) -> Result<String, Reason> {
    parsed(typed, CALL_CODE.0)
}

/// A typed reference in the form of the API, `K7Q2-9F4M`, or why it cannot be one.
pub(super) fn reference(typed: &str) -> Result<String, Reason> {
    Ok(grouped(&parsed(typed, REFERENCE.0)?, REFERENCE.1, "-"))
}

/// A call code, complete or not, as it is shown while it is typed; `None` if it is shown so already.
pub(super) fn complete_call_code(typed: &str) -> Option<String> {
    complete(typed, CALL_CODE.0, CALL_CODE.1, " ")
}

/// The same of a reference.
pub(super) fn complete_reference(typed: &str) -> Option<String> {
    complete(typed, REFERENCE.0, REFERENCE.1, "-")
}

fn parsed(typed: &str, length: usize) -> Result<String, Reason> {
    let code = canonical(typed);
    if code.is_empty() {
        Err(Reason::Empty)
    } else if !is_code(&code) {
        Err(Reason::Characters)
    } else if code.len() != length {
        Err(Reason::Length)
    } else {
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_code_is_understood_as_it_is_heard() {
        for typed in
            ["K7Q29F", "k7q29f", "K7Q 29F", " k7q-29f ", "K7Q\u{a0}29F", "k 7 q 2 9 f", "K7Q\u{2013}29F"]
        {
            assert_eq!(call_code(typed).as_deref(), Ok("K7Q29F"), "{typed}");
        }
        assert_eq!(call_code("oOiIlL").as_deref(), Ok("001111"));
        assert_eq!(call_code("٠٦12ab").as_deref(), Ok("0612AB"));
    }

    #[test]
    fn impossible_call_code_is_refused_before_it_is_sent() {
        for (typed, reason) in [
            ("", Reason::Empty),
            (" - ", Reason::Empty),
            ("K7Q29", Reason::Length),
            ("K7Q29FF", Reason::Length),
            ("K7Q2-9F4M", Reason::Length),
            ("U7Q29F", Reason::Characters),
            ("K7Q.29F", Reason::Characters),
            ("ＫK7Q29", Reason::Characters),
            ("<b>K7Q", Reason::Characters),
        ] {
            assert_eq!(call_code(typed), Err(reason), "{typed}");
        }
    }

    #[test]
    fn reference_is_sent_as_it_is_shown() {
        for typed in ["K7Q2-9F4M", "k7q29f4m", "K7Q2 9F4M", "k7q2–9f4m"] {
            assert_eq!(reference(typed).as_deref(), Ok("K7Q2-9F4M"), "{typed}");
        }
        assert_eq!(reference("K7Q2-9F4"), Err(Reason::Length));
        assert_eq!(reference(""), Err(Reason::Empty));
    }

    #[test]
    fn text_is_grouped_while_it_is_typed_and_never_lost() {
        for (typed, shown) in [
            ("k", Some("K")),
            ("K7Q", None),
            ("K7Q2", Some("K7Q 2")),
            ("K7Q 29f", Some("K7Q 29F")),
            ("K7Q 29F", None),
            ("K7Q 29F4", None),
            ("K7Q u", None),
            ("", None),
        ] {
            assert_eq!(complete_call_code(typed).as_deref(), shown, "{typed}");
        }
        assert_eq!(complete_reference("k7q29").as_deref(), Some("K7Q2-9"));
        assert_eq!(complete_reference("K7Q2-9F4M"), None);
    }
}
