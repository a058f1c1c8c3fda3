//! Simulator of the Pwned Passwords range API: `GET /range/ABCDE` answers with the rest of every listed SHA-1 digest that
//! begins with these five digits. It stores the requests that it receives.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Extracted};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use sha1::{Digest as _, Sha1};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Lines that every range has beside those of the listed passwords.
const OTHER_LINES: usize = 800;

/// A fault of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RangeFault {
    /// This status, with the usual body.
    Status(u16),
    /// This body with status 200.
    Body(Vec<u8>),
    /// A redirect to this address.
    Redirect(String),
    /// No answer.
    Hang,
    /// One line every 20 ms, without an end.
    Slow,
    /// Lines without an end, as fast as possible.
    Endless,
    /// The connection is closed before the answer.
    Drop,
}

/// A received request: method, path with query, and the headers and bytes of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRequest {
    /// Method, path and query.
    pub line: String,
    /// Names and values of the headers, one a line, in lower case.
    pub headers: String,
    /// The bytes of the body.
    pub body: usize,
}

#[derive(Debug)]
struct Shared {
    /// Digests in upper-case hexadecimal digits, each with its count.
    digests: Vec<(String, u32)>,
    requests: Mutex<Vec<RangeRequest>>,
    fault: watch::Sender<Option<RangeFault>>,
}

impl Shared {
    fn requests(&self) -> MutexGuard<'_, Vec<RangeRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running server; it stops when it is dropped.
#[derive(Debug)]
pub struct RangeApi {
    shared: Arc<Shared>,
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for RangeApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl RangeApi {
    /// Starts on a free loopback port with these passwords. Those of `padding` are listed with the count 0, as the real
    /// server lists random digests on request.
    pub async fn start(passwords: &[&str], padding: &[&str]) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/range/", listener.local_addr()?);
        let counted = passwords.iter().map(|password| (hex(password), 12));
        let digests = counted.chain(padding.iter().map(|password| (hex(password), 0))).collect();
        let shared =
            Arc::new(Shared { digests, requests: Mutex::default(), fault: watch::Sender::new(None) });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // axum::serve returns no error.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { shared, url, task })
    }

    /// The URL, for the setting `breached.range_url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All received requests, oldest first.
    pub fn requests(&self) -> Vec<RangeRequest> {
        self.shared.requests().clone()
    }

    /// Sets the fault of the following calls, or removes it.
    pub fn set_fault(&self, fault: Option<RangeFault>) {
        self.shared.fault.send_replace(fault);
    }
}

/// The SHA-1 digest of a text.
fn hex(text: &str) -> String {
    Sha1::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02X}");
        hex
    })
}

async fn answer(Extracted(shared): Extracted<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = parts.headers.iter().fold(String::new(), |mut lines, (name, value)| {
        let _ = writeln!(lines, "{name}: {}", String::from_utf8_lossy(value.as_bytes()).to_lowercase());
        lines
    });
    let body = axum::body::to_bytes(body, 1024).await.map_or(1024, |body| body.len());
    let line = format!("{} {}", parts.method, parts.uri);
    shared.requests().push(RangeRequest { line, headers, body });
    let has_padding = parts.headers.get("add-padding").is_some_and(|value| value == "true");
    let prefix = parts.uri.path().strip_prefix("/range/").unwrap_or_default().to_ascii_uppercase();
    if prefix.len() != 5 || !prefix.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return (StatusCode::BAD_REQUEST, "The hash prefix was not in a valid format").into_response();
    }
    let usual = || range(&shared.digests, &prefix, has_padding);
    let fault = shared.fault.borrow().clone();
    match fault {
        None => usual().into_response(),
        Some(RangeFault::Status(status)) => {
            (StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), usual())
                .into_response()
        }
        Some(RangeFault::Body(body)) => body.into_response(),
        Some(RangeFault::Redirect(to)) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()
        }
        Some(RangeFault::Hang) => {
            let mut fault = shared.fault.subscribe();
            let _ = fault.wait_for(|fault| *fault != Some(RangeFault::Hang)).await;
            usual().into_response()
        }
        Some(RangeFault::Slow) => endless(Duration::from_millis(20)),
        Some(RangeFault::Endless) => endless(Duration::ZERO),
        // Ends the task that serves this connection, and with it the connection, without output of the panic hook.
        Some(RangeFault::Drop) => std::panic::resume_unwind(Box::new("configured fault")),
    }
}

/// The lines of a range, sorted as those of the real server.
fn range(digests: &[(String, u32)], prefix: &str, has_padding: bool) -> String {
    let listed = digests
        .iter()
        .filter_map(|(digest, count)| Some((digest.strip_prefix(prefix)?.to_owned(), *count)))
        .filter(|(_, count)| *count > 0 || has_padding);
    let others = (0..OTHER_LINES).filter_map(|number| {
        let count = u32::try_from(number % 3).unwrap_or_default();
        let suffix = hex(&format!("{prefix} {number}")).get(5..)?.to_owned();
        (count > 0 || has_padding).then_some((suffix, count))
    });
    let mut lines: Vec<_> = listed.chain(others).collect();
    lines.sort_unstable();
    lines.iter().map(|(suffix, count)| format!("{suffix}:{count}")).collect::<Vec<_>>().join("\r\n")
}

/// Valid lines, each after this time.
fn endless(pause: Duration) -> Response {
    let lines = stream::unfold(0_u64, move |number| async move {
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let suffix = hex(&number.to_string()).get(5..)?.to_owned();
        Some((Ok::<_, Infallible>(format!("{suffix}:1\r\n")), number + 1))
    });
    Body::from_stream(lines).into_response()
}
