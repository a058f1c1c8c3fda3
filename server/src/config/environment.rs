//! Environment variables that override settings. The shipped default of a key decides how its variable is read.

use figment::providers::Env;
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

/// The prefix of the variables: `RESET__SECTION__KEY`.
const PREFIX: &str = "RESET__";
/// Separates the parts of a key.
const SEPARATOR: &str = "__";

/// Returns the keys and values of the variables of this process.
pub(super) fn variables() -> Vec<(String, String)> {
    let environment = Env::prefixed(PREFIX).split(SEPARATOR);
    environment.iter().map(|(key, text)| (key.to_string(), text)).collect()
}

/// Overrides the settings with these keys and values.
pub(super) fn merge(figment: Figment, defaults: &Figment, mut variables: Vec<(String, String)>) -> Figment {
    // A table comes before its keys, so that a variable of one key overrides the one of the table.
    variables.sort();
    variables.into_iter().fold(figment, |figment, (key, text)| {
        // Bytes that are not UTF-8 arrive as this character.
        let is_utf8 = !text.contains(char::REPLACEMENT_CHARACTER);
        let read = || read(&text, defaults.find_value(&key).ok().as_ref());
        let value = if is_utf8 { read() } else { Err("UTF-8 text") };
        figment.merge(Variable { key, value })
    })
}

/// One variable.
struct Variable {
    key: String,
    /// The value, or the expected form.
    value: Result<Value, &'static str>,
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        let name = self.key.to_ascii_uppercase().replace('.', SEPARATOR);
        Metadata::named(format!("environment variable {PREFIX}{name}"))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let value = self
            .value
            .clone()
            .map_err(|expected| Error::from(format!("expected {expected}")).with_path(&self.key))?;
        let settings = figment::util::nest(&self.key, value).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(settings))
    }
}

/// Converts a text to a value of the same type as the default. Without a default the brackets decide. A text that is
/// no value of that type remains text, so that the error of the key shows it. An error is the expected form.
fn read(text: &str, default: Option<&Value>) -> Result<Value, &'static str> {
    let text = text.trim();
    match default {
        Some(Value::Bool(..)) => Ok(match unquoted(text).as_str() {
            Some(value) if value.eq_ignore_ascii_case("true") => Value::from(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Value::from(false),
            Some(_) | None => unquoted(text),
        }),
        Some(Value::Num(..)) => {
            let value = unquoted(text);
            let number = value.as_str().and_then(|value| value.parse::<i64>().ok());
            Ok(number.map_or(value, Value::from))
        }
        Some(Value::Array(_, entries)) => list(text, entries.first()),
        Some(Value::Dict(_, fields)) if text.starts_with('{') => table(text, fields),
        Some(Value::Empty(..)) | None if text.starts_with('{') => table(text, &Dict::new()),
        Some(Value::Empty(..)) | None if text.starts_with('[') => list(text, None),
        Some(Value::String(..) | Value::Char(..) | Value::Dict(..) | Value::Empty(..)) | None => {
            Ok(unquoted(text))
        }
    }
}

/// A text in double quotes is read as in TOML; any other text is the value itself.
fn unquoted(text: &str) -> Value {
    if !text.starts_with('"') {
        return text.into();
    }
    // Without quotes, figment would read a number, a list or a table.
    text.parse().unwrap_or_else(|infallible| match infallible {})
}

/// Reads `[a, b]`, or one entry without brackets. An empty text is an empty list.
fn list(text: &str, entry: Option<&Value>) -> Result<Value, &'static str> {
    const FORM: &str = "a list like [\"a\", \"b\"], or one value";
    if text.is_empty() {
        return Ok(Value::from(Vec::<Value>::new()));
    }
    if !text.starts_with('[') {
        return Ok(Value::from(vec![read(text, entry)?]));
    }
    let entries =
        text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).and_then(split).ok_or(FORM)?;
    let entries: Result<Vec<_>, _> = entries.into_iter().map(|text| read(text, entry)).collect();
    Ok(Value::from(entries?))
}

/// Reads `{ name = value, … }`.
fn table(text: &str, defaults: &Dict) -> Result<Value, &'static str> {
    const FORM: &str = "a table like { nl = \"a\", en = \"b\" }";
    let fields =
        text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).and_then(split).ok_or(FORM)?;
    let fields: Result<Dict, &str> = fields
        .into_iter()
        .map(|field| {
            let (name, value) = field.split_once('=').ok_or(FORM)?;
            let name = name.trim().trim_matches('"');
            Ok((name.to_owned(), read(value, defaults.get(name))?))
        })
        .collect();
    Ok(Value::from(fields?))
}

/// Splits at the commas outside of quotes and brackets; the last one may have nothing after it. Returns `None` if a
/// quote or bracket is not closed, or if an entry is missing.
fn split(text: &str) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => {
                parts.push(text.get(start..at)?.trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    let last = text.get(start..)?.trim();
    if !last.is_empty() {
        parts.push(last);
    }
    (!is_quoted && depth == 0 && !parts.contains(&"")).then_some(parts)
}

#[cfg(test)]
mod tests;
