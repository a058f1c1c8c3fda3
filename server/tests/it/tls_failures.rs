//! What every TLS client reports about a server whose certificate or port is wrong: host, setting and remedy, with
//! real certificates and real handshakes.
#![expect(clippy::unwrap_used, reason = "tests and their helpers; a panic is a failed test")]

use crate::hr::fields;
use crate::otp_provider;
use end2end::tls::Authority;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use server::adapters::breach_range::{BreachRange, BreachRangeConfig};
use server::adapters::entrust::{Entrust, EntrustConfig};
use server::adapters::entrust_admin::{EntrustAdmin, EntrustAdminConfig};
use server::adapters::ldap::{ActiveDirectory, LdapConfig, OpenLdap};
use server::adapters::sms::{Sms, SmsConfig};
use server::adapters::smtp::{Sender, Smtp, SmtpConfig};
use server::adapters::youforce::{Youforce, YouforceConfig};
use server::config::{HttpsUrl, MailServer};
use server::ports::authenticators::Authenticators as _;
use server::ports::breached_passwords::BreachedPasswords as _;
use server::ports::directory::Directory as _;
use server::ports::health_finding::{Finding, State};
use server::ports::hr::HrSource as _;
use server::ports::notifier::{Channel, Message, Transport as _};
use server::ports::otp_provider::OtpProvider as _;
use server::test_support::ManualClock;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

const HOST: &str = "localhost";
/// Long enough for a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// A server: what it answers, and the authority that its clients trust.
struct Case {
    name: &'static str,
    answer: Answer,
    trusted: String,
    /// Parts of the text that every client must show.
    expected: Vec<&'static str>,
}

enum Answer {
    Certificate(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>),
    /// These bytes, to the first message of the client.
    Bytes(&'static [u8]),
}

fn authority(common_name: &str) -> Issuer {
    let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The parameters of a valid server certificate for `names`.
fn server(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, HOST);
    params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
    params
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::try_from(key.serialize_der()).unwrap()
}

fn issued(params: &CertificateParams, issuer: &Issuer) -> Answer {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    Answer::Certificate(vec![certificate.der().clone()], private(&key))
}

/// A certificate that is its own issuer.
fn self_issued(params: &CertificateParams) -> (Answer, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (Answer::Certificate(vec![certificate.der().clone()], private(&key)), certificate.pem())
}

/// A chain in which a server certificate signed another one.
fn issued_by_a_server(root: &Issuer) -> Answer {
    let middle_key = KeyPair::generate().unwrap();
    let mut params = server(&["middle.example.org"]);
    params.is_ca = IsCa::ExplicitNoCa;
    let middle = CertifiedIssuer::signed_by(params, middle_key, root).unwrap();
    let Answer::Certificate(mut chain, key) = issued(&server(&[HOST]), &middle) else { unreachable!() };
    chain.push(middle.der().clone());
    Answer::Certificate(chain, key)
}

/// Wrong certificates.
fn certificates() -> Vec<Case> {
    let root = authority("Root");
    let trusted = root.pem();
    let case = |name, answer, expected: &[&'static str]| Case {
        name,
        answer,
        trusted: trusted.clone(),
        expected: expected.to_vec(),
    };
    let changed = |change: fn(&mut CertificateParams)| {
        let mut params = server(&[HOST]);
        change(&mut params);
        issued(&params, &root)
    };
    let many: Vec<String> = (1..=7).map(|number| format!("dc{number}.example.org")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let ca_as_server = Answer::Certificate(vec![root.der().clone()], private(root.key()));
    let same_name = authority("Root");
    vec![
        case(
            "common name only",
            issued(&server(&[]), &root),
            &["no subject alternative name", "common name does not count"],
        ),
        case(
            "another name",
            issued(&server(&["dc1.example.org"]), &root),
            &["is for dc1.example.org, not for localhost", "to one of the names in the certificate"],
        ),
        case(
            "many other names",
            issued(&server(&many), &root),
            &["is for dc1.example.org, dc2.example.org,", "dc5.example.org and 2 more, not for localhost"],
        ),
        case(
            "an address only",
            issued(&server(&["127.0.0.1"]), &root),
            &["is for 127.0.0.1, not for localhost"],
        ),
        case(
            "expired",
            changed(|params| params.not_after = date_time_ymd(2021, 3, 4)),
            &["expired at 2021-03-04 00:00 UTC", "renew it on the server"],
        ),
        case(
            "not yet valid",
            changed(|params| params.not_before = date_time_ymd(2121, 3, 4)),
            &["is not valid before 2121-03-04 00:00 UTC", "correct the clock"],
        ),
        case("CA as server", ca_as_server, &["is that of a certificate authority, not of a server"]),
        case("server as CA", issued_by_a_server(&root), &["does not belong to a certificate authority"]),
        case(
            "unknown issuer",
            issued(&server(&[HOST]), &authority("Other")),
            &["put the certificate of the authority"],
        ),
        case(
            "self-signed",
            self_issued(&server(&[HOST])).0,
            &["is not trusted: it is self-signed", "(a self-signed one: itself)"],
        ),
        case("renewed CA", issued(&server(&[HOST]), &same_name), &["replace the authority's certificate"]),
        case(
            "for clients",
            changed(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            &["is not for servers (extended key usage)"],
        ),
    ]
}

/// Answers that are no TLS handshake.
fn other_answers() -> Vec<Case> {
    let trusted = authority("Root").pem();
    let case = |name, bytes, expected: &[&'static str]| Case {
        name,
        answer: Answer::Bytes(bytes),
        trusted: trusted.clone(),
        expected: expected.to_vec(),
    };
    vec![
        case(
            "SMTP without TLS",
            b"220 mail.example.org ESMTP\r\n",
            &["answers without TLS", "is a TLS port"],
        ),
        case("HTTP without TLS", b"HTTP/1.1 400 Bad Request\r\n\r\n", &["answers without TLS"]),
        case(
            "LDAP without TLS",
            b"0\x0c\x02\x01\x01\x61\x07\x0a\x01\x02\x04\x00\x04\x00",
            &["answers without TLS"],
        ),
        case("closed", b"", &["closed the connection during the TLS handshake", "is a TLS port"]),
        // A TLS record with a fatal alert.
        case(
            "TLS 1.0 only",
            b"\x15\x03\x01\x00\x02\x02\x46",
            &["no TLS version or cipher", "enable TLS 1.2"],
        ),
        case("no cipher", b"\x15\x03\x03\x00\x02\x02\x28", &["no TLS version or cipher", "HandshakeFailure"]),
        case("unknown host", b"\x15\x03\x03\x00\x02\x02\x70", &["does not know this name"]),
        case(
            "any other alert",
            b"\x15\x03\x03\x00\x02\x02\x50",
            &["refused the TLS handshake (InternalError)"],
        ),
    ]
}

/// Answers every connection like this; the port.
async fn start(answer: Answer) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = match answer {
        Answer::Bytes(bytes) => Err(bytes),
        Answer::Certificate(chain, key) => {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let builder = rustls::ServerConfig::builder_with_provider(provider);
            let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
            let resolver = Arc::new(rustls::sign::SingleCertAndKey::from(rustls::sign::CertifiedKey::new(
                chain,
                rustls::crypto::ring::sign::any_supported_type(&key).unwrap(),
            )));
            Ok(tokio_rustls::TlsAcceptor::from(Arc::new(builder.with_cert_resolver(resolver))))
        }
    };
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            match &answer {
                // The client ends the handshake; its alert is the error here.
                Ok(acceptor) => drop(acceptor.accept(stream).await),
                Err(bytes) => {
                    let mut hello = [0; 4096];
                    let _ = stream.read(&mut hello).await;
                    let _ = stream.write_all(bytes).await;
                    let _ = stream.shutdown().await;
                }
            }
        }
    });
    port
}

fn bad(rows: &[Finding]) -> String {
    rows.iter().find(|row| row.state == State::Bad).map(|row| row.detail.clone()).unwrap_or_default()
}

fn https(port: u16) -> HttpsUrl {
    HttpsUrl::parse_base(&format!("https://{HOST}:{port}")).unwrap()
}

fn ldap(port: u16, ca: &Path) -> LdapConfig {
    let password = Zeroizing::new("geheim".to_owned());
    let urls = vec![format!("ldaps://{HOST}:{port}")];
    let base = LdapConfig::new(urls, "cn=svc".into(), password, "dc=example,dc=org".into());
    LdapConfig { ca_file: Some(ca.to_owned()), connect_timeout: TIMEOUT, ..base }
}

/// What each client reports: the settings key of its address, that of its trusted certificates, and the text.
async fn reports(port: u16, ca: &Path) -> Vec<(&'static str, &'static str, String)> {
    let ca_file = Some(ca.to_owned());
    let url = format!("https://{HOST}:{port}");
    let ad = ActiveDirectory::new(ldap(port, ca), crate::directory::now()).unwrap();
    let openldap = OpenLdap::new(ldap(port, ca), crate::directory::now()).unwrap();
    let config = EntrustConfig { ca_file: ca_file.clone(), ..otp_provider::config(&url) };
    let entrust = Entrust::new(config).unwrap();
    let config = EntrustAdminConfig::new(&url, "id", "secret".to_owned());
    let config =
        EntrustAdminConfig { ca_file: ca_file.clone(), timeout: TIMEOUT, connect_timeout: TIMEOUT, ..config };
    let admin = EntrustAdmin::new(config, Arc::new(jiff::Timestamp::default)).unwrap();
    let smtp = Smtp::new(SmtpConfig {
        server: MailServer::parse(&format!("smtps://{HOST}:{port}")).unwrap(),
        sender: Sender::parse("noreply@example.org").unwrap(),
        login: None,
        ca_file: ca_file.clone(),
        hello: "reset.example.org".into(),
        timeout: TIMEOUT,
    });
    let sms = Sms::new(SmsConfig {
        gateway: https(port),
        token: None,
        sender: "Pantein".into(),
        ca_file: ca_file.clone(),
        timeout: TIMEOUT,
    });
    let hr = |base: HttpsUrl, token_url: HttpsUrl| {
        let config = YouforceConfig {
            base,
            token_url,
            persons_path: "/persons".into(),
            client_id: "id".into(),
            client_secret: Zeroizing::new("secret".to_owned()),
            tenant_id: String::new(),
            tenant_header: None,
            scope: String::new(),
            calls_per_minute: 90,
            fields: fields(),
            ca_file: ca_file.clone(),
            timeout: TIMEOUT,
        };
        Youforce::new(config, Arc::new(ManualClock::at(jiff::Timestamp::default()))).unwrap()
    };
    let config = BreachRangeConfig { url: https(port), ca_file: ca_file.clone(), timeout: TIMEOUT };
    let range = BreachRange::new(config).unwrap();
    let sms_error = sms.unwrap().send(&message()).await.unwrap_err().to_string();
    vec![
        ("directory.urls", "directory.ca_file", bad(&ad.check().await)),
        ("directory.urls", "directory.ca_file", bad(&openldap.check().await)),
        ("entrust.url", "entrust.ca_file", bad(&entrust.check().await)),
        ("entrust.url", "entrust.ca_file", bad(&admin.check().await)),
        ("mail.url", "mail.ca_file", bad(&smtp.unwrap().check().await)),
        ("sms.url", "sms.ca_file", sms_error),
        ("hr.token_url", "hr.ca_file", bad(&hr(https(port), https(port)).check().await)),
        ("breached.range_url", "breached.range_ca_file", bad(&range.check().await)),
    ]
}

fn message() -> Message {
    Message {
        channel: Channel::Sms,
        to: Zeroizing::new("+31612345678".to_owned()),
        subject: String::new(),
        text: Zeroizing::new("Hallo".to_owned()),
    }
}

#[tokio::test]
async fn every_tls_client_explains_a_failed_handshake() {
    for case in certificates().into_iter().chain(other_answers()) {
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, &case.trusted).unwrap();
        let port = start(case.answer).await;
        for (address_key, ca_key, text) in reports(port, &ca).await {
            for part in case.expected.iter().copied().chain([HOST, address_key]) {
                assert!(text.contains(part), "{}: no «{part}» in: {text}", case.name);
            }
            let other_keys = [
                "directory.ca_file",
                "entrust.ca_file",
                "mail.ca_file",
                "sms.ca_file",
                "hr.ca_file",
                "breached.range_ca_file",
            ];
            let other_key = other_keys.into_iter().find(|key| *key != ca_key && text.contains(key));
            assert_eq!(other_key, None, "{}: {text}", case.name);
            for library_text in ["invalid peer certificate", "UnknownIssuer", "(UNIX)", "DnsName"] {
                assert!(!text.contains(library_text), "{}: {text}", case.name);
            }
        }
    }
}

#[tokio::test]
async fn valid_certificate_and_refused_connection_are_no_tls_failure() {
    let trust = Authority::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, trust.pem()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for (key, _, text) in reports(port, &ca).await {
        assert!(text.contains("refused") && !text.contains("certificate"), "{key}: {text}");
    }
}

#[tokio::test]
async fn remedy_for_a_self_signed_certificate_works() {
    let (answer, pem) = self_issued(&server(&[HOST]));
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let port = start(answer).await;
    for (key, _, text) in reports(port, &ca).await {
        // The server closes the connection after the handshake.
        assert!(!text.is_empty() && !text.contains("the certificate of"), "{key}: {text}");
    }
}
