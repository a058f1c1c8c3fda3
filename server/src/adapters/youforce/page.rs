//! Decodes a response of the API as a page of entries.

use super::config::Fields;
use crate::config::JsonPath;
use crate::ports::hr::Employment;
use serde_json::Value;
use zeroize::Zeroizing;

/// A decoded page, with its link not yet validated.
pub(super) struct DecodedPage {
    pub(super) people: Vec<Employment>,
    pub(super) next: Option<String>,
}

/// Decodes a page; the error describes the problem without quoting the response.
pub(super) fn decode(body: &[u8], fields: &Fields) -> Result<DecodedPage, String> {
    // Only the position from serde's message: the message itself quotes the content.
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        format!("line {} column {}: {:?} error", error.line(), error.column(), error.classify())
    })?;
    let Some(people) = fields.people.find(&value).and_then(Value::as_array) else {
        return Err("no list of persons (see hr.people_field)".to_owned());
    };
    let next = fields.next.text(&value).map_err(|_| "a link to the next page that is not text".to_owned())?;
    let people = people.iter().map(|entry| employment(entry, fields)).collect::<Result<_, _>>()?;
    Ok(DecodedPage { people, next: (!next.is_empty()).then_some(next) })
}

fn employment(entry: &Value, fields: &Fields) -> Result<Employment, String> {
    // Every field of a value that is no object is absent, and a person without values would be read from it.
    if !entry.is_object() {
        return Err("an entry of the list of persons is no object".to_owned());
    }
    let text = |field: &Option<JsonPath>, key: &str| {
        let text = field.as_ref().map(|field| field.text(entry)).transpose();
        text.map(Option::unwrap_or_default).map_err(|_| format!("no text where hr.{key} points to"))
    };
    Ok(Employment {
        username: text(&fields.username, "username_field")?,
        employee_number: text(&fields.employee_number, "employee_number_field")?,
        birthdate: Zeroizing::new(without_midnight(text(&fields.birthdate, "birthdate_field")?)),
        mobiles: mobiles(entry, fields)?,
        since: without_midnight(text(&fields.since, "since_field")?),
    })
}

fn mobiles(entry: &Value, fields: &Fields) -> Result<Vec<Zeroizing<String>>, String> {
    let phones = match fields.phones.find(entry) {
        None => return Ok(Vec::new()),
        Some(phones) => phones.as_array().ok_or("no list where hr.phones_field points to")?,
    };
    let mut mobiles = Vec::new();
    for phone in phones {
        if !phone.is_object() {
            return Err("an entry of the list that hr.phones_field points to is no object".to_owned());
        }
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

/// Removes a midnight time from a date. Any other time of day may mean another local day, so the text is left as it
/// is and will not parse as a date.
fn without_midnight(mut text: String) -> String {
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
    use super::without_midnight;

    #[test]
    fn only_midnight_is_removed_from_a_date() {
        for (text, expected) in [
            ("1984-10-01", "1984-10-01"),
            ("1984-10-01T00:00:00", "1984-10-01"),
            ("1984-10-01T00:00:00.000Z", "1984-10-01"),
            ("1984-09-30T22:00:00Z", "1984-09-30T22:00:00Z"),
            ("1984-10-01T00:00:00+02:00", "1984-10-01T00:00:00+02:00"),
            ("", ""),
        ] {
            assert_eq!(without_midnight(text.to_owned()), expected);
        }
    }
}
