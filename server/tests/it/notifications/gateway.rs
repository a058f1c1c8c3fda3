//! SMS over a real connection: what is sent, and which answer is for good.

use super::carriers::gateway;
use super::world::NUMBER;
use end2end::mailbox::{Gateway, SmsFault, Text};
use server::ports::notifier::{Channel, Message, Transport as _, TransportError};
use std::time::Duration;
use zeroize::Zeroizing;

const PATIENT: Duration = Duration::from_mins(1);

fn message() -> Message {
    Message {
        channel: Channel::Sms,
        to: Zeroizing::new(NUMBER.into()),
        subject: String::new(),
        text: Zeroizing::new("Hallo \"Gül\"".into()),
    }
}

#[tokio::test]
async fn a_gateway_gets_number_sender_text_and_token() {
    let server = Gateway::start(Some("geheim")).await.unwrap();
    gateway(&server, Some("geheim"), PATIENT).send(&message()).await.unwrap();
    let expected = Text { to: NUMBER.into(), from: "Pantein".into(), text: "Hallo \"Gül\"".into() };
    assert_eq!(server.received(), [expected]);
    for token in [None, Some("verkeerd")] {
        assert!(gateway(&server, token, PATIENT).send(&message()).await.is_err());
    }
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn only_a_refusal_of_the_message_itself_is_for_good() {
    let server = Gateway::start(None).await.unwrap();
    let sms = gateway(&server, None, PATIENT);
    for (status, later) in [
        (400, false),
        (401, true),
        (403, true),
        // A path, a method, a size or a media type that somebody set wrongly.
        (404, true),
        (405, true),
        (410, true),
        (413, true),
        (415, true),
        (402, true),
        (408, true),
        (422, false),
        (429, true),
        (500, true),
        (503, true),
        // Nothing is followed anywhere.
        (307, true),
    ] {
        server.set_fault(Some(SmsFault::Status(status)));
        let (may_go_later, what) = match sms.send(&message()).await.unwrap_err() {
            TransportError::Later { what, .. } => (true, what),
            TransportError::Down { what, .. } => panic!("{what}"),
            TransportError::Never { what, .. } => (false, what),
        };
        assert_eq!((may_go_later, what), (later, format!("status {status}")));
    }
    assert_eq!(server.calls(), 15, "no call is repeated by itself");
}

#[tokio::test]
async fn a_gateway_that_says_nothing_is_left_after_a_while() {
    let server = Gateway::start(None).await.unwrap();
    server.set_fault(Some(SmsFault::Hang));
    let error = gateway(&server, None, Duration::from_millis(200)).send(&message()).await.unwrap_err();
    assert!(matches!(error, TransportError::Down { .. }), "{error}");
}

#[tokio::test]
async fn a_check_names_the_host_and_sends_nothing() {
    let server = Gateway::start(None).await.unwrap();
    let rows = gateway(&server, None, PATIENT).check().await;
    assert_eq!(rows.iter().map(|row| row.what.as_str()).collect::<Vec<_>>(), ["127.0.0.1"]);
    assert_eq!(server.calls(), 0);
}
