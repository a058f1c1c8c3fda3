//! Tests of address parsing and of header injection. The exchange is tested against a server in the integration
//! tests.

use super::*;

fn smtp(from: &str) -> Smtp {
    Smtp::new(SmtpConfig {
        server: MailServer::parse("smtp+plain://127.0.0.1:25").unwrap(),
        sender: Sender::parse(from).unwrap(),
        login: None,
        ca_file: None,
        hello: "reset.example.org".into(),
        timeout: Duration::from_secs(1),
    })
    .unwrap()
}

fn mail(subject: &str, text: &str) -> Message {
    Message {
        channel: Channel::Mail,
        to: Zeroizing::new("a.janssen@example.org".into()),
        subject: subject.into(),
        text: Zeroizing::new(text.into()),
    }
}

#[test]
fn server_url_determines_host_port_and_encryption() {
    for (text, host, port, tls) in [
        ("smtps://mail.example.org", "mail.example.org", 465, MailTls::Implicit),
        ("smtp://mail.example.org/", "mail.example.org", 587, MailTls::StartTls),
        ("smtp://mail.example.org:25", "mail.example.org", 25, MailTls::StartTls),
        ("smtps://[2001:db8::1]:2465", "2001:db8::1", 2465, MailTls::Implicit),
        ("smtps://[2001:db8::1]", "2001:db8::1", 465, MailTls::Implicit),
        ("smtp+plain://localhost:2525", "localhost", 2525, MailTls::None),
        ("smtp+plain://[::1]", "::1", 25, MailTls::None),
    ] {
        let server = MailServer::parse(text).unwrap();
        assert_eq!((server.host(), server.port(), server.tls()), (host, port, tls), "{text}");
    }
}

#[test]
fn plain_smtp_is_accepted_for_loopback_only() {
    for text in [
        "smtp+plain://mail.example.org",
        "smtp+plain://127.0.0.1.example.org",
        "smtp+plain://192.168.1.4:25",
        "mail.example.org",
        "https://mail.example.org",
        "smtps://user:secret@mail.example.org",
        "smtps://mail.example.org/path",
        "smtps://mail.example.org:port",
        "smtps://mail.example.org:0",
        "smtps://",
        "",
    ] {
        assert!(MailServer::parse(text).is_err(), "{text}");
    }
}

#[test]
fn sender_is_a_single_address_without_line_breaks() {
    for good in ["noreply@example.org", "Wachtwoord Reset <noreply@example.org>", "\"Müller, José\" <x@y.nl>"]
    {
        assert!(Sender::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "noreply",
        "Reset <noreply@example.org>\r\nBcc: thief@example.net",
        "Reset\nBcc: <noreply@example.org>",
        "a@example.org, b@example.org",
    ] {
        assert!(Sender::parse(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn recipient_with_a_line_break_is_refused_permanently() {
    for to in [
        "a@example.org\r\nBcc: thief@example.net",
        "a@example.org\r\nRCPT TO:<thief@example.net>",
        "a@example.org>\r\nDATA",
        "a@example.org, thief@example.net",
        "\"a\r\n\"@example.org",
        "a@exa\nmple.org",
        "",
    ] {
        let message = Message { to: Zeroizing::new(to.into()), ..mail("x", "y") };
        let error = smtp("noreply@example.org").send(&message).await.unwrap_err();
        // Refused before a connection is opened: no server listens there.
        let TransportError::Permanent { what, .. } = error else { panic!("{to}: {error}") };
        assert_eq!(what, "this is no mail address");
    }
}

#[test]
fn line_break_in_a_subject_adds_no_header() {
    for subject in ["Hallo\r\nBcc: thief@example.net", "Hallo\nBcc: thief@example.net", "Hé\r\nBcc: x@y.nl"]
    {
        let transport = smtp("Reset <noreply@example.org>");
        let to = "a.janssen@example.org".parse().unwrap();
        let mail = transport.compose(&to, &mail(subject, "tekst"), transport.message_id([7; 16])).unwrap();
        let mail = String::from_utf8(mail).unwrap();
        let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
        assert!(headers.lines().all(|line| !line.to_lowercase().starts_with("bcc")), "{headers}");
        assert!(headers.contains("Auto-Submitted: auto-generated") && headers.contains("Message-ID: "));
    }
}

#[test]
fn sender_name_with_special_characters_stays_one_name() {
    let transport = smtp("\"Müller, José\" <noreply@example.org>");
    let to = "a.janssen@example.org".parse().unwrap();
    let mail = String::from_utf8(
        transport.compose(&to, &mail("Hallo", "tekst"), transport.message_id([7; 16])).unwrap(),
    )
    .unwrap();
    let from: Vec<&str> = mail.lines().filter(|line| line.starts_with("From:")).collect();
    assert_eq!(from.len(), 1, "{mail}");
    assert!(from[0].contains("<noreply@example.org>"), "{mail}");
}
