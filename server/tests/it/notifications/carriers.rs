//! One contract for the carriers: what holds for the fake holds for mail and SMS over real connections.

use super::mail::Post;
use end2end::mailbox::{Encryption, Fault, Gateway, SmsFault};
use server::adapters::sms::{self, Sms};
use server::ports::notifier::{Channel, Message, Transport, TransportError};
use server::test_support::notifier::{FakeFailure, FakeTransport};
use std::time::Duration;
use zeroize::Zeroizing;

/// A carrier, how its server is set, and what arrived there: to whom, and what.
struct Peer {
    carrier: Box<dyn Transport>,
    set: Box<dyn Fn(FakeFailure)>,
    arrived: Box<dyn Fn() -> Vec<(String, String)>>,
}

pub(super) fn gateway(at: &Gateway, token: Option<&str>, timeout: Duration) -> Sms {
    Sms::new(sms::SmsConfig {
        gateway: sms::Gateway::parse(at.url()).unwrap(),
        token: token.map(|token| Zeroizing::new(token.to_owned())),
        sender: "Pantein".into(),
        ca_file: None,
        timeout,
    })
    .unwrap()
}

fn fake(channel: Channel) -> Peer {
    let fake = std::sync::Arc::new(FakeTransport::new(channel));
    let (set, arrived) = (fake.clone(), fake.clone());
    Peer {
        carrier: Box::new(Shared(fake)),
        set: Box::new(move |mood| set.set(mood)),
        arrived: Box::new(move || {
            let carried = arrived.carried();
            carried.iter().map(|message| (message.to.to_string(), message.text.to_string())).collect()
        }),
    }
}

/// The fake, which the test keeps as well.
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

async fn real_mail(encryption: Encryption) -> Peer {
    let post = Post::start(encryption, None).await;
    let (set, arrived) = (post.mailbox.clone(), post.mailbox.clone());
    Peer {
        carrier: Box::new(post.smtp()),
        set: Box::new(move |mood| {
            set.set_fault(match mood {
                FakeFailure::Takes => None,
                FakeFailure::Away => Some(Fault::Drop),
                FakeFailure::Busy => Some(Fault::Recipient(450)),
                FakeFailure::Refuses => Some(Fault::Recipient(550)),
            });
        }),
        arrived: Box::new(move || {
            let mails = arrived.received();
            mails.iter().map(|mail| (mail.to.join(","), mail.text())).collect()
        }),
    }
}

async fn real_sms() -> Peer {
    let server = Gateway::start(Some("geheim")).await.unwrap();
    let (set, arrived) = (server.clone(), server.clone());
    Peer {
        carrier: Box::new(gateway(&server, Some("geheim"), Duration::from_mins(1))),
        set: Box::new(move |mood| {
            set.set_fault(match mood {
                FakeFailure::Takes => None,
                FakeFailure::Away => Some(SmsFault::Drop),
                FakeFailure::Busy => Some(SmsFault::Status(503)),
                FakeFailure::Refuses => Some(SmsFault::Status(422)),
            });
        }),
        arrived: Box::new(move || arrived.received().into_iter().map(|text| (text.to, text.text)).collect()),
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

async fn contract(peer: Peer) {
    let channel = peer.carrier.channel();
    let texts = [
        "Hallo".to_owned(),
        "Gül zei: «0485 – 845 900»\n\n.\n..een punt vooraan\n.\r\nen 🚲".to_owned(),
        "lang ".repeat(400).trim_end().to_owned(),
    ];
    for (place, text) in texts.iter().enumerate() {
        peer.carrier.send(&message(channel, text)).await.unwrap();
        let arrived = (peer.arrived)();
        assert_eq!(arrived.len(), place + 1);
        let (to, read) = arrived.last().unwrap();
        assert_eq!(to, &*message(channel, text).to);
        assert_eq!(read.replace("\r\n", "\n"), text.replace("\r\n", "\n"));
    }
    assert!(
        peer.carrier.check().await.iter().all(|row| row.state == server::ports::health_finding::State::Good)
    );
    for mood in [FakeFailure::Away, FakeFailure::Busy, FakeFailure::Refuses] {
        (peer.set)(mood);
        let error = peer.carrier.send(&message(channel, "vertrouwelijk")).await.unwrap_err();
        let told_as = match &error {
            TransportError::Down { .. } => FakeFailure::Away,
            TransportError::Later { .. } => FakeFailure::Busy,
            TransportError::Never { .. } => FakeFailure::Refuses,
        };
        assert_eq!(told_as, mood, "{error}");
        for told in [error.to_string(), format!("{error:?}")] {
            for secret in ["janssen", "12345678", "vertrouwelijk", "geheim"] {
                assert!(!told.contains(secret), "{told}");
            }
        }
    }
    (peer.set)(FakeFailure::Takes);
    peer.carrier.send(&message(channel, "weer terug")).await.unwrap();
    assert_eq!((peer.arrived)().len(), texts.len() + 1, "nothing arrived twice, and nothing that failed");
}

#[tokio::test]
async fn the_fake_carrier_keeps_the_contract() {
    contract(fake(Channel::Mail)).await;
    contract(fake(Channel::Sms)).await;
}

#[tokio::test]
async fn mail_keeps_the_contract_however_it_is_encrypted() {
    for encryption in [Encryption::Implicit, Encryption::StartTls, Encryption::Plain] {
        contract(real_mail(encryption).await).await;
    }
}

#[tokio::test]
async fn the_sms_gateway_keeps_the_contract() {
    contract(real_sms().await).await;
}
