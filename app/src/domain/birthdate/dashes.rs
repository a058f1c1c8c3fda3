//! Inserts the dashes into a date while it is typed.

use super::Birthdate;
use crate::domain::typed_text::{is_dash, to_ascii_digit};

/// Inserts the dashes into a date that is typed as digits, so that a phone's number keyboard suffices, and converts
/// digits of other scripts. `None` if there is nothing to change, or if the text has another notation. Call it only after
/// input at the end of the text: otherwise it would move the caret, and restore a dash that was just deleted.
pub fn insert_dashes(text: &str) -> Option<String> {
    let ascii: String = text.chars().map(|c| if is_dash(c) { '-' } else { to_ascii_digit(c) }).collect();
    if !ascii.bytes().all(|sign| sign.is_ascii_digit() || sign == b'-') {
        return None;
    }
    let day_first = insert_dashes_at(&ascii, [2, 2]);
    let complete =
        if is_year_first(&day_first) { insert_dashes_at(&join_year(&ascii), [4, 2]) } else { day_first };
    (complete != text).then_some(complete)
}

/// Whether a date cannot have the day first, because the year was typed first: `19-84-`, `20-05-1001`.
fn is_year_first(day_first: &str) -> bool {
    let parts: Vec<&str> = day_first.split('-').collect();
    let [century @ ("19" | "20"), year, rest @ ..] = parts.as_slice() else { return false };
    let is_complete = rest.first().is_some_and(|rest| rest.len() == 4);
    let no_month = year.len() == 2 && year.parse().is_ok_and(|month: u8| month > 12);
    let iso = || Birthdate::parse_typed(&[*century, *year, &rest.concat()].concat()).is_ok();
    let day_first_fails = || Birthdate::parse_typed(day_first).is_err();
    no_month || (is_complete && day_first_fails() && iso())
}

/// Removes the dashes within the first four digits, the year.
fn join_year(text: &str) -> String {
    let mut digits = 0;
    text.chars()
        .filter(|sign| {
            let is_digit = *sign != '-';
            digits += usize::from(is_digit);
            is_digit || digits >= 4
        })
        .collect()
}

/// Inserts a dash after the given numbers of digits, and keeps a dash that ends a part earlier.
fn insert_dashes_at(text: &str, lengths: [usize; 2]) -> String {
    let mut complete = String::new();
    let mut part_length = 0;
    let mut remaining = lengths.into_iter().peekable();
    for sign in text.chars() {
        if sign == '-' {
            // Ignores a dash that the user types after one was inserted.
            if part_length > 0 && remaining.next().is_some() {
                complete.push('-');
                part_length = 0;
            }
            continue;
        }
        if remaining.next_if(|length| part_length == *length).is_some() {
            complete.push('-');
            part_length = 0;
        }
        complete.push(sign);
        part_length += 1;
    }
    if remaining.next_if(|length| part_length == *length).is_some() {
        complete.push('-');
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_are_inserted_while_digits_are_typed() {
        for (keys, expected) in [
            ("01101984", "01-10-1984"),
            ("01-10-1984", "01-10-1984"),
            ("1-10-1984", "1-10-1984"),
            ("1-2-1984", "1-2-1984"),
            ("19-10-1984", "19-10-1984"),
            ("20-12-2005", "20-12-2005"),
            ("19121984", "19-12-1984"),
            ("19841001", "1984-10-01"),
            ("1984-10-01", "1984-10-01"),
            ("2005-10-01", "2005-10-01"),
            ("20051001", "2005-10-01"),
            ("2013-1-9", "2013-1-9"),
            ("٠١١٠١٩٨٤", "01-10-1984"),
            ("۰۱-۱۰-۱۹۸۴", "01-10-1984"),
            ("０１１０１９８４", "01-10-1984"),
        ] {
            let shown = keys.chars().fold(String::new(), |mut shown, key| {
                shown.push(key);
                insert_dashes(&shown).unwrap_or(shown)
            });
            assert_eq!(shown, expected, "{keys}");
        }
        for other in ["1 okt 1984", "01/10/1984", "01-10-1984", ""] {
            assert_eq!(insert_dashes(other), None, "{other}");
        }
    }
}
