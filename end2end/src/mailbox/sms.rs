//! An SMS gateway with the API of docs/integrations/sms.md, which stores the messages that it receives.

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

/// A received SMS.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The number in E.164.
    pub to: String,
    /// The displayed sender.
    pub from: String,
    /// The text.
    pub text: String,
}

/// A fault of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsFault {
    /// This status, with the request in the body.
    Status(u16),
    /// No answer.
    Hang,
    /// The connection is closed before the answer.
    Drop,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Text>,
    fault: Option<SmsFault>,
    calls: usize,
}

/// The running gateway. Clones refer to the same gateway; it stops when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
    server: Arc<Server>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    token: Option<String>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
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
    /// Starts on a free loopback port. With a token, requests must send it as bearer token.
    pub async fn start(token: Option<&str>) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/sms", listener.local_addr()?);
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changes: watch::Sender::new(0),
            token: token.map(str::to_owned),
        });
        let router = Router::new().route("/sms", post(receive)).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // axum::serve returns no error.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self { shared, server: Arc::new(Server { url, task }) })
    }

    /// The URL, for the setting `sms.url`.
    pub fn url(&self) -> &str {
        &self.server.url
    }

    /// All received messages, oldest first.
    pub fn received(&self) -> Vec<Text> {
        self.shared.state().received.clone()
    }

    /// The messages to this number.
    pub fn received_by(&self, number: &str) -> Vec<Text> {
        self.received().into_iter().filter(|text| text.to == number).collect()
    }

    /// The number of calls, including failed ones.
    pub fn calls(&self) -> usize {
        self.shared.state().calls
    }

    /// Waits until this number of messages has been received.
    pub async fn arrived(&self, texts: usize) {
        let mut changes = self.shared.changes.subscribe();
        while self.shared.state().received.len() < texts {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Sets the fault of the following calls, or removes it.
    pub fn set_fault(&self, fault: Option<SmsFault>) {
        self.shared.change(|state| state.fault = fault);
    }
}

async fn receive(Extracted(shared): Extracted<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.change(|state| state.calls += 1);
    let refuse =
        |status: StatusCode, reason: &str| (status, Json(json!({ "error": reason }))).into_response();
    let fault = shared.state().fault;
    match fault {
        Some(SmsFault::Status(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return refuse(status, &String::from_utf8_lossy(&body));
        }
        Some(SmsFault::Hang) => {
            let mut changes = shared.changes.subscribe();
            while shared.state().fault == Some(SmsFault::Hang) && changes.changed().await.is_ok() {}
        }
        // Ends the task that serves this connection, and with it the connection, without output of the panic hook.
        Some(SmsFault::Drop) => std::panic::resume_unwind(Box::new("configured fault")),
        None => {}
    }
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = &shared.token
        && authorization != Some(&format!("Bearer {token}"))
    {
        return refuse(StatusCode::UNAUTHORIZED, "missing or wrong token");
    }
    let Ok(text) = serde_json::from_slice::<Text>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "expected to, from and text");
    };
    shared.change(|state| state.received.push(text));
    StatusCode::ACCEPTED.into_response()
}
