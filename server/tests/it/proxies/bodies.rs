//! Large and slow requests end at the limits of the service, with a refusal in its form.

use super::for_each_proxy;
use super::world::{Proxied, body, exchange, read_answer, status};
use end2end::reverse_proxy::{HOST, Kind};
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

for_each_proxy!(body_over_16_kb_is_refused, slow_body_is_refused, slow_head_is_refused);

const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 8, 1);
const TOO_LARGE: &str = r#"{"refusal":"invalid","field":null,"reason":"too_large"}"#;
const MALFORMED: &str = r#"{"refusal":"invalid","field":null,"reason":"malformed"}"#;
/// The limit of the service in bytes.
const LIMIT: usize = 16 * 1024;

/// A request with this framing of its body.
fn request(framing: &str, body: &str) -> String {
    format!(
        "POST /api/reset/identify HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n{framing}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

/// A body of this many bytes, which the service reads to its end.
fn json(length: usize) -> String {
    let frame = r#"{"username":""}"#.len();
    format!(r#"{{"username":"{}"}}"#, "x".repeat(length - frame))
}

async fn body_over_16_kb_is_refused(kind: Kind) {
    let proxied = Proxied::start(kind, "").await;
    let send = async |text: String| {
        let answer = exchange(proxied.connect(CLIENT).await, &text).await;
        if answer.is_empty() { None } else { Some((status(&answer), body(&answer).to_owned())) }
    };
    let sized = |length: usize| request(&format!("Content-Length: {length}"), &json(length));
    let chunked = |length: usize| {
        let chunk = format!("{length:x}\r\n{}\r\n0\r\n\r\n", json(length));
        request("Transfer-Encoding: chunked", &chunk)
    };
    for (what, answer) in [("sized", send(sized(LIMIT)).await), ("chunked", send(chunked(LIMIT)).await)] {
        let (status, text) = answer.unwrap();
        assert!(status == 422 && text.contains("too_long"), "the service reads it: {what}: {status} {text}");
    }
    for (what, answer) in
        [("sized", send(sized(LIMIT + 1)).await), ("chunked", send(chunked(LIMIT + 1)).await)]
    {
        let (status, text) = answer.unwrap();
        // The answer of the service may be chunked.
        assert!(status == 413 && text.contains(TOO_LARGE), "{what}: {status} {text}");
    }
    // The proxy or the service stops reading; the answer may get lost with the connection.
    for text in [sized(10_000_000), chunked(10_000_000)] {
        if let Some((status, text)) = send(text).await {
            assert!([413, 502].contains(&status), "{status} {text}");
        }
    }
    assert_eq!(send(sized(100)).await.unwrap().0, 422, "it still serves");
}

/// A byte now and then: each comes in time, all of them do not.
async fn slow_body_is_refused(kind: Kind) {
    // HAProxy has a limit of its own.
    let proxied = Proxied::start(kind, "[connections]\nbody = \"1s\"\n").await;
    let (mut reader, mut writer) = tokio::io::split(proxied.connect(CLIENT).await);
    writer.write_all(request("Content-Length: 1000", "{").as_bytes()).await.unwrap();
    let trickle = tokio::spawn(async move {
        let mut interval = tokio::time::interval(Duration::from_millis(100));
        loop {
            interval.tick().await;
            if writer.write_all(b" ").await.is_err() || writer.flush().await.is_err() {
                return;
            }
        }
    });
    let answer = read_answer(&mut reader).await;
    trickle.abort();
    let expected = if kind == Kind::HaProxy { 408 } else { 400 };
    assert!(status(&answer) == expected && answer.contains(MALFORMED), "{answer}");
}

/// The head never ends; the connection does.
async fn slow_head_is_refused(kind: Kind) {
    let proxied = Proxied::start(kind, "").await;
    let (mut reader, mut writer) = tokio::io::split(proxied.connect(CLIENT).await);
    writer.write_all(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ").as_bytes()).await.unwrap();
    let trickle = tokio::spawn(async move {
        let mut interval = tokio::time::interval(Duration::from_millis(500));
        loop {
            interval.tick().await;
            if writer.write_all(b"x").await.is_err() || writer.flush().await.is_err() {
                return;
            }
        }
    });
    let answer = read_answer(&mut reader).await;
    trickle.abort();
    assert!(answer.is_empty() || [400, 408].contains(&status(&answer)), "{answer}");
}
