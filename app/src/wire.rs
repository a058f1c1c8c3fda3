//! How the browser reads what the server writes: JSON in the form in which the browser's own parser hands it over.
//! Not the form itself: that is serde's, at each type; a test per type holds the two together. serde's reading of
//! them and its JSON parser would be a quarter of the browser's program.

mod registration;
mod reset;
mod site;

use wasm_bindgen::JsValue;

/// A JSON value.
#[derive(Debug)]
pub(crate) enum Value {
    /// Also what is not JSON.
    Null,
    Flag(bool),
    Number(f64),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// What can be read; `None` where a part is missing or of another kind.
pub(crate) trait Read: Sized {
    fn read(value: &Value) -> Option<Self>;
}

impl Value {
    /// What the browser's parser gave.
    pub(crate) fn of(value: &JsValue) -> Self {
        if let Some(text) = value.as_string() {
            Self::Text(text)
        } else if let Some(number) = value.as_f64() {
            Self::Number(number)
        } else if let Some(flag) = value.as_bool() {
            Self::Flag(flag)
        } else if js_sys::Array::is_array(value) {
            Self::List(js_sys::Array::from(value).iter().map(|item| Self::of(&item)).collect())
        } else if value.is_object() {
            let keys = js_sys::Reflect::own_keys(value).unwrap_or_default();
            let pair = |key: JsValue| {
                let held = js_sys::Reflect::get(value, &key).unwrap_or(JsValue::NULL);
                Some((key.as_string()?, Self::of(&held)))
            };
            Self::Object(keys.iter().filter_map(pair).collect())
        } else {
            Self::Null
        }
    }

    /// The text of a data block of the page, or of an answer.
    pub(crate) fn parse(text: &str) -> Self {
        js_sys::JSON::parse(text).map_or(Self::Null, |value| Self::of(&value))
    }

    /// A part of an object; what is not there is null.
    fn at(&self, key: &str) -> &Self {
        match self {
            Self::Object(pairs) => {
                pairs.iter().find(|(name, _)| name == key).map_or(&Self::Null, |pair| &pair.1)
            }
            Self::Null | Self::Flag(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => &Self::Null,
        }
    }

    fn get<T: Read>(&self, key: &str) -> Option<T> {
        T::read(self.at(key))
    }

    fn str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Null | Self::Flag(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => "",
        }
    }

    /// A flag that is left out where it does not hold.
    fn flag(&self, key: &str) -> bool {
        matches!(self.at(key), Self::Flag(true))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction or a sign makes another number of it, which is refused"
    )]
    fn whole(&self) -> Option<u64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "compared with what it came from")]
            #[expect(clippy::float_cmp, reason = "a whole number is itself")]
            Self::Number(number) if *number as u64 as f64 == *number => Some(*number as u64),
            Self::Number(_)
            | Self::Null
            | Self::Flag(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Object(_) => None,
        }
    }
}

impl Read for u64 {
    fn read(value: &Value) -> Option<Self> {
        value.whole()
    }
}

impl Read for u32 {
    fn read(value: &Value) -> Option<Self> {
        value.whole()?.try_into().ok()
    }
}

impl Read for u16 {
    fn read(value: &Value) -> Option<Self> {
        value.whole()?.try_into().ok()
    }
}

impl Read for bool {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Flag(flag) => Some(*flag),
            Value::Null | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => None,
        }
    }
}

impl Read for String {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.clone()),
            Value::Null | Value::Flag(_) | Value::Number(_) | Value::List(_) | Value::Object(_) => None,
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::List(items) => items.iter().map(T::read).collect(),
            Value::Null | Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::Object(_) => None,
        }
    }
}

/// `None` is null or not there; what is there must be readable.
impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            Value::Flag(_) | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => {
                T::read(value).map(Some)
            }
        }
    }
}

#[cfg(test)]
mod tests;
