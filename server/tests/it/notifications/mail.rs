//! The SMTP transport over a real connection: encryption, authentication, and which refusals are permanent.

use super::world::MAIL;
use end2end::mailbox::{Encryption, Fault, Mailbox, Options};
use end2end::tls::Authority;
use server::adapters::smtp::{Sender, Smtp, SmtpConfig, SmtpConfigError};
use server::config::MailServer;
use server::ports::health_finding::State;
use server::ports::notifier::{Channel, Message, Transport as _, TransportError};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use zeroize::Zeroizing;

/// A mail server with the certificate of its authority.
pub(super) struct TestMailServer {
    pub(super) mailbox: Mailbox,
    folder: TempDir,
}

impl TestMailServer {
    pub(super) async fn start(encryption: Encryption, login: Option<(&str, &str)>) -> Self {
        let authority = Authority::new().unwrap();
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let mailbox = Mailbox::start(Options { encryption, login }, &authority).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        Self { mailbox, folder }
    }

    fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub(super) fn config(&self) -> SmtpConfig {
        SmtpConfig {
            server: MailServer::parse(&self.mailbox.url()).unwrap(),
            sender: Sender::parse("Wachtwoord Reset <noreply@example.org>").unwrap(),
            login: None,
            ca_file: Some(self.ca_file()),
            hello: "reset.example.org".into(),
            // Long enough for a busy machine; tests of the timeout set a shorter one.
            timeout: Duration::from_mins(1),
        }
    }

    pub(super) fn smtp(&self) -> Smtp {
        Smtp::new(self.config()).unwrap()
    }
}

fn message() -> Message {
    Message {
        channel: Channel::Mail,
        to: Zeroizing::new(MAIL.into()),
        subject: "Je wachtwoord is opnieuw ingesteld".into(),
        text: Zeroizing::new("Hallo".into()),
    }
}

/// Sends a message that must fail. Returns whether it may be retried, and the error text.
async fn delivery_error(smtp: &Smtp) -> (bool, String) {
    match smtp.send(&message()).await.unwrap_err() {
        TransportError::Temporary { what, .. } | TransportError::Unavailable { what, .. } => (true, what),
        TransportError::Permanent { what, .. } => (false, what),
    }
}

#[tokio::test]
async fn mail_has_the_required_headers_and_no_others() {
    let mail_server = TestMailServer::start(Encryption::StartTls, None).await;
    mail_server.smtp().send(&message()).await.unwrap();
    let mail = &mail_server.mailbox.received()[0];
    assert!(mail.encrypted);
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("noreply@example.org", &[MAIL.to_owned()][..]));
    assert_eq!(mail.subject(), "Je wachtwoord is opnieuw ingesteld");
    assert_eq!(mail.header("From").unwrap(), "\"Wachtwoord Reset\" <noreply@example.org>");
    assert_eq!(mail.header("To").unwrap(), MAIL);
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert!(mail.header("Content-Type").unwrap().starts_with("text/plain; charset=utf-8"));
    let mut names = mail.header_names();
    names.sort();
    assert_eq!(
        names,
        [
            "Auto-Submitted",
            "Content-Transfer-Encoding",
            "Content-Type",
            "Date",
            "From",
            "MIME-Version",
            "Message-ID",
            "Subject",
            "To"
        ]
    );
}

#[tokio::test]
async fn greeting_and_message_id_carry_the_configured_name() {
    for (encryption, hello) in [
        (Encryption::Plain, "reset.example.org"),
        (Encryption::StartTls, "srv1.pantein.example"),
        (Encryption::Implicit, "xn--wachtword-67a.example"),
        (Encryption::Plain, "[192.0.2.1]"),
    ] {
        let mail_server = TestMailServer::start(encryption, None).await;
        let smtp = Smtp::new(SmtpConfig { hello: hello.into(), ..mail_server.config() }).unwrap();
        smtp.send(&message()).await.unwrap();
        smtp.send(&message()).await.unwrap();
        let mails = mail_server.mailbox.received();
        let ids: Vec<String> = mails.iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
        for (mail, id) in mails.iter().zip(&ids) {
            assert_eq!(mail.hello, hello);
            assert!(id.starts_with('<') && id.ends_with(&format!("@{hello}>")), "{id}");
        }
        assert_ne!(ids[0], ids[1]);
    }
}

#[tokio::test]
async fn stripped_starttls_prevents_sending_mail_and_password() {
    let mail_server = TestMailServer::start(Encryption::Stripped, Some(("reset", "geheim"))).await;
    let login = Some(("reset".to_owned(), Zeroizing::new("geheim".to_owned())));
    let smtp = Smtp::new(SmtpConfig { login, ..mail_server.config() }).unwrap();
    let (later, what) = delivery_error(&smtp).await;
    assert!(later && what.contains("STARTTLS"), "{what}");
    assert_eq!(mail_server.mailbox.received(), []);
    assert_eq!(smtp.check().await[0].state, State::Bad);
}

#[tokio::test]
async fn server_with_an_untrusted_certificate_receives_no_mail() {
    for encryption in [Encryption::Implicit, Encryption::StartTls] {
        let (mail_server, other) =
            (TestMailServer::start(encryption, None).await, TestMailServer::start(encryption, None).await);
        let smtp = Smtp::new(SmtpConfig { ca_file: Some(other.ca_file()), ..mail_server.config() }).unwrap();
        let (later, what) = delivery_error(&smtp).await;
        assert!(later && what.contains("certificate"), "{what}");
        assert_eq!(mail_server.mailbox.received(), []);
    }
}

#[tokio::test]
async fn credentials_are_sent_to_a_server_that_requires_them() {
    let mail_server = TestMailServer::start(Encryption::Implicit, Some(("reset", "geheim"))).await;
    let with = |password: &str| {
        let login = Some(("reset".to_owned(), Zeroizing::new(password.to_owned())));
        Smtp::new(SmtpConfig { login, ..mail_server.config() }).unwrap()
    };
    with("geheim").send(&message()).await.unwrap();
    assert_eq!(mail_server.mailbox.received()[0].user.as_deref(), Some("reset"));
    assert!(with("geheim").check().await[0].detail.contains("accepts the credentials"));
    // A configuration error: the mail can be sent after the settings are corrected.
    assert_eq!(
        delivery_error(&with("verkeerd")).await,
        (true, "it answered 535 wrong user or password".to_owned())
    );
    assert_eq!(delivery_error(&mail_server.smtp()).await, (true, "it answered 530 sign in first".to_owned()));
    assert_eq!(with("verkeerd").check().await[0].state, State::Bad);
    assert_eq!(mail_server.mailbox.received().len(), 1);
}

#[tokio::test]
async fn only_a_refusal_of_the_message_itself_is_permanent() {
    let mail_server = TestMailServer::start(Encryption::Plain, None).await;
    let smtp = mail_server.smtp();
    for (fault, later) in [
        (Fault::Recipient(550), false),
        (Fault::Recipient(551), false),
        (Fault::Recipient(553), false),
        (Fault::RecipientWithStatus(550, "5.1.1"), false),
        (Fault::RecipientWithStatus(550, "5.1.10"), false),
        (Fault::Recipient(450), true),
        (Fault::ContentWithStatus(554, "5.6.0"), false),
        (Fault::ContentWithStatus(552, "5.3.4"), false),
        (Fault::Content(451), true),
        // Causes that can be corrected: relaying, a block list, a policy, a full mailbox, the sender address.
        (Fault::Recipient(554), true),
        (Fault::Recipient(530), true),
        (Fault::RecipientWithStatus(554, "5.7.1"), true),
        (Fault::RecipientWithStatus(550, "5.7.1"), true),
        (Fault::RecipientWithStatus(550, "5.7.54"), true),
        (Fault::RecipientWithStatus(554, "5.1.1"), true),
        (Fault::RecipientWithStatus(550, "5.2.1"), true),
        (Fault::RecipientWithStatus(550, "5.1.8"), true),
        (Fault::RecipientWithStatus(553, "5.1.7"), true),
        (Fault::Content(554), true),
        (Fault::Content(552), true),
        (Fault::ContentWithStatus(550, "5.7.1"), true),
        (Fault::ContentWithStatus(554, "5.7.1"), true),
        (Fault::ContentWithStatus(552, "5.2.2"), true),
        (Fault::Sender(550), true),
        (Fault::Sender(421), true),
        (Fault::Drop, true),
        (Fault::Garbage, true),
    ] {
        mail_server.mailbox.set_fault(Some(fault));
        let (is_temporary, what) = delivery_error(&smtp).await;
        assert_eq!(is_temporary, later, "{fault:?}: {what}");
        assert!(!what.contains("janssen"), "{what}");
    }
    assert_eq!(mail_server.mailbox.received(), []);
}

#[tokio::test]
async fn refusal_is_reported_with_the_text_of_the_server_and_without_the_address() {
    let mail_server = TestMailServer::start(Encryption::Plain, None).await;
    let smtp = mail_server.smtp();
    for (reply, expected) in [
        (&["550 5.1.1 User unknown"][..], "it answered 550 5.1.1 User unknown"),
        (&["550 <{to}>: Recipient address rejected"], "it answered 550 [address] Recipient address rejected"),
        (
            &["550-5.1.1 <{to}> unknown", "550 5.1.1 see help"],
            "it answered 550 5.1.1 [address] unknown see help",
        ),
        (&["450-4.2.1 first", "450-second", "450 third"], "it answered 450 4.2.1 first second third"),
        (&["554 5.7.1 {to}: Relay access denied"], "it answered 554 5.7.1 [address] Relay access denied"),
        (
            &["450 4.7.1 from b.smits@example.net to {to}"],
            "it answered 450 4.7.1 from [address] to [address]",
        ),
        (&["550 \u{1b}[31mno\u{7}"], "it answered 550 [31mno"),
        (&["550 "], "it answered 550"),
    ] {
        mail_server.mailbox.set_fault(Some(Fault::RecipientReply(reply)));
        assert_eq!(delivery_error(&smtp).await.1, expected, "{reply:?}");
    }
    for (fault, expected) in [
        (Fault::Sender(553), "it answered 553 not from you"),
        (Fault::Content(451), "it answered 451 not this"),
        (Fault::ContentWithStatus(554, "5.6.0"), "it answered 554 5.6.0 not this"),
    ] {
        mail_server.mailbox.set_fault(Some(fault));
        assert_eq!(delivery_error(&smtp).await.1, expected, "{fault:?}");
    }
}

#[tokio::test]
async fn unsupported_recipient_address_is_permanent_and_sender_address_is_not() {
    let mail_server = TestMailServer::start(Encryption::Plain, None).await;
    let sender = Sender::parse("Reset <wachtwoörd@example.org>").unwrap();
    let (later, what) =
        delivery_error(&Smtp::new(SmtpConfig { sender, ..mail_server.config() }).unwrap()).await;
    assert!(later && what.contains("mail.from"), "{what}");
    let to = Zeroizing::new("gül@example.org".to_owned());
    let error = mail_server.smtp().send(&Message { to, ..message() }).await.unwrap_err();
    assert!(matches!(error, TransportError::Permanent { .. }), "{error}");
    assert_eq!(mail_server.mailbox.received(), []);
}

#[tokio::test]
async fn silent_mail_server_times_out() {
    let mail_server = TestMailServer::start(Encryption::Plain, None).await;
    mail_server.mailbox.set_fault(Some(Fault::Hang));
    let smtp = Smtp::new(SmtpConfig { timeout: Duration::from_millis(200), ..mail_server.config() }).unwrap();
    assert_eq!(delivery_error(&smtp).await, (true, "no answer within 200ms".to_owned()));
    assert_eq!(smtp.check().await[0].state, State::Bad);
}

#[tokio::test]
async fn check_reports_an_unreachable_mail_server() {
    let mail_server = TestMailServer::start(Encryption::Plain, None).await;
    assert_eq!(mail_server.smtp().check().await[0].state, State::Good);
    let smtp = mail_server.smtp();
    let url = mail_server.mailbox.url();
    drop(mail_server);
    let row = smtp.check().await.remove(0);
    assert_eq!((row.state, row.what), (State::Bad, url));
}

#[test]
fn ca_file_without_a_certificate_is_refused_at_startup() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let config = |ca_file: &PathBuf| SmtpConfig {
        server: MailServer::parse("smtps://mail.example.org").unwrap(),
        sender: Sender::parse("noreply@example.org").unwrap(),
        login: None,
        ca_file: Some(ca_file.clone()),
        hello: "reset.example.org".into(),
        timeout: Duration::from_secs(1),
    };
    assert!(matches!(Smtp::new(config(&file)), Err(SmtpConfigError::Trust(_))));
    for text in ["", "geheim", "-----BEGIN CERTIFICATE-----\nnee\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&file, text).unwrap();
        assert!(Smtp::new(config(&file)).is_err(), "{text}");
    }
}
