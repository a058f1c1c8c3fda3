//! The text of a mail server's reply for the log, without the addresses that servers quote.

use lettre::Address;

/// Longest text, in characters: enough for the reason, which comes first.
const MAX_LENGTH: usize = 100;

/// Replaces a word that contains an address.
const MASK: &str = "[address]";

/// A shorter local part, such as `al`, is part of many words.
const MIN_LOCAL_PART: usize = 3;

/// The sign of an address: `@`, its full-width and small forms, and its encodings in a link (percent), in HTML and in
/// xtext (RFC 3461).
const AT_SIGNS: [&str; 8] = ["@", "\u{ff20}", "\u{fe6b}", "%40", "&#64;", "&#x40;", "&commat;", "+40"];

/// Returns the reply on one line, with each word masked that contains an address or the local part of the recipient's.
/// `reply` is the text of all lines without their codes.
pub(super) fn for_log(reply: &str, recipient: Option<&Address>) -> String {
    let local_part = recipient.map(|recipient| recipient.user().to_lowercase());
    let local_part = local_part.filter(|local_part| local_part.chars().count() >= MIN_LOCAL_PART);
    let visible: String = reply
        .chars()
        .map(|char| if char.is_whitespace() { ' ' } else { char })
        // They could forge lines, hide text in a terminal, or split an address.
        .filter(|char| !char.is_control() && !is_invisible(*char))
        .collect();
    let mask = |word| if names_a_person(word, local_part.as_deref()) { MASK } else { word };
    let mut text = visible.split_whitespace().map(mask).collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = text.char_indices().nth(MAX_LENGTH) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn names_a_person(word: &str, local_part: Option<&str>) -> bool {
    let word = word.to_lowercase();
    AT_SIGNS.iter().any(|sign| word.contains(sign)) || local_part.is_some_and(|part| word.contains(part))
}

/// Format characters: zero width, or changing the direction of text.
fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::for_log;

    #[test]
    fn addresses_and_control_characters_are_removed_from_a_reply() {
        let recipient = "a.janssen@example.org".parse().unwrap();
        for (reply, expected) in [
            ("5.1.1 User unknown", "5.1.1 User unknown"),
            (
                "5.1.1 <a.janssen@example.org>: Recipient address rejected",
                "5.1.1 [address] Recipient address rejected",
            ),
            ("5.1.1 <A.JANSSEN@EXAMPLE.ORG> unknown", "5.1.1 [address] unknown"),
            ("unknown: \"a.janssen@example.org\".", "unknown: [address]"),
            ("RCPT TO:<b.smits@example.net> denied", "RCPT [address] denied"),
            ("see https://example.org/?to=a.janssen%40example.org now", "see [address] now"),
            ("see mailto:x&#64;example.org", "see [address]"),
            ("see x&commat;example.org", "see [address]"),
            ("ORCPT rfc822;x+40example.org", "ORCPT [address]"),
            ("x\u{ff20}example.org unknown", "[address] unknown"),
            ("mailbox a.janssen is full", "mailbox [address] is full"),
            ("/var/mail/A.Janssen: no space", "[address] no space"),
            ("a.jan\u{200b}ssen unknown", "[address] unknown"),
            ("a.jan\u{7}ssen unknown", "[address] unknown"),
            ("line one\r\nERROR line two", "line one ERROR line two"),
            ("a\u{1b}[31mred\u{1b}[0m", "a[31mred[0m"),
            ("  two\t spaces  ", "two spaces"),
            ("\u{202e}txet\u{2066}", "txet"),
            ("Relay access denied for Jos\u{e9}", "Relay access denied for Jos\u{e9}"),
            ("", ""),
        ] {
            assert_eq!(for_log(reply, Some(&recipient)), expected, "{reply:?}");
        }
    }

    #[test]
    fn reply_is_cut_after_masking() {
        let long = format!("{} a.janssen@example.org {}", "x".repeat(95), "é".repeat(50));
        let text = for_log(&long, None);
        assert_eq!(text, format!("{} [add…", "x".repeat(95)));
        assert_eq!(for_log(&"é".repeat(100), None), "é".repeat(100));
        assert_eq!(for_log(&"é".repeat(101), None), format!("{}…", "é".repeat(100)));
    }

    #[test]
    fn short_local_part_masks_no_ordinary_words() {
        let recipient = "al@example.org".parse().unwrap();
        assert_eq!(for_log("mailbox al is invalid", Some(&recipient)), "mailbox al is invalid");
    }
}
