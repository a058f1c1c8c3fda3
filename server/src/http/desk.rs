//! One request's desk: what a server function asks is handed to the workflow, and the answer's status
//! and cookie are set. Not the workflow itself.

use super::Served;
use crate::ports::visits::VisitId;
use crate::reset::{Answer, Caller, Cookie, VISIT_MOST, Workflow};
use app::api::Reset;
use app::refusal::Refusal;
use app::site::Site;
use app::step::Step;
use app::typed::Typed;
use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use leptos_axum::ResponseOptions;
use std::net::IpAddr;
use std::sync::Arc;
use zeroize::Zeroizing;

/// People reset a few times a year.
const DEVICE_AGE: SignedDuration = SignedDuration::from_hours(180 * 24);

/// A request's desk.
#[derive(Clone)]
pub struct Desk {
    workflow: Arc<Workflow>,
    caller: Caller,
    secure: bool,
    response: ResponseOptions,
}

impl Desk {
    /// For a request from this address with these headers.
    pub fn new(served: &Served, address: IpAddr, headers: &HeaderMap) -> Self {
        let secure = served.origin.starts_with("https://");
        Self {
            workflow: Arc::clone(&served.workflow),
            caller: Caller {
                visit: visit_in(headers, secure),
                device: cookie(headers, device_name(secure))
                    .and_then(|token| served.workflow.device_of(&token)),
                address,
            },
            secure,
            response: ResponseOptions::default(),
        }
    }

    /// With the response that the framework will send.
    #[must_use]
    pub fn answering(self, response: ResponseOptions) -> Self {
        Self { response, ..self }
    }

    /// Runs a step to its end even when the browser hangs up: a claim must not be left behind by a
    /// phone that lost its connection.
    async fn run<F>(&self, step: impl FnOnce(Arc<Workflow>, Caller) -> F) -> Result<Step, Refusal>
    where
        F: Future<Output = Result<Answer, Answer>> + Send + 'static,
    {
        let running = tokio::spawn(step(Arc::clone(&self.workflow), self.caller.clone()));
        let answer = match running.await {
            Ok(Ok(answer) | Err(answer)) => answer,
            Err(error) => {
                let reference = crate::random::reference().unwrap_or_default();
                tracing::error!(
                    reference,
                    error = &error as &dyn std::error::Error,
                    "defect: a step fell over"
                );
                Refusal::Fault { reference }.into()
            }
        };
        self.set_cookie(&answer.cookie);
        if let Some(token) = answer.device.and_then(|account| self.workflow.device_token(account)) {
            self.send_cookie(device_name(self.secure), &token, DEVICE_AGE.as_secs());
        }
        if let Err(refusal) = &answer.outcome {
            self.response.set_status(
                StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            );
            if let Some(seconds) = refusal.retry_after() {
                self.response.insert_header(header::RETRY_AFTER, seconds.into());
            }
        }
        answer.outcome
    }

    fn set_cookie(&self, cookie: &Cookie) {
        let name = cookie_name(self.secure);
        match cookie {
            Cookie::Keep => {}
            Cookie::Set(id) => self.send_cookie(name, &*id.0, VISIT_MOST.as_secs()),
            Cookie::Clear => self.send_cookie(name, &[], 0),
        }
    }

    fn send_cookie(&self, name: &str, value: &[u8], age: i64) {
        let value = URL_SAFE_NO_PAD.encode(value);
        let secure = if self.secure { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
        if let Ok(line) = HeaderValue::from_str(&line) {
            self.response.append_header(header::SET_COOKIE, line);
        }
    }
}

/// `__Host-` binds the cookie to this host and to https; plain http on loopback cannot have it.
fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-visit" } else { "visit" }
}

/// Marks a browser from which a reset was finished; see `limits`.
fn device_name(secure: bool) -> &'static str {
    if secure { "__Host-device" } else { "device" }
}

/// The visit in the cookie.
fn visit_in(headers: &HeaderMap, secure: bool) -> Option<VisitId> {
    let bytes = cookie(headers, cookie_name(secure))?;
    Some(VisitId(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
}

/// The value of a cookie. Two of that name are none: somebody put one there.
fn cookie(headers: &HeaderMap, name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(given, _)| *given == name);
    let (_, value) = found.next()?;
    if found.next().is_some() {
        return None;
    }
    URL_SAFE_NO_PAD.decode(value).ok().map(Zeroizing::new)
}

#[async_trait]
impl Reset for Desk {
    async fn site(&self) -> Site {
        self.workflow.site().clone()
    }

    async fn current(&self) -> Result<Step, Refusal> {
        self.run(|workflow, caller| async move { workflow.current(&caller).await }).await
    }

    async fn identify(&self, username: Typed) -> Result<Step, Refusal> {
        self.run(|workflow, caller| async move { workflow.identify(&caller, &username).await }).await
    }

    async fn birthdate(&self, birthdate: Typed) -> Result<Step, Refusal> {
        self.run(|workflow, caller| async move { workflow.birthdate(&caller, &birthdate).await }).await
    }

    async fn code(&self, code: Typed) -> Result<Step, Refusal> {
        self.run(|workflow, caller| async move { workflow.code(&caller, &code).await }).await
    }

    async fn resend(&self, way: Option<Typed>) -> Result<Step, Refusal> {
        self.run(|workflow, caller| async move { workflow.resend(&caller, way.as_ref()).await }).await
    }

    async fn password(&self, password: Typed) -> Result<Step, Refusal> {
        self.run(|workflow, caller| async move { workflow.password(&caller, &password).await }).await
    }

    async fn extend(&self) -> Result<Step, Refusal> {
        self.run(|workflow, caller| async move { workflow.extend(&caller).await }).await
    }

    async fn cancel(&self) -> Result<Step, Refusal> {
        self.run(|workflow, caller| async move { workflow.cancel(&caller).await }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(lines: &[&str], secure: bool) -> Option<VisitId> {
        let headers = lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect();
        visit_in(&headers, secure)
    }

    #[test]
    fn a_visit_is_read_from_its_own_cookie_only() {
        let value = URL_SAFE_NO_PAD.encode([7; 32]);
        let id = Some(VisitId(Zeroizing::new([7; 32])));
        assert_eq!(visit(&[&format!("a=b; visit={value}")], false), id);
        assert_eq!(visit(&[&format!("__Host-visit={value}")], true), id);
        assert_eq!(visit(&[&format!("visit={value}")], true), None);
        assert_eq!(visit(&[&format!("visit={value}; visit={value}")], false), None);
        assert_eq!(visit(&[&format!("visit={value}"), &format!("visit={value}")], false), None);
        assert_eq!(visit(&["visit=short"], false), None);
        assert_eq!(visit(&[], false), None);
    }
}
