//! The SMS transport over a real connection: the request, and which response is a permanent failure.

use super::transports::sms_transport;
use super::world::NUMBER;
use end2end::mailbox::{Gateway, SmsFault, Text};
use server::ports::notifier::{Channel, Message, Transport as _, TransportError};
use std::time::Duration;
use zeroize::Zeroizing;

const TIMEOUT: Duration = Duration::from_mins(1);

fn message() -> Message {
    Message {
        channel: Channel::Sms,
        to: Zeroizing::new(NUMBER.into()),
        subject: String::new(),
        text: Zeroizing::new("Hallo \"Gül\"".into()),
    }
}

#[tokio::test]
async fn sms_gateway_receives_number_sender_text_and_token() {
    let server = Gateway::start(Some("geheim")).await.unwrap();
    sms_transport(&server, Some("geheim"), TIMEOUT).send(&message()).await.unwrap();
    let expected = Text { to: NUMBER.into(), from: "Pantein".into(), text: "Hallo \"Gül\"".into() };
    assert_eq!(server.received(), [expected]);
    for token in [None, Some("verkeerd")] {
        assert!(sms_transport(&server, token, TIMEOUT).send(&message()).await.is_err());
    }
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn only_a_refusal_of_the_message_itself_is_permanent() {
    let server = Gateway::start(None).await.unwrap();
    let sms = sms_transport(&server, None, TIMEOUT);
    for (status, later) in [
        (400, false),
        (401, true),
        (403, true),
        // A path, a method, a size or a media type: an error in the configuration.
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
        // Redirects are not followed.
        (307, true),
    ] {
        server.set_fault(Some(SmsFault::Status(status)));
        let (is_temporary, what) = match sms.send(&message()).await.unwrap_err() {
            TransportError::Temporary { what, .. } => (true, what),
            TransportError::Unavailable { what, .. } => panic!("{what}"),
            TransportError::Permanent { what, .. } => (false, what),
        };
        assert_eq!((is_temporary, what), (later, format!("status {status}")));
    }
    assert_eq!(server.calls(), 15, "the transport repeats no call itself");
}

#[tokio::test]
async fn silent_sms_gateway_times_out() {
    let server = Gateway::start(None).await.unwrap();
    server.set_fault(Some(SmsFault::Hang));
    let error = sms_transport(&server, None, Duration::from_millis(200)).send(&message()).await.unwrap_err();
    assert!(matches!(error, TransportError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn check_names_the_host_and_sends_nothing() {
    let server = Gateway::start(None).await.unwrap();
    let rows = sms_transport(&server, None, TIMEOUT).check().await;
    assert_eq!(rows.iter().map(|row| row.what.as_str()).collect::<Vec<_>>(), ["127.0.0.1"]);
    assert_eq!(server.calls(), 0);
}
