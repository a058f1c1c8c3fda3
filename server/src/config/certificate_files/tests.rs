//! Tests of the files with certificates and private keys that operators have.

use super::super::tests::{MINIMAL, load};
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair};

struct Pair {
    certificate: String,
    certificate_der: Vec<u8>,
    key: String,
    key_der: Vec<u8>,
    request: String,
}

fn pair() -> Pair {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["reset.example.org".to_owned()]).unwrap();
    let request = params.serialize_request(&key).unwrap().pem().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Pair {
        certificate: certificate.pem(),
        certificate_der: certificate.der().to_vec(),
        key: key.serialize_pem(),
        key_der: key.serialize_der(),
        request,
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<u8> {
    mark.iter().copied().chain(text.encode_utf16().flat_map(to_bytes)).collect()
}

/// The start of a PKCS#7 container (signedData), as one DER sequence.
fn pkcs7() -> Vec<u8> {
    let mut der = b"\x30\x82\x01\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x01\x00".to_vec();
    der.resize(4 + 0x10f, 0);
    der
}

/// The start of a PKCS#12 file (version 3), as one DER sequence.
fn pkcs12() -> Vec<u8> {
    let mut der = b"\x30\x82\x01\x00\x02\x01\x03\x30\x81\xf0".to_vec();
    der.resize(4 + 0x100, 0);
    der
}

fn in_file<T>(content: &[u8], read: impl Fn(&Path) -> Result<T, SettingsError>) -> Result<T, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, content).unwrap();
    read(&file).map_err(|error| error.to_string().replace(&file.display().to_string(), "FILE"))
}

#[test]
fn certificates_are_read_from_every_common_form() {
    let Pair { certificate, certificate_der, key, .. } = &pair();
    let other = pair();
    let crlf = certificate.replace('\n', "\r\n");
    let joined = format!("{}{}", certificate.trim_end(), other.certificate);
    let marked = format!("\u{feff}{certificate}\u{feff}{}", other.certificate);
    let indented = format!("    {}", certificate.replace('\n', "  \n    "));
    for (what, content, count) in [
        ("PEM", certificate.clone().into_bytes(), 1),
        ("CRLF", crlf.clone().into_bytes(), 1),
        ("CR", certificate.replace('\n', "\r").into_bytes(), 1),
        ("byte order mark", format!("\u{feff}{certificate}").into_bytes(), 1),
        ("byte order mark and CRLF", format!("\u{feff}{crlf}").into_bytes(), 1),
        ("two byte order marks", marked.into_bytes(), 2),
        ("text before", format!("subject=CN=x\n  é\n{certificate}").into_bytes(), 1),
        ("other encoding before", [b"Beh\xf6rde\n", certificate.as_bytes()].concat(), 1),
        ("text after", format!("{certificate}\nend\n").into_bytes(), 1),
        ("no last line end", certificate.trim_end().as_bytes().to_vec(), 1),
        ("no line end between", joined.into_bytes(), 2),
        ("two", format!("{certificate}{}", other.certificate).into_bytes(), 2),
        ("indented", indented.into_bytes(), 1),
        ("with its key", format!("{key}{certificate}").into_bytes(), 1),
        ("one line of base64", pem("CERTIFICATE", certificate_der).into_bytes(), 1),
        ("DER", certificate_der.clone(), 1),
    ] {
        let found = in_file(&content, |file| certificates("mail.ca_file", file));
        let found = found.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(found.len(), count, "{what}");
        assert!(found.iter().any(|one| one.as_ref() == certificate_der.as_slice()), "{what}");
    }
}

#[test]
fn file_without_a_usable_certificate_is_refused_with_key_file_and_what_it_contains() {
    let Pair { certificate, certificate_der, key, key_der, request } = &pair();
    let (le, be) = (u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes as fn(u16) -> [u8; 2]);
    let wide = "UTF-16 text; save it as UTF-8";
    let cut_der = certificate_der[..certificate_der.len() - 9].to_vec();
    for (content, found) in [
        (Vec::new(), "an empty file"),
        (b" \r\n".to_vec(), "an empty file"),
        (b"\xef\xbb\xbf".to_vec(), "an empty file"),
        (b"geheim\n".to_vec(), "text without a BEGIN line"),
        (STANDARD.encode(certificate_der).into_bytes(), "text without a BEGIN line"),
        (utf16(certificate, le, b"\xff\xfe"), wide),
        (utf16(certificate, be, b"\xfe\xff"), wide),
        (utf16(certificate, le, b""), wide),
        (utf16(certificate, be, b""), wide),
        (key.clone().into_bytes(), "a private key"),
        (key_der.clone(), "a private key"),
        (pem("RSA PRIVATE KEY", key_der).into_bytes(), "a private key"),
        (
            pem("ENCRYPTED PRIVATE KEY", key_der).into_bytes(),
            "an encrypted private key; remove its passphrase",
        ),
        (request.clone().into_bytes(), "a certificate request"),
        (pem("NEW CERTIFICATE REQUEST", key_der).into_bytes(), "a certificate request"),
        (pem("PUBLIC KEY", key_der).into_bytes(), "a public key"),
        (pem("X509 CRL", key_der).into_bytes(), "another PEM block"),
        (pem("TRUSTED CERTIFICATE", certificate_der).into_bytes(), "another kind of certificate block"),
        (pem("PKCS7", &pkcs7()).into_bytes(), "a PKCS#7 file; convert it: openssl pkcs7 -print_certs"),
        (pem("CMS", &pkcs7()).into_bytes(), "a PKCS#7 file; convert it: openssl pkcs7 -print_certs"),
        (pkcs7(), "a PKCS#7 file; convert it: openssl pkcs7 -inform DER"),
        (pkcs12(), "a PKCS#12 file; convert it: openssl pkcs12"),
        (pem("CERTIFICATE", b"nee").into_bytes(), "a damaged certificate"),
        (pem("CERTIFICATE", &cut_der).into_bytes(), "a damaged certificate"),
        (certificate.replace("-----END", "====END").into_bytes(), "a damaged PEM block"),
        (certificate.replacen('M', "?", 1).into_bytes(), "a damaged PEM block"),
        (cut_der, "other data"),
        (vec![0x89, b'P', b'N', b'G', 0, 0xff], "other data"),
    ] {
        let error = in_file(&content, |file| certificates("directory.ca_file", file)).unwrap_err();
        let expected =
            format!("directory.ca_file: FILE: expected PEM certificates (BEGIN CERTIFICATE), found {found}");
        assert!(error.starts_with(&expected), "{expected}\n{error}");
        assert!(!error.contains("geheim"));
    }
    let missing = certificates("sms.ca_file", Path::new("/nowhere/ca.pem")).unwrap_err().to_string();
    assert!(missing.starts_with("sms.ca_file: /nowhere/ca.pem: "), "{missing}");
}

fn tls(certificate: &[u8], key: &[u8]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = load(MINIMAL).unwrap();
    let file = |name: &str, content: &[u8]| {
        std::fs::write(folder.path().join(name), content).unwrap();
        Some(folder.path().join(name))
    };
    (settings.tls_cert_file, settings.tls_key_file) = (file("cert", certificate), file("key", key));
    let shown =
        |error: SettingsError| error.to_string().replace(&format!("{}/", folder.path().display()), "");
    settings.tls().map(|config| assert!(config.is_some())).map_err(shown)
}

#[test]
fn own_certificate_and_key_are_read_from_every_common_form() {
    let Pair { certificate, certificate_der, key, key_der, .. } = &pair();
    let (certificate_bytes, key_bytes) = (certificate.as_bytes(), key.as_bytes());
    let parameters = pem("EC PARAMETERS", b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07");
    for (certificate, key) in [
        (certificate_bytes.to_vec(), key_bytes.to_vec()),
        (certificate_der.clone(), key_der.clone()),
        (certificate.replace('\n', "\r\n").into_bytes(), key.replace('\n', "\r\n").into_bytes()),
        (format!("\u{feff}{certificate}").into_bytes(), format!("\u{feff}{key}").into_bytes()),
        (format!("{key}{certificate}").into_bytes(), format!("{certificate}{key}").into_bytes()),
        (certificate_bytes.to_vec(), format!("{parameters}{key}").into_bytes()),
        (certificate_bytes.to_vec(), format!("Bag Attributes\n  name: x\n{key}").into_bytes()),
    ] {
        assert_eq!(tls(&certificate, &key), Ok(()));
    }
}

#[test]
fn every_certificate_of_the_chain_must_be_intact() {
    let Pair { certificate, key, .. } = &pair();
    let second = pair();
    let damaged = pem("CERTIFICATE", b"nee");
    let cut = pem("CERTIFICATE", &second.certificate_der[..second.certificate_der.len() - 9]);
    let longer = pem("CERTIFICATE", &[second.certificate_der.as_slice(), b"x"].concat());
    let empty = pem("CERTIFICATE", b"");
    let not_a_certificate = pem("CERTIFICATE", &second.key_der);
    let intact = &second.certificate;
    assert_eq!(tls(format!("{certificate}{intact}{certificate}").as_bytes(), key.as_bytes()), Ok(()));
    for (chain, found) in [
        (format!("{certificate}{damaged}"), "number 2 of 2"),
        (format!("{certificate}{cut}"), "number 2 of 2"),
        (format!("{certificate}{longer}"), "number 2 of 2"),
        (format!("{certificate}{empty}"), "number 2 of 2"),
        (format!("{certificate}{not_a_certificate}"), "number 2 of 2"),
        (format!("{certificate}{damaged}{intact}"), "number 2 of 3"),
        (format!("{certificate}{intact}{damaged}"), "number 3 of 3"),
        (format!("{certificate}{intact}{cut}{damaged}"), "number 3 of 4"),
        (format!("{damaged}{certificate}"), "number 1 of 2"),
    ] {
        let error = tls(chain.as_bytes(), key.as_bytes()).unwrap_err();
        let expected = format!(
            "tls_cert_file: cert: expected PEM certificates (BEGIN CERTIFICATE), found a damaged certificate, {found}"
        );
        assert_eq!(error, expected);
        // A file with trusted authorities may contain one that this program cannot read.
        assert!(in_file(chain.as_bytes(), |file| certificates("mail.ca_file", file)).is_ok(), "{found}");
    }
}

#[test]
fn certificate_outside_of_its_validity_is_a_warning_with_its_number() {
    let issue = |from: i32, to: i32| {
        let mut params = CertificateParams::new(vec!["reset.example.org".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    };
    let (expired, valid, future) = (issue(2020, 2021), issue(2024, 2028), issue(2027, 2028));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cert");
    let mut settings = load(MINIMAL).unwrap();
    let now = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    assert_eq!(settings.certificate_warning(now("2026-06-01T00:00:00Z")), None);
    settings.tls_cert_file = Some(file.clone());
    for (chain, at, expected) in [
        (valid.clone(), "2026-06-01T00:00:00Z", None),
        (format!("{valid}{valid}"), "2026-06-01T00:00:00Z", None),
        (valid.clone(), "2024-01-01T00:00:00Z", None),
        (valid.clone(), "2028-01-01T00:00:00Z", None),
        (
            valid.clone(),
            "2028-01-01T00:00:01Z",
            Some("certificate 1 of 1 has expired at 2028-01-01T00:00:00Z"),
        ),
        (
            valid.clone(),
            "2023-12-31T23:59:59Z",
            Some("certificate 1 of 1 is not valid before 2024-01-01T00:00:00Z"),
        ),
        (
            expired.clone(),
            "2026-06-01T00:00:00Z",
            Some("certificate 1 of 1 has expired at 2021-01-01T00:00:00Z"),
        ),
        (
            future.clone(),
            "2026-06-01T00:00:00Z",
            Some("certificate 1 of 1 is not valid before 2027-01-01T00:00:00Z"),
        ),
        (
            format!("{valid}{expired}"),
            "2026-06-01T00:00:00Z",
            Some("certificate 2 of 2 has expired at 2021-01-01T00:00:00Z"),
        ),
        (
            format!("{valid}{valid}{future}"),
            "2026-06-01T00:00:00Z",
            Some("certificate 3 of 3 is not valid before 2027-01-01T00:00:00Z"),
        ),
        ("no certificate".to_owned(), "2026-06-01T00:00:00Z", None),
    ] {
        std::fs::write(&file, chain).unwrap();
        let expected = expected.map(|reason| format!("{}: {reason}", file.display()));
        assert_eq!(settings.certificate_warning(now(at)), expected, "{at}");
    }
}

#[test]
fn unusable_certificate_or_key_of_the_service_is_refused_with_its_key_and_file() {
    let Pair { certificate, certificate_der, key, key_der, request } = &pair();
    let other = pair();
    let proc_type = key.replacen("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", 1);
    let encrypted =
        "tls_key_file: key: expected a PEM private key (BEGIN PRIVATE KEY), found an encrypted private key";
    let key_expected = |found: &str| {
        format!("tls_key_file: key: expected a PEM private key (BEGIN PRIVATE KEY), found {found}")
    };
    let certificate_expected = |found: &str| {
        format!("tls_cert_file: cert: expected PEM certificates (BEGIN CERTIFICATE), found {found}")
    };
    let (certificate_text, certificate, key) = (certificate, certificate.as_bytes(), key.as_bytes());
    for (certificate, key, expected) in [
        (certificate, pem("ENCRYPTED PRIVATE KEY", key_der).as_bytes(), encrypted.to_owned()),
        (certificate, proc_type.as_bytes(), encrypted.to_owned()),
        (
            certificate,
            format!("{certificate_text}{}", pem("ENCRYPTED PRIVATE KEY", key_der)).as_bytes(),
            encrypted.to_owned(),
        ),
        (certificate, certificate, key_expected("a certificate")),
        (certificate, certificate_der, key_expected("other")),
        (certificate, b"", key_expected("an empty file")),
        (certificate, b"geheim", key_expected("text without a BEGIN line")),
        (certificate, &pkcs12(), key_expected("a PKCS#12 file")),
        (certificate, &utf16(std::str::from_utf8(key).unwrap(), u16::to_le_bytes, b"\xff\xfe"), key_expected("UTF-16")),
        (certificate, pem("PRIVATE KEY", b"nee").replace("bmVl", "b?").as_bytes(), key_expected("a damaged PEM block")),
        (certificate, request.as_bytes(), key_expected("a certificate request")),
        (key, key, certificate_expected("a private key")),
        (request.as_bytes(), key, certificate_expected("a certificate request")),
        (&pkcs12(), key, certificate_expected("a PKCS#12 file")),
        (&pkcs7(), key, certificate_expected("a PKCS#7 file")),
        (b"", key, certificate_expected("an empty file")),
        (
            certificate,
            other.key.as_bytes(),
            "tls_key_file: key: expected the private key of the first certificate in tls_cert_file, found another key"
                .to_owned(),
        ),
        (certificate, pem("PRIVATE KEY", b"nee").as_bytes(), "tls_cert_file: cert, tls_key_file: key: ".to_owned()),
    ] {
        let error = tls(certificate, key).unwrap_err();
        assert!(error.starts_with(&expected), "{expected}\n{error}");
        assert!(!error.contains("geheim"));
    }
}
