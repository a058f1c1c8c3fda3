//! Mail over a real connection: what encryption and sign-in must be, and which refusal is for good.

use super::world::MAIL;
use end2end::mailbox::{Encryption, Fault, Mailbox, Options};
use end2end::tls::Authority;
use server::adapters::smtp::{Sender, Server, Smtp, SmtpConfig, SmtpConfigError};
use server::ports::health_finding::State;
use server::ports::notifier::{Channel, Message, Transport as _, TransportError};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use zeroize::Zeroizing;

/// A mail server, and what is needed to trust it.
pub(super) struct Post {
    pub(super) mailbox: Mailbox,
    folder: TempDir,
}

impl Post {
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
            server: Server::parse(&self.mailbox.url()).unwrap(),
            sender: Sender::parse("Wachtwoord Reset <noreply@example.org>").unwrap(),
            login: None,
            ca_file: Some(self.ca_file()),
            hello: "reset.example.org".into(),
            // Long enough for any machine; where it is waited for, the test says so.
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

/// Whether it may go later, and what is said of it.
async fn refused(smtp: &Smtp) -> (bool, String) {
    match smtp.send(&message()).await.unwrap_err() {
        TransportError::Later { what, .. } | TransportError::Down { what, .. } => (true, what),
        TransportError::Never { what, .. } => (false, what),
    }
}

#[tokio::test]
async fn a_mail_has_the_headers_that_it_needs_and_no_others() {
    let post = Post::start(Encryption::StartTls, None).await;
    post.smtp().send(&message()).await.unwrap();
    let mail = &post.mailbox.received()[0];
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
async fn whoever_takes_starttls_away_gets_no_mail_and_no_password() {
    let post = Post::start(Encryption::Stripped, Some(("reset", "geheim"))).await;
    let login = Some(("reset".to_owned(), Zeroizing::new("geheim".to_owned())));
    let smtp = Smtp::new(SmtpConfig { login, ..post.config() }).unwrap();
    let (later, what) = refused(&smtp).await;
    assert!(later && what.contains("STARTTLS"), "{what}");
    assert_eq!(post.mailbox.received(), []);
    assert_eq!(smtp.check().await[0].state, State::Bad);
}

#[tokio::test]
async fn a_server_with_another_certificate_gets_no_mail() {
    for encryption in [Encryption::Implicit, Encryption::StartTls] {
        let (post, other) = (Post::start(encryption, None).await, Post::start(encryption, None).await);
        let smtp = Smtp::new(SmtpConfig { ca_file: Some(other.ca_file()), ..post.config() }).unwrap();
        let (later, what) = refused(&smtp).await;
        assert!(later && what.contains("certificate"), "{what}");
        assert_eq!(post.mailbox.received(), []);
    }
}

#[tokio::test]
async fn user_and_password_are_given_where_they_are_wanted() {
    let post = Post::start(Encryption::Implicit, Some(("reset", "geheim"))).await;
    let with = |password: &str| {
        let login = Some(("reset".to_owned(), Zeroizing::new(password.to_owned())));
        Smtp::new(SmtpConfig { login, ..post.config() }).unwrap()
    };
    with("geheim").send(&message()).await.unwrap();
    assert_eq!(post.mailbox.received()[0].user.as_deref(), Some("reset"));
    assert!(with("geheim").check().await[0].detail.contains("takes our password"));
    // Not the recipient's fault: somebody mends the settings, and the mail goes.
    assert_eq!(refused(&with("verkeerd")).await, (true, "it answered 535".to_owned()));
    assert_eq!(refused(&post.smtp()).await, (true, "it answered 530".to_owned()));
    assert_eq!(with("verkeerd").check().await[0].state, State::Bad);
    assert_eq!(post.mailbox.received().len(), 1);
}

#[tokio::test]
async fn only_a_refusal_of_the_message_itself_is_for_good() {
    let post = Post::start(Encryption::Plain, None).await;
    let smtp = post.smtp();
    for (fault, later) in [
        (Fault::Recipient(550), false),
        (Fault::Recipient(551), false),
        (Fault::Recipient(553), false),
        (Fault::RecipientBecause(550, "5.1.1"), false),
        (Fault::RecipientBecause(550, "5.1.10"), false),
        (Fault::Recipient(450), true),
        (Fault::ContentBecause(554, "5.6.0"), false),
        (Fault::ContentBecause(552, "5.3.4"), false),
        (Fault::Content(451), true),
        // What somebody can mend: relaying, a block list, a policy, a full mailbox, our own address.
        (Fault::Recipient(554), true),
        (Fault::Recipient(530), true),
        (Fault::RecipientBecause(554, "5.7.1"), true),
        (Fault::RecipientBecause(550, "5.7.1"), true),
        (Fault::RecipientBecause(550, "5.7.54"), true),
        (Fault::RecipientBecause(554, "5.1.1"), true),
        (Fault::RecipientBecause(550, "5.2.1"), true),
        (Fault::RecipientBecause(550, "5.1.8"), true),
        (Fault::RecipientBecause(553, "5.1.7"), true),
        (Fault::Content(554), true),
        (Fault::Content(552), true),
        (Fault::ContentBecause(550, "5.7.1"), true),
        (Fault::ContentBecause(554, "5.7.1"), true),
        (Fault::ContentBecause(552, "5.2.2"), true),
        (Fault::Sender(550), true),
        (Fault::Sender(421), true),
        (Fault::Drop, true),
        (Fault::Garbage, true),
    ] {
        post.mailbox.set_fault(Some(fault));
        let (may_go_later, what) = refused(&smtp).await;
        assert_eq!(may_go_later, later, "{fault:?}: {what}");
        assert!(!what.contains("janssen"), "{what}");
    }
    assert_eq!(post.mailbox.received(), []);
}

#[tokio::test]
async fn an_address_that_the_server_cannot_take_is_for_good_unless_it_is_ours() {
    let post = Post::start(Encryption::Plain, None).await;
    let sender = Sender::parse("Reset <wachtwoörd@example.org>").unwrap();
    let (later, what) = refused(&Smtp::new(SmtpConfig { sender, ..post.config() }).unwrap()).await;
    assert!(later && what.contains("mail.from"), "{what}");
    let to = Zeroizing::new("gül@example.org".to_owned());
    let error = post.smtp().send(&Message { to, ..message() }).await.unwrap_err();
    assert!(matches!(error, TransportError::Never { .. }), "{error}");
    assert_eq!(post.mailbox.received(), []);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_after_a_while() {
    let post = Post::start(Encryption::Plain, None).await;
    post.mailbox.set_fault(Some(Fault::Hang));
    let smtp = Smtp::new(SmtpConfig { timeout: Duration::from_millis(200), ..post.config() }).unwrap();
    assert_eq!(refused(&smtp).await, (true, "no answer within 200ms".to_owned()));
    assert_eq!(smtp.check().await[0].state, State::Bad);
}

#[tokio::test]
async fn nobody_there_is_told_by_the_check() {
    let post = Post::start(Encryption::Plain, None).await;
    assert_eq!(post.smtp().check().await[0].state, State::Good);
    let smtp = post.smtp();
    let url = post.mailbox.url();
    drop(post);
    let row = smtp.check().await.remove(0);
    assert_eq!((row.state, row.what), (State::Bad, url));
}

#[test]
fn a_file_without_a_certificate_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let config = |ca_file: &PathBuf| SmtpConfig {
        server: Server::parse("smtps://mail.example.org").unwrap(),
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
