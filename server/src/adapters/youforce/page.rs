//! An answer of the API, read as a page of entries. Not whether a number is one, nor whose an entry is.

use super::config::Fields;
use super::field::Field;
use crate::ports::hr::Employment;
use serde_json::Value;
use zeroize::Zeroizing;

/// What a page says, its link not looked at yet.
pub(super) struct Answer {
    pub(super) people: Vec<Employment>,
    pub(super) next: Option<String>,
}

/// Reads a page; the error says what is wrong with it, without anything of it.
pub(super) fn read(body: &[u8], fields: &Fields) -> Result<Answer, String> {
    // Of serde's message only the place: the message itself quotes the content.
    let value: Value = serde_json::from_slice(body)
        .map_err(|e| format!("line {} column {}: {:?} error", e.line(), e.column(), e.classify()))?;
    let Some(people) = fields.people.of(&value).and_then(Value::as_array) else {
        return Err("no list of persons (see hr.people_field)".to_owned());
    };
    let next = fields.next.text(&value).map_err(|_| "a link to the next page that is no text".to_owned())?;
    let people = people.iter().map(|entry| employed(entry, fields)).collect::<Result<_, _>>()?;
    Ok(Answer { people, next: (!next.is_empty()).then_some(next) })
}

fn employed(entry: &Value, fields: &Fields) -> Result<Employment, String> {
    let text = |field: &Option<Field>, key: &str| {
        let text = field.as_ref().map(|field| field.text(entry)).transpose();
        text.map(Option::unwrap_or_default).map_err(|_| format!("no text where hr.{key} points to"))
    };
    Ok(Employment {
        username: text(&fields.username, "username_field")?,
        employee_number: text(&fields.employee_number, "employee_number_field")?,
        birthdate: Zeroizing::new(day(text(&fields.birthdate, "birthdate_field")?)),
        mobiles: mobiles(entry, fields)?,
        since: day(text(&fields.since, "since_field")?),
    })
}

fn mobiles(entry: &Value, fields: &Fields) -> Result<Vec<Zeroizing<String>>, String> {
    let phones = match fields.phones.of(entry) {
        None => return Ok(Vec::new()),
        Some(phones) => phones.as_array().ok_or("no list where hr.phones_field points to")?,
    };
    let mut mobiles = Vec::new();
    for phone in phones {
        let kind =
            fields.phone_type.text(phone).map_err(|_| "no text where hr.phone_type_field points to")?;
        if kind.eq_ignore_ascii_case(&fields.mobile_type) {
            let number = fields
                .phone_number
                .text(phone)
                .map_err(|_| "no text where hr.phone_number_field points to")?;
            mobiles.push(Zeroizing::new(number));
        }
    }
    Ok(mobiles)
}

/// A date without the midnight that JSON likes to add to it. Another time of day may mean another day here, so it
/// stays, and nobody will read it as a date.
fn day(mut text: String) -> String {
    if let Some((date, time)) = text.split_once('T') {
        let time = time.strip_suffix('Z').unwrap_or(time);
        let fraction = time.strip_prefix("00:00:00");
        let midnight = fraction.is_some_and(|rest| {
            rest.is_empty()
                || rest.strip_prefix('.').is_some_and(|zeros| zeros.bytes().all(|byte| byte == b'0'))
        });
        if midnight {
            text.truncate(date.len());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn only_midnight_is_taken_off_a_date() {
        for (text, expected) in [
            ("1984-10-01", "1984-10-01"),
            ("1984-10-01T00:00:00", "1984-10-01"),
            ("1984-10-01T00:00:00.000Z", "1984-10-01"),
            ("1984-09-30T22:00:00Z", "1984-09-30T22:00:00Z"),
            ("1984-10-01T00:00:00+02:00", "1984-10-01T00:00:00+02:00"),
            ("", ""),
        ] {
            assert_eq!(day(text.to_owned()), expected);
        }
    }
}
