//! Sends messages from the outbox until shutdown, with retries.

use super::{NotificationService, PendingMessage, count};
use crate::ports::notifier::{Channel, Queued, Transport, TransportError};
use crate::ports::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::pin::pin;
use tracing::{error, info, warn};

/// Delays between attempts; the last one repeats.
const RETRY_DELAYS: [SignedDuration; 4] = [
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
];
/// A notice is retried for at least this long, or until a changed value can be used if that takes longer …
const MIN_RETRY_PERIOD: SignedDuration = SignedDuration::from_hours(24);
/// … and two days more: discarded sooner, it would be missing exactly when an attacker's number becomes usable.
const RETRY_MARGIN: SignedDuration = SignedDuration::from_hours(48);
/// The outbox is polled at this interval: another process (`import`) may have queued a message. A notice should
/// leave within a minute, so half of that.
const POLL_INTERVAL: SignedDuration = SignedDuration::from_secs(30);
/// Messages read at a time, per channel.
const BATCH_SIZE: u32 = 200;
/// Time for which a message belongs to the node that sends it; longer than a transport takes. After a crash it is sent
/// again that much later.
const CLAIM: SignedDuration = SignedDuration::from_mins(2);
/// Time after which a slow channel ends its turn, so that the other channel is served again.
const MAX_CHANNEL_TURN: SignedDuration = SignedDuration::from_secs(10);

/// A due message with its decrypted content.
struct Due {
    queued: Queued,
    pending: PendingMessage,
}

/// Whether a channel can be used for the rest of a round.
enum ChannelState {
    /// The server answers.
    Up,
    /// The server does not answer; the channel is skipped for this round.
    Unavailable,
}

impl NotificationService {
    /// Sends queued messages until `shutdown`. A message being sent at that time is finished: its transport has a
    /// time limit.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        loop {
            let next = self.send_due().await;
            tokio::select! {
                biased;
                () = &mut shutdown => return,
                () = self.queued.notified() => {}
                () = self.clock.wait_until(next) => {}
            }
        }
    }

    /// Tries every due message once and returns when to run again.
    pub async fn send_due(&self) -> Timestamp {
        let now = self.clock.now();
        let poll_at = now + POLL_INTERVAL;
        match self.send_round(now).await {
            Ok(next) => next.map_or(poll_at, |next| next.min(poll_at)),
            Err(error) => {
                warn!(error = &error as &dyn Error, "outbox unavailable: will retry");
                poll_at
            }
        }
    }

    async fn send_round(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (mail, sms) =
            tokio::join!(self.send_channel(Channel::Mail, now), self.send_channel(Channel::Sms, now));
        Ok([mail?, sms?].into_iter().flatten().min())
    }

    /// Tries the due messages of a channel and returns when the next one is due.
    async fn send_channel(&self, channel: Channel, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let mut due = Vec::new();
        for queued in self.outbox.due(channel, now, BATCH_SIZE).await? {
            match self.open(queued.account, channel, &queued.sealed) {
                Ok(pending) => due.push(Due { queued, pending }),
                Err(error) => {
                    error!(
                        notice = queued.id,
                        error = &error as &dyn Error,
                        "message discarded: its content could not be opened"
                    );
                    self.outbox.remove_message(queued.id).await?;
                }
            }
        }
        match self.send_all(channel, due, now).await? {
            ChannelState::Up => self.outbox.next_due(channel).await,
            // The remaining messages are due, but the server gets some time first.
            ChannelState::Unavailable => Ok(Some(now + POLL_INTERVAL)),
        }
    }

    /// Sends messages one after the other, so that a server is not flooded. Stops if the server is down, since the
    /// rest would only time out.
    async fn send_all(
        &self,
        channel: Channel,
        due: Vec<Due>,
        since: Timestamp,
    ) -> Result<ChannelState, StoreError> {
        for due in due {
            if self.clock.now() > since + MAX_CHANNEL_TURN {
                break;
            }
            if due.pending.expires_at.is_some_and(|expires_at| expires_at <= self.clock.now()) {
                info!(notice = due.queued.id, "code discarded: it expired before it could be sent");
                count(channel, "expired");
                self.outbox.remove_message(due.queued.id).await?;
                continue;
            }
            // Another node may be sending it, or have sent it.
            let now = self.clock.now();
            if !self.outbox.claim(due.queued.id, now, now + CLAIM).await? {
                continue;
            }
            match self.transport(channel) {
                Some(transport) => match self.send(&**transport, channel, &due).await? {
                    ChannelState::Up => {}
                    ChannelState::Unavailable => return Ok(ChannelState::Unavailable),
                },
                // The channel was disabled after the message was queued.
                None => self.discard(channel, &due, None).await?,
            }
        }
        Ok(ChannelState::Up)
    }

    async fn send(
        &self,
        transport: &dyn Transport,
        channel: Channel,
        due: &Due,
    ) -> Result<ChannelState, StoreError> {
        let Err(error) = transport.send(&due.pending.message).await else {
            count(channel, "sent");
            // If the process crashes or the store fails here, the message is sent again. Twice is better than
            // never.
            self.outbox.remove_message(due.queued.id).await?;
            return Ok(ChannelState::Up);
        };
        self.handle_failure(channel, due, &error).await?;
        Ok(match error {
            TransportError::Unavailable { .. } => ChannelState::Unavailable,
            TransportError::Temporary { .. } | TransportError::Permanent { .. } => ChannelState::Up,
        })
    }

    async fn handle_failure(
        &self,
        channel: Channel,
        due: &Due,
        error: &TransportError,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let retry_deadline = due.pending.expires_at.unwrap_or_else(|| self.retry_deadline(due.queued.since));
        let discard = match error {
            TransportError::Permanent { .. } => true,
            TransportError::Unavailable { .. } | TransportError::Temporary { .. } => now >= retry_deadline,
        };
        if discard {
            return self.discard(channel, due, Some(error)).await;
        }
        let delay = RETRY_DELAYS
            .get(due.queued.attempts as usize)
            .or(RETRY_DELAYS.last())
            .copied()
            .unwrap_or_default();
        let retry_at = (now + delay).min(retry_deadline);
        count(channel, "later");
        warn!(
            notice = due.queued.id,
            ?channel,
            attempts = due.queued.attempts + 1,
            again_at = %retry_at,
            error = error as &dyn Error,
            "message not sent: will retry"
        );
        self.outbox.reschedule(due.queued.id, retry_at).await
    }

    /// Returns the time at which a notice queued at `since` is discarded.
    fn retry_deadline(&self, since: Timestamp) -> Timestamp {
        let retry_period = self.texts.waiting_time.max(MIN_RETRY_PERIOD).saturating_add(RETRY_MARGIN);
        since.checked_add(retry_period).unwrap_or(Timestamp::MAX)
    }

    async fn discard(
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
            "message discarded: the recipient is not notified"
        );
        self.outbox.remove_message(due.queued.id).await
    }
}
