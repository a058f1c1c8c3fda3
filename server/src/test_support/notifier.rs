//! In-memory implementations of [`Transport`] and [`Notifier`] for tests.

use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{
    ActivationLink, Channel, Message, NoticeKind, Notifier, Recipients, SendError, Transport, TransportError,
};
use app::domain::code::Code;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The response of a transport to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FakeFailure {
    /// No failure: it sends the message.
    None,
    /// It fails with [`TransportError::Unavailable`].
    Unavailable,
    /// It fails with [`TransportError::Temporary`].
    Temporary,
    /// It fails with [`TransportError::Permanent`].
    Permanent,
}

/// A transport that records the messages it sent.
#[derive(Debug)]
pub struct FakeTransport {
    channel: Channel,
    state: Mutex<TransportState>,
}

#[derive(Debug)]
struct TransportState {
    sent: Vec<Message>,
    attempts: u32,
    failure: FakeFailure,
}

impl FakeTransport {
    /// Creates a transport for this channel that sends every message.
    pub fn new(channel: Channel) -> Self {
        let state = TransportState { sent: Vec::new(), attempts: 0, failure: FakeFailure::None };
        Self { channel, state: Mutex::new(state) }
    }

    /// Sets the response to all further messages.
    pub fn set(&self, failure: FakeFailure) {
        self.lock().failure = failure;
    }

    /// Returns the messages that were sent.
    pub fn sent(&self) -> Vec<Message> {
        self.lock().sent.clone()
    }

    /// Returns the number of calls of [`Transport::send`].
    pub fn attempts(&self) -> u32 {
        self.lock().attempts
    }

    fn lock(&self) -> MutexGuard<'_, TransportState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for FakeTransport {
    fn channel(&self) -> Channel {
        self.channel
    }

    async fn send(&self, message: &Message) -> Result<(), TransportError> {
        let mut state = self.lock();
        state.attempts += 1;
        let (host, what) = ("fake".to_owned(), "simulated failure".to_owned());
        match state.failure {
            FakeFailure::None => {
                state.sent.push(message.clone());
                Ok(())
            }
            FakeFailure::Unavailable => Err(TransportError::Unavailable { host, what }),
            FakeFailure::Temporary => Err(TransportError::Temporary { host, what }),
            FakeFailure::Permanent => Err(TransportError::Permanent { host, what }),
        }
    }

    async fn check(&self) -> Vec<Finding> {
        vec![match self.lock().failure {
            FakeFailure::None | FakeFailure::Temporary | FakeFailure::Permanent => {
                Finding::good("fake", "transport", "answers")
            }
            FakeFailure::Unavailable => Finding::bad("fake", "transport", "unavailable"),
        }]
    }
}

/// A message that a notifier was asked to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentMessage {
    /// A notice.
    NoticeKind(AccountId, NoticeKind, Recipients),
    /// A code to a number.
    Code(AccountId, Mobile, Code),
    /// A link that activates the app, to a number.
    Activation(AccountId, Mobile, String),
}

/// A notifier that records the messages instead of sending them.
#[derive(Debug, Default)]
pub struct FakeNotifier {
    state: Mutex<NotifierState>,
}

#[derive(Debug, Default)]
struct NotifierState {
    sent: Vec<SentMessage>,
    alerts: Vec<String>,
    without_sms: bool,
    full: bool,
    refuses_links: bool,
}

impl FakeNotifier {
    /// Returns the recorded messages.
    pub fn sent(&self) -> Vec<SentMessage> {
        self.lock().sent.clone()
    }

    /// Returns the references of the alerts to the service desk.
    pub fn alerts(&self) -> Vec<String> {
        self.lock().alerts.clone()
    }

    /// Sets whether SMS has a transport; initially it has. Mail always has one.
    pub fn set_sms(&self, has_transport: bool) {
        self.lock().without_sms = !has_transport;
    }

    /// Sets whether the outbox is full and refuses messages; initially it is not.
    pub fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    /// Sets whether links that activate the app are refused; initially they are not.
    pub fn set_refuses_links(&self, refuses: bool) {
        self.lock().refuses_links = refuses;
    }

    fn lock(&self) -> MutexGuard<'_, NotifierState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for FakeNotifier {
    async fn notify(&self, account: AccountId, kind: NoticeKind, to: &Recipients, _: Timestamp) -> bool {
        let mut state = self.lock();
        if !state.full {
            state.sent.push(SentMessage::NoticeKind(account, kind, to.clone()));
        }
        !state.full
    }

    async fn send_code(
        &self,
        account: AccountId,
        to: &Mobile,
        code: &Code,
        _: Timestamp,
    ) -> Result<(), SendError> {
        if !self.supports(Channel::Sms) {
            return Err(SendError::NoTransport);
        }
        let mut state = self.lock();
        if state.full {
            return Err(SendError::NotQueued("simulated failure".into()));
        }
        state.sent.push(SentMessage::Code(account, to.clone(), code.clone()));
        Ok(())
    }

    async fn send_activation(
        &self,
        account: AccountId,
        to: &Mobile,
        link: &ActivationLink<'_>,
        _: Timestamp,
    ) -> Result<(), SendError> {
        if !self.supports(Channel::Sms) {
            return Err(SendError::NoTransport);
        }
        let mut state = self.lock();
        if state.full || state.refuses_links {
            return Err(SendError::NotQueued("simulated failure".into()));
        }
        state.sent.push(SentMessage::Activation(account, to.clone(), link.link.to_owned()));
        Ok(())
    }

    async fn alert_service_desk(&self, _: AccountId, reference: &str, _: Timestamp) {
        self.lock().alerts.push(reference.to_owned());
    }

    fn supports(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => true,
            Channel::Sms => !self.lock().without_sms,
        }
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good("notices", "memory", "records messages")]
    }

    async fn check_queue(&self) -> Finding {
        Finding::good("notices", "queue", "0 waiting")
    }
}
