//! Recognises what a file contains in the place of a certificate or private key, and normalises PEM text.

/// What [`describe`] says of a private key that needs a passphrase, which the service cannot ask for.
pub(super) const ENCRYPTED_KEY: &str =
    "an encrypted private key; remove its passphrase: openssl pkey -in FILE -out NEW";
/// What [`describe`] says of another private key.
pub(super) const PRIVATE_KEY: &str = "a private key";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const BEGIN: &[u8] = b"-----BEGIN ";
/// The object identifier 1.2.840.113549.1.7.2, signedData, at the start of a PKCS#7 file.
const PKCS7: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";

/// Whether a file has a PEM block.
pub(super) fn is_pem(content: &[u8]) -> bool {
    find(content, BEGIN).is_some()
}

/// Returns PEM text in the form that each parser reads: one marker a line, without byte order marks, carriage returns
/// and spaces around lines. Files that were copied together have byte order marks in the middle, or no line end.
pub(super) fn pem_text(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(content.len() + 1);
    for line in content.split(|byte| [b'\n', b'\r'].contains(byte)) {
        let mut line = line.trim_ascii();
        while let Some(at) = find(line, BYTE_ORDER_MARK) {
            let (before, rest) = line.split_at(at);
            text.extend_from_slice(before);
            line = rest.get(BYTE_ORDER_MARK.len()..).unwrap_or_default().trim_ascii_start();
        }
        // `-----END CERTIFICATE----------BEGIN CERTIFICATE-----`
        if let (true, Some(at)) = (line.starts_with(b"-----END "), find(line, BEGIN)) {
            let (end, begin) = line.split_at(at);
            text.extend_from_slice(end);
            text.push(b'\n');
            line = begin;
        }
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text
}

/// Returns the labels of the PEM blocks.
pub(super) fn labels(content: &[u8]) -> impl Iterator<Item = &str> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let start = find(rest, BEGIN)? + BEGIN.len();
        let after = rest.get(start..)?;
        let end = find(after, b"-----")?;
        rest = after.get(end..)?;
        Some(after.get(..end).and_then(|label| std::str::from_utf8(label).ok()).unwrap_or_default())
    })
}

/// Returns the content of a file that is one DER sequence.
pub(super) fn der_body(content: &[u8]) -> Option<&[u8]> {
    let (&first, rest) = content.strip_prefix(b"\x30")?.split_first()?;
    if first < 0x80 {
        return (rest.len() == usize::from(first)).then_some(rest);
    }
    let (length, body) = rest.split_at_checked(usize::from(first & 0x7f))?;
    let length = length.iter().try_fold(0_usize, |sum, byte| {
        sum.checked_mul(256).and_then(|sum| sum.checked_add(usize::from(*byte)))
    })?;
    (body.len() == length).then_some(body)
}

/// Says what a file contains, without any of its content.
pub(super) fn describe(content: &[u8]) -> &'static str {
    if content.trim_ascii().is_empty() || content == BYTE_ORDER_MARK {
        return "an empty file";
    }
    if is_utf16(content) {
        return "UTF-16 text; save it as UTF-8";
    }
    if let Some(found) = labels(content).map(describe_label).next() {
        let is_encrypted = find(content, b"Proc-Type: 4,ENCRYPTED").is_some()
            || labels(content).any(|label| label == "ENCRYPTED PRIVATE KEY");
        return if is_encrypted { ENCRYPTED_KEY } else { found };
    }
    let Some(body) = der_body(content) else {
        return if std::str::from_utf8(content).is_ok() { "text without a BEGIN line" } else { "other data" };
    };
    if body.starts_with(PKCS7) {
        return "a PKCS#7 file; convert it: openssl pkcs7 -inform DER -print_certs -in FILE -out NEW";
    }
    match body {
        [2, 1, 3, ..] => "a PKCS#12 file; convert it: openssl pkcs12 -nodes -in FILE -out NEW",
        [2, 1, 0 | 1, ..] => PRIVATE_KEY,
        [0x30, ..] => "other DER data, such as a damaged certificate or an encrypted key",
        _ => "other data",
    }
}

fn describe_label(label: &str) -> &'static str {
    match label {
        "ENCRYPTED PRIVATE KEY" => ENCRYPTED_KEY,
        "CERTIFICATE" => "a certificate",
        "PKCS7" | "CMS" => "a PKCS#7 file; convert it: openssl pkcs7 -print_certs -in FILE -out NEW",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            "a certificate request, not the certificate that the CA issued for it"
        }
        "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => {
            "another kind of certificate block; convert it: openssl x509 -in FILE -out NEW"
        }
        "PUBLIC KEY" | "RSA PUBLIC KEY" => "a public key",
        _ if label.ends_with("PRIVATE KEY") => PRIVATE_KEY,
        _ => "another PEM block",
    }
}

/// Whether a file is text in UTF-16: with a byte order mark, or with a NUL in every character of an ASCII text.
pub(in crate::config) fn is_utf16(content: &[u8]) -> bool {
    let has_mark = content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff");
    let is_half_nul = |skipped: usize| {
        content.len() >= 2
            && content.len().is_multiple_of(2)
            && content.iter().skip(skipped).step_by(2).all(|byte| *byte == 0)
            && content.iter().skip(1 - skipped).step_by(2).all(|byte| *byte != 0)
    };
    has_mark || is_half_nul(0) || is_half_nul(1)
}

fn find(content: &[u8], part: &[u8]) -> Option<usize> {
    content.windows(part.len()).position(|window| window == part)
}
