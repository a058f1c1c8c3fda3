//! The contract suite of transports, run on the fake, and on mail and SMS over real connections.

use super::mail::TestMailServer;
use end2end::mailbox::{Encryption, Fault, Gateway, SmsFault};
use server::adapters::sms::{self, Sms};
use server::ports::notifier::{Channel, Message, Transport, TransportError};
use server::test_support::notifier::{FakeFailure, FakeTransport};
use std::time::Duration;
use zeroize::Zeroizing;

/// A transport with its server: sets a failure of the server, and lists the recipient and text of received messages.
struct TransportUnderTest {
    transport: Box<dyn Transport>,
    set_failure: Box<dyn Fn(FakeFailure)>,
    received: Box<dyn Fn() -> Vec<(String, String)>>,
}

pub(super) fn sms_transport(server: &Gateway, token: Option<&str>, timeout: Duration) -> Sms {
    Sms::new(sms::SmsConfig {
        gateway: server::config::HttpsUrl::parse(server.url()).unwrap(),
        token: token.map(|token| Zeroizing::new(token.to_owned())),
        sender: "Pantein".into(),
        ca_file: None,
        timeout,
    })
    .unwrap()
}

fn fake(channel: Channel) -> TransportUnderTest {
    let fake = std::sync::Arc::new(FakeTransport::new(channel));
    let (server, inbox) = (fake.clone(), fake.clone());
    TransportUnderTest {
        transport: Box::new(Shared(fake)),
        set_failure: Box::new(move |failure| server.set(failure)),
        received: Box::new(move || {
            let messages = inbox.sent();
            messages.iter().map(|message| (message.to.to_string(), message.text.to_string())).collect()
        }),
    }
}

/// The fake as a transport, shared with the test.
struct Shared(std::sync::Arc<FakeTransport>);

#[async_trait::async_trait]
impl Transport for Shared {
    fn channel(&self) -> Channel {
        self.0.channel()
    }

    async fn send(&self, message: &Message) -> Result<(), TransportError> {
        self.0.send(message).await
    }

    async fn check(&self) -> Vec<server::ports::health_finding::Finding> {
        self.0.check().await
    }
}

async fn real_mail(encryption: Encryption) -> TransportUnderTest {
    let mail_server = TestMailServer::start(encryption, None).await;
    let (mailbox, inbox) = (mail_server.mailbox.clone(), mail_server.mailbox.clone());
    TransportUnderTest {
        transport: Box::new(mail_server.smtp()),
        set_failure: Box::new(move |failure| {
            mailbox.set_fault(match failure {
                FakeFailure::None => None,
                FakeFailure::Unavailable => Some(Fault::Drop),
                FakeFailure::Temporary => Some(Fault::Recipient(450)),
                FakeFailure::Permanent => Some(Fault::Recipient(550)),
            });
        }),
        received: Box::new(move || {
            let mails = inbox.received();
            mails.iter().map(|mail| (mail.to.join(","), mail.text())).collect()
        }),
    }
}

async fn real_sms() -> TransportUnderTest {
    let server = Gateway::start(Some("geheim")).await.unwrap();
    let (gateway, inbox) = (server.clone(), server.clone());
    TransportUnderTest {
        transport: Box::new(sms_transport(&server, Some("geheim"), Duration::from_mins(1))),
        set_failure: Box::new(move |failure| {
            gateway.set_fault(match failure {
                FakeFailure::None => None,
                FakeFailure::Unavailable => Some(SmsFault::Drop),
                FakeFailure::Temporary => Some(SmsFault::Status(503)),
                FakeFailure::Permanent => Some(SmsFault::Status(422)),
            });
        }),
        received: Box::new(move || inbox.received().into_iter().map(|text| (text.to, text.text)).collect()),
    }
}

fn message(channel: Channel, text: &str) -> Message {
    let (to, subject) = match channel {
        Channel::Mail => (super::world::MAIL, "Je wachtwoord is opnieuw ingesteld – écht"),
        Channel::Sms => (super::world::NUMBER, ""),
    };
    Message {
        channel,
        to: Zeroizing::new(to.into()),
        subject: subject.into(),
        text: Zeroizing::new(text.into()),
    }
}

async fn contract(tested: TransportUnderTest) {
    let channel = tested.transport.channel();
    let texts = [
        "Hallo".to_owned(),
        "Gül zei: «0485 – 845 900»\n\n.\n..een punt vooraan\n.\r\nen 🚲".to_owned(),
        "lang ".repeat(400).trim_end().to_owned(),
    ];
    for (index, text) in texts.iter().enumerate() {
        tested.transport.send(&message(channel, text)).await.unwrap();
        let received = (tested.received)();
        assert_eq!(received.len(), index + 1);
        let (to, received_text) = received.last().unwrap();
        assert_eq!(to, &*message(channel, text).to);
        assert_eq!(received_text.replace("\r\n", "\n"), text.replace("\r\n", "\n"));
    }
    assert!(
        tested
            .transport
            .check()
            .await
            .iter()
            .all(|row| row.state == server::ports::health_finding::State::Good)
    );
    for failure in [FakeFailure::Unavailable, FakeFailure::Temporary, FakeFailure::Permanent] {
        (tested.set_failure)(failure);
        let error = tested.transport.send(&message(channel, "vertrouwelijk")).await.unwrap_err();
        let reported = match &error {
            TransportError::Unavailable { .. } => FakeFailure::Unavailable,
            TransportError::Temporary { .. } => FakeFailure::Temporary,
            TransportError::Permanent { .. } => FakeFailure::Permanent,
        };
        assert_eq!(reported, failure, "{error}");
        for error_text in [error.to_string(), format!("{error:?}")] {
            for secret in ["janssen", "12345678", "vertrouwelijk", "geheim"] {
                assert!(!error_text.contains(secret), "{error_text}");
            }
        }
    }
    (tested.set_failure)(FakeFailure::None);
    tested.transport.send(&message(channel, "weer terug")).await.unwrap();
    assert_eq!(
        (tested.received)().len(),
        texts.len() + 1,
        "no message is received twice, no failed one at all"
    );
}

#[tokio::test]
async fn fake_transport_fulfils_the_contract() {
    contract(fake(Channel::Mail)).await;
    contract(fake(Channel::Sms)).await;
}

#[tokio::test]
async fn smtp_transport_fulfils_the_contract_with_every_encryption() {
    for encryption in [Encryption::Implicit, Encryption::StartTls, Encryption::Plain] {
        contract(real_mail(encryption).await).await;
    }
}

#[tokio::test]
async fn sms_transport_fulfils_the_contract() {
    contract(real_sms().await).await;
}
