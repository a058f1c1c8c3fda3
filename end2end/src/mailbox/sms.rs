//! An SMS gateway as docs/integrations/sms.md describes one, that keeps what it gets. It sends nothing to anybody.

use axum::body::Bytes;
use axum::extract::State as Extracted;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// An SMS that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// E.164.
    pub to: String,
    /// The sender that is shown.
    pub from: String,
    /// As it is read.
    pub text: String,
}

/// What goes wrong, until it is set otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsFault {
    /// This status, and the number quoted.
    Status(u16),
    /// No answer.
    Hang,
    /// The connection ends before the answer.
    Drop,
}

/// The running gateway. Clones are handles of the same one; it stops with the last of them.
#[derive(Debug, Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
    server: Arc<Server>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<(Vec<Text>, Option<SmsFault>, usize)>,
    changes: watch::Sender<u64>,
    token: Option<String>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, (Vec<Text>, Option<SmsFault>, usize)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut (Vec<Text>, Option<SmsFault>, usize))) {
        change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
    }
}

#[derive(Debug)]
struct Server {
    url: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    /// Starts on a free port of this machine; with a token, only its bearer may send.
    pub async fn start(token: Option<&str>) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/sms", listener.local_addr()?);
        let shared = Arc::new(Shared {
            state: Mutex::new((Vec::new(), None, 0)),
            changes: watch::Sender::new(0),
            token: token.map(str::to_owned),
        });
        let router = Router::new().route("/sms", post(take)).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // axum's serving never ends with an error.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { shared, server: Arc::new(Server { url, task }) })
    }

    /// The address, for `sms.url`.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// What arrived so far.
    pub fn received(&self) -> Vec<Text> {
        self.shared.state().0.clone()
    }

    /// What arrived at this number.
    pub fn received_by(&self, number: &str) -> Vec<Text> {
        self.received().into_iter().filter(|text| text.to == number).collect()
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.shared.state().2
    }

    /// Waits until so many messages have arrived.
    pub async fn arrived(&self, texts: usize) {
        let mut changes = self.shared.changes.subscribe();
        while self.shared.state().0.len() < texts {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// What goes wrong from now on; `None`: nothing.
    pub fn set_fault(&self, fault: Option<SmsFault>) {
        self.shared.change(|state| state.1 = fault);
    }
}

async fn take(Extracted(shared): Extracted<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.change(|state| state.2 += 1);
    let refused = |status: StatusCode, why: &str| (status, Json(json!({ "error": why }))).into_response();
    let fault = shared.state().1;
    match fault {
        Some(SmsFault::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return refused(status, &String::from_utf8_lossy(&body));
        }
        Some(SmsFault::Hang) => {
            let mut changes = shared.changes.subscribe();
            while shared.state().1 == Some(SmsFault::Hang) && changes.changed().await.is_ok() {}
        }
        // Ends the task that serves this connection, and the connection with it, without a word in the log.
        Some(SmsFault::Drop) => std::panic::resume_unwind(Box::new("as arranged")),
        None => {}
    }
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = &shared.token
        && given != Some(&format!("Bearer {token}"))
    {
        return refused(StatusCode::UNAUTHORIZED, "who are you?");
    }
    let Ok(text) = serde_json::from_slice::<Text>(&body) else {
        return refused(StatusCode::BAD_REQUEST, "expected to, from and text");
    };
    shared.change(|state| state.0.push(text));
    StatusCode::ACCEPTED.into_response()
}
