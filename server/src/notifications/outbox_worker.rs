//! Takes messages out of the queue and has them carried, until it is told to stop. Not what they say.

use super::{NotificationService, Waiting, count};
use crate::ports::notifier::{Channel, Queued, Transport, TransportError};
use crate::ports::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::pin::pin;
use tracing::{error, info, warn};

/// Between two tries; the last one again and again.
const PAUSES: [SignedDuration; 4] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
];
/// A notice is tried at least so long, and until a changed value can be used where that takes longer …
const AT_LEAST: SignedDuration = SignedDuration::from_hours(24);
/// … and two days more: given up any sooner, it would be missing exactly when somebody else's number begins to work.
const BEYOND: SignedDuration = SignedDuration::from_hours(48);
/// The queue is looked at so often anyway: another process (`import`) may have put something there. A notice
/// leaves within a minute, so half of one.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// So many are read at a time, per channel.
const BATCH: u32 = 200;
/// Where one channel is slow, the other one is looked after again at the latest after this.
const ROUND: SignedDuration = SignedDuration::from_secs(10);

/// A message that is due, opened.
struct Due {
    queued: Queued,
    waiting: Waiting,
}

/// How a channel fared.
enum Went {
    /// Its server answers.
    On,
    /// It does not: the channel rests for this round.
    Down,
}

impl NotificationService {
    /// Sends what is in the queue and what will be, until `shutdown`. A message that is being carried then is
    /// finished: its carrier has a time limit.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        loop {
            let next = self.send_due().await;
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = self.put.notified() => {}
                () = self.clock.wait_until(next) => {}
            }
        }
    }

    /// Tries every message whose time has come, once, and says when to look again.
    pub async fn send_due(&self) -> Timestamp {
        let now = self.clock.now();
        let later = now + LOOK_EVERY;
        match self.round(now).await {
            Ok(next) => next.map_or(later, |next| next.min(later)),
            Err(error) => {
                warn!(
                    error = &error as &dyn Error,
                    "the queue of messages is out of reach; tried again soon"
                );
                later
            }
        }
    }

    async fn round(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (mail, sms) = tokio::join!(self.look(Channel::Mail, now), self.look(Channel::Sms, now));
        Ok([mail?, sms?].into_iter().flatten().min())
    }

    /// Tries what is due on a channel, and says when something will be again.
    async fn look(&self, channel: Channel, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let mut due = Vec::new();
        for queued in self.outbox.due(channel, now, BATCH).await? {
            match self.open(queued.account, channel, &queued.sealed) {
                Ok(waiting) => due.push(Due { queued, waiting }),
                Err(error) => {
                    error!(notice = queued.id, error = &error as &dyn Error, "a message is given up unread");
                    self.outbox.done(queued.id).await?;
                }
            }
        }
        match self.send_all(channel, due, now).await? {
            Went::On => self.outbox.next_due(channel).await,
            // What is left is due, but not before the server was given some time.
            Went::Down => Ok(Some(now + LOOK_EVERY)),
        }
    }

    /// One after the other, so that a server is never pressed. Where it is down, the others would only wait for it
    /// in vain.
    async fn send_all(&self, channel: Channel, due: Vec<Due>, since: Timestamp) -> Result<Went, StoreError> {
        for due in due {
            if self.clock.now() > since + ROUND {
                break;
            }
            if due.waiting.until.is_some_and(|until| until <= self.clock.now()) {
                info!(notice = due.queued.id, "a code expired before it could be sent");
                count(channel, "expired");
                self.outbox.done(due.queued.id).await?;
                continue;
            }
            match self.carrier(channel) {
                Some(carrier) => match self.send(&**carrier, channel, &due).await? {
                    Went::On => {}
                    Went::Down => return Ok(Went::Down),
                },
                // The channel was switched off after the message was put there.
                None => self.give_up(channel, &due, None).await?,
            }
        }
        Ok(Went::On)
    }

    async fn send(&self, carrier: &dyn Transport, channel: Channel, due: &Due) -> Result<Went, StoreError> {
        let Err(error) = carrier.send(&due.waiting.message).await else {
            count(channel, "sent");
            // A crash here, or a store that is away now, sends it once more. Better twice than never.
            self.outbox.done(due.queued.id).await?;
            return Ok(Went::On);
        };
        self.failed(channel, due, &error).await?;
        Ok(match error {
            TransportError::Down { .. } => Went::Down,
            TransportError::Later { .. } | TransportError::Never { .. } => Went::On,
        })
    }

    async fn failed(&self, channel: Channel, due: &Due, error: &TransportError) -> Result<(), StoreError> {
        let now = self.clock.now();
        let end = due.waiting.until.unwrap_or_else(|| self.end(due.queued.since));
        let give_up = match error {
            TransportError::Never { .. } => true,
            TransportError::Down { .. } | TransportError::Later { .. } => now >= end,
        };
        if give_up {
            return self.give_up(channel, due, Some(error)).await;
        }
        let pause = PAUSES.get(due.queued.attempts as usize).or(PAUSES.last()).copied().unwrap_or_default();
        let at = (now + pause).min(end);
        count(channel, "later");
        warn!(
            notice = due.queued.id,
            ?channel,
            attempts = due.queued.attempts + 1,
            again_at = %at,
            error = error as &dyn Error,
            "a message could not be sent and is tried again"
        );
        self.outbox.again_at(due.queued.id, at).await
    }

    /// When a notice that was put there at `since` is given up.
    fn end(&self, since: Timestamp) -> Timestamp {
        let patience = self.texts.waiting_time.max(AT_LEAST).saturating_add(BEYOND);
        since.checked_add(patience).unwrap_or(Timestamp::MAX)
    }

    async fn give_up(
        &self,
        channel: Channel,
        due: &Due,
        error: Option<&TransportError>,
    ) -> Result<(), StoreError> {
        count(channel, "given_up");
        error!(
            notice = due.queued.id,
            ?channel,
            attempts = due.queued.attempts,
            error = error.map(|error| error as &dyn Error),
            "a message is given up: somebody was not told"
        );
        self.outbox.done(due.queued.id).await
    }
}
