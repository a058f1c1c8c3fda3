//! A received mail, with decoding of headers and text. It supports only the parts of MIME that the product uses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A received mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The name with which the client introduced itself (SMTP `EHLO`).
    pub hello: String,
    /// The sender (SMTP `MAIL FROM`).
    pub from: String,
    /// The recipients (SMTP `RCPT TO`).
    pub to: Vec<String>,
    /// The authenticated user, if any.
    pub user: Option<String>,
    /// Whether the connection was encrypted.
    pub encrypted: bool,
    /// Headers and body, as sent.
    pub raw: String,
}

impl Received {
    /// The value of a header, unfolded and decoded; `None` if it is absent.
    pub fn header(&self, name: &str) -> Option<String> {
        let (headers, _) = self.raw.split_once("\r\n\r\n")?;
        let unfolded = headers.replace("\r\n ", " ").replace("\r\n\t", " ");
        let mut lines = unfolded.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(decode_header(value.trim()))
    }

    /// The names of all headers.
    pub fn header_names(&self) -> Vec<String> {
        let headers = self.raw.split_once("\r\n\r\n").map_or("", |(headers, _)| headers);
        let lines = headers.lines().filter(|line| !line.starts_with([' ', '\t']));
        lines.filter_map(|line| line.split_once(':')).map(|(name, _)| name.to_owned()).collect()
    }

    /// The subject.
    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The decoded text of the body.
    pub fn text(&self) -> String {
        let body = self.raw.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let encoding = self.header("Content-Transfer-Encoding").unwrap_or_default().to_lowercase();
        let bytes = match encoding.as_str() {
            "base64" => {
                let compact: String = body.split_whitespace().collect();
                STANDARD.decode(compact).unwrap_or_default()
            }
            "quoted-printable" => quoted_printable(&body.replace("=\r\n", ""), false),
            _ => body.as_bytes().to_vec(),
        };
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n").trim_end().to_owned()
    }
}

/// Decodes encoded words (RFC 2047), e.g. `=?utf-8?b?…?=`, in a header. Spaces between two encoded words are dropped.
fn decode_header(value: &str) -> String {
    let mut decoded = String::new();
    let mut after_word = false;
    for part in value.split(' ') {
        let word = encoded_word(part);
        let split_word = after_word && word.is_some();
        if !decoded.is_empty() && !split_word {
            decoded.push(' ');
        }
        after_word = word.is_some();
        decoded.push_str(&word.unwrap_or_else(|| part.to_owned()));
    }
    decoded
}

fn encoded_word(part: &str) -> Option<String> {
    let mut fields = part.strip_prefix("=?")?.strip_suffix("?=")?.splitn(3, '?');
    let (_, form, text) = (fields.next()?, fields.next()?, fields.next()?);
    let bytes = if form.eq_ignore_ascii_case("b") {
        STANDARD.decode(text).ok()?
    } else {
        quoted_printable(text, true)
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn quoted_printable(text: &str, underscores: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (*first, pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'=', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'_', _) if underscores => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(headers: &str, body: &str) -> Received {
        let raw = format!("{headers}\r\n\r\n{body}");
        Received { hello: String::new(), from: String::new(), to: vec![], user: None, encrypted: false, raw }
    }

    #[test]
    fn a_subject_is_decoded_in_every_form() {
        for (header, subject) in [
            ("Subject: Hallo", "Hallo"),
            ("To: x\r\nSubject: =?utf-8?b?R8O8bA==?= en =?utf-8?Q?=C3=96_z?=", "Gül en Ö z"),
            ("subject: =?utf-8?b?R8O8?=\r\n =?utf-8?b?bA==?=", "Gül"),
            ("Subject: een\r\n twee", "een twee"),
        ] {
            assert_eq!(mail(header, "").subject(), subject);
        }
    }

    #[test]
    fn a_text_is_decoded_in_every_encoding() {
        let encoded = |encoding: &str| format!("Content-Transfer-Encoding: {encoding}");
        assert_eq!(mail("X: y", "plat\r\n").text(), "plat");
        assert_eq!(mail(&encoded("base64"), "R8O8\r\nbA==\r\n").text(), "Gül");
        assert_eq!(mail(&encoded("quoted-printable"), "G=C3=BCl _=\r\n=3D\r\ntwee").text(), "Gül _=\ntwee");
    }
}
