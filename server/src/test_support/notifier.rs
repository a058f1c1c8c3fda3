//! A carrier and a notifier in memory, for tests. They stand beside their ports; the carrier passes the same
//! contract tests as the real ones. Never in a running product.

use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{
    Channel, Message, NoticeKind, Notifier, Recipients, SendError, Transport, TransportError,
};
use app::domain::code::Code;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How a carrier takes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FakeFailure {
    /// Takes them.
    Takes,
    /// Is away.
    Away,
    /// Answers, and takes nothing now.
    Busy,
    /// Refuses them for good.
    Refuses,
}

/// A carrier that keeps what it carried.
#[derive(Debug)]
pub struct FakeTransport {
    channel: Channel,
    state: Mutex<(Vec<Message>, u32, FakeFailure)>,
}

impl FakeTransport {
    /// Of this channel.
    pub fn new(channel: Channel) -> Self {
        Self { channel, state: Mutex::new((Vec::new(), 0, FakeFailure::Takes)) }
    }

    /// From now on.
    pub fn set(&self, mood: FakeFailure) {
        self.lock().2 = mood;
    }

    /// What was carried so far.
    pub fn carried(&self) -> Vec<Message> {
        self.lock().0.clone()
    }

    /// How often it was asked to.
    pub fn asked(&self) -> u32 {
        self.lock().1
    }

    fn lock(&self) -> MutexGuard<'_, (Vec<Message>, u32, FakeFailure)> {
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
        state.1 += 1;
        let (host, what) = ("fake".to_owned(), "as it was told to".to_owned());
        match state.2 {
            FakeFailure::Takes => {
                state.0.push(message.clone());
                Ok(())
            }
            FakeFailure::Away => Err(TransportError::Down { host, what }),
            FakeFailure::Busy => Err(TransportError::Later { host, what }),
            FakeFailure::Refuses => Err(TransportError::Never { host, what }),
        }
    }

    async fn check(&self) -> Vec<Finding> {
        vec![match self.lock().2 {
            FakeFailure::Takes | FakeFailure::Busy | FakeFailure::Refuses => {
                Finding::good("fake", "carrier", "answers")
            }
            FakeFailure::Away => Finding::bad("fake", "carrier", "is away"),
        }]
    }
}

/// What a notifier was asked to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A notice.
    NoticeKind(AccountId, NoticeKind, Recipients),
    /// A code to a number.
    Code(AccountId, Mobile, Code),
}

/// A notifier that only remembers.
#[derive(Debug, Default)]
pub struct FakeNotifier {
    state: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    said: Vec<Said>,
    without_sms: bool,
    full: bool,
}

impl FakeNotifier {
    /// What it was asked to say so far.
    pub fn said(&self) -> Vec<Said> {
        self.lock().said.clone()
    }

    /// Whether there is a way for SMS; at the start there is. For mail there always is.
    pub fn set_sms(&self, can: bool) {
        self.lock().without_sms = !can;
    }

    /// Whether the queue takes nothing more; at the start it takes everything.
    pub fn set_full(&self, full: bool) {
        self.lock().full = full;
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for FakeNotifier {
    async fn tell(&self, account: AccountId, happened: NoticeKind, to: &Recipients, _: Timestamp) -> bool {
        let mut memory = self.lock();
        if !memory.full {
            memory.said.push(Said::NoticeKind(account, happened, to.clone()));
        }
        !memory.full
    }

    async fn send_code(
        &self,
        account: AccountId,
        to: &Mobile,
        code: &Code,
        _: Timestamp,
    ) -> Result<(), SendError> {
        if !self.can(Channel::Sms) {
            return Err(SendError::NoWay);
        }
        let mut memory = self.lock();
        if memory.full {
            return Err(SendError::NotKept("as it was told to".into()));
        }
        memory.said.push(Said::Code(account, to.clone(), code.clone()));
        Ok(())
    }

    fn can(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => true,
            Channel::Sms => !self.lock().without_sms,
        }
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good("notices", "memory", "remembers")]
    }
}
