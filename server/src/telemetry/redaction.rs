//! Removes distinguished names from log values. The product logs none; an error text of a library or of another system
//! may contain one.

use std::borrow::Cow;

/// Attribute types that occur at the start of a distinguished name.
const ATTRIBUTES: [&str; 6] = ["cn", "ou", "dc", "uid", "o", "samaccountname"];
const REPLACEMENT: &str = "[removed: a distinguished name]";

/// The text without the first distinguished name and all that follows: where a name ends cannot be known.
pub(super) fn redacted(text: &str) -> Cow<'_, str> {
    match start_of_name(text) {
        Some(start) => Cow::Owned(format!("{}{REPLACEMENT}", text.get(..start).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

fn start_of_name(text: &str) -> Option<usize> {
    text.match_indices('=').find_map(|(equals, _)| {
        let before = text.get(..equals)?.trim_end();
        let start = before.rfind(|character: char| !character.is_ascii_alphanumeric()).map_or(0, |at| {
            at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        });
        let attribute = before.get(start..)?;
        ATTRIBUTES.iter().any(|known| attribute.eq_ignore_ascii_case(known)).then_some(start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguished_name_is_removed_and_other_text_stays() {
        for (text, kept) in [
            (
                "0000208D: NameErr: best match of: 'OU=Zorg,DC=pantein,DC=grp'",
                "0000208D: NameErr: best match of: '",
            ),
            ("no such object <cn = Anna Janssen,ou=x> again", "no such object <"),
            ("CN=Anna Janssen", ""),
            ("é,uid=a.janssen", "é,"),
        ] {
            assert_eq!(redacted(text), format!("{kept}{REPLACEMENT}"));
        }
        for text in ["", "=", "a=b", "key files=2", "https://host/?code=1", "search: result code 32", "foo=1"]
        {
            assert_eq!(redacted(text), text);
        }
    }
}
