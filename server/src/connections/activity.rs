//! What a connection does at present, and until when the client must have done its part.

use super::limits::Deadlines;
use futures::task::AtomicWaker;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use tokio::time::Instant;

/// The phases of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The client has sent nothing yet.
    Silent,
    /// The client has started a TLS handshake.
    Handshake,
    /// The client has sent a part of a request's head.
    Head,
    /// The head is complete, the body is not.
    Body,
    /// The service handles a complete request.
    Handling,
    /// The service sends an answer.
    Answering,
    /// The answer has been handed over; the client may send another request.
    Idle,
}

/// Why the service closes a connection: the label `reason` of the metric `connections_closed_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CloseReason {
    FirstByte,
    Handshake,
    Headers,
    Body,
    WriteStall,
    Answer,
    Idle,
    Displaced,
}

impl CloseReason {
    fn label(self) -> &'static str {
        match self {
            Self::FirstByte => "first_byte",
            Self::Handshake => "handshake",
            Self::Headers => "headers",
            Self::Body => "body",
            Self::WriteStall => "write_stall",
            Self::Answer => "answer",
            Self::Idle => "idle",
            Self::Displaced => "displaced",
        }
    }
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// The start of the phase.
    since: Instant,
    /// The last event that a displacement takes into account: bytes of a request do not count, because they are cheap.
    progress: Instant,
    /// The start of the last answer.
    answer: Option<Instant>,
    is_encrypted: bool,
    is_displaced: bool,
}

/// The activity of one connection, shared by its stream, its service and the registry.
#[derive(Debug)]
pub(super) struct Activity {
    listener: &'static str,
    deadlines: Deadlines,
    is_proxy: bool,
    state: Mutex<State>,
    waker: AtomicWaker,
}

impl Activity {
    pub(super) fn new(listener: &'static str, deadlines: Deadlines, is_proxy: bool, now: Instant) -> Self {
        let state = State {
            phase: Phase::Silent,
            since: now,
            progress: now,
            answer: None,
            is_encrypted: false,
            is_displaced: false,
        };
        Self { listener, deadlines, is_proxy, state: Mutex::new(state), waker: AtomicWaker::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No critical section can leave the state incomplete.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers the task that [`Activity::displace`] wakes.
    pub(super) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// A TLS handshake is expected.
    pub(super) fn expect_handshake(&self) {
        self.state().is_encrypted = true;
    }

    /// The TLS handshake is complete; a request is expected.
    pub(super) fn handshake_completed(&self, now: Instant) {
        let mut state = self.state();
        (state.phase, state.since, state.is_encrypted) = (Phase::Silent, now, false);
        // A handshake costs the client as much as the service.
        state.progress = now;
    }

    /// The client has sent something.
    pub(super) fn received(&self, now: Instant) {
        let mut state = self.state();
        match state.phase {
            Phase::Silent if state.is_encrypted => (state.phase, state.since) = (Phase::Handshake, now),
            Phase::Silent | Phase::Idle => (state.phase, state.since) = (Phase::Head, now),
            Phase::Handshake | Phase::Head | Phase::Body | Phase::Handling | Phase::Answering => {}
        }
    }

    /// The client has read something, or at least its system has.
    pub(super) fn sent(&self, now: Instant) {
        let mut state = self.state();
        match state.phase {
            Phase::Answering => state.progress = now,
            Phase::Idle => (state.since, state.progress) = (now, now),
            Phase::Silent | Phase::Handshake | Phase::Head | Phase::Body | Phase::Handling => {}
        }
    }

    /// The head of a request is complete.
    pub(super) fn head_completed(&self, now: Instant) {
        let mut state = self.state();
        (state.phase, state.since, state.progress, state.answer) = (Phase::Body, now, now, None);
    }

    /// The body of a request is complete.
    pub(super) fn body_completed(&self, now: Instant) {
        let mut state = self.state();
        if state.phase == Phase::Body {
            (state.phase, state.since, state.progress) = (Phase::Handling, now, now);
        }
    }

    /// The service starts to answer.
    pub(super) fn answer_started(&self, now: Instant) {
        let mut state = self.state();
        (state.phase, state.since, state.progress, state.answer) = (Phase::Answering, now, now, Some(now));
    }

    /// The answer has been handed over, at least to the buffer of the connection.
    pub(super) fn answer_completed(&self, now: Instant) {
        let mut state = self.state();
        if state.phase == Phase::Answering {
            (state.phase, state.since, state.progress) = (Phase::Idle, now, now);
        }
    }

    /// Returns until when the client must send more, and why the connection is closed otherwise.
    pub(super) fn read_deadline(&self) -> Option<(Instant, CloseReason)> {
        let state = self.state();
        let deadlines = &self.deadlines;
        let (after, reason) = match state.phase {
            Phase::Silent => (deadlines.first_byte, CloseReason::FirstByte),
            Phase::Handshake => (deadlines.handshake, CloseReason::Handshake),
            Phase::Head => (deadlines.headers, CloseReason::Headers),
            Phase::Idle if self.is_proxy => (deadlines.proxy_idle, CloseReason::Idle),
            Phase::Idle => (deadlines.idle, CloseReason::Idle),
            // The body has its own deadline, in the service. The service decides how long the others last.
            Phase::Body | Phase::Handling | Phase::Answering => return None,
        };
        Some((state.since + after, reason))
    }

    /// Returns until when the client must read more, if it has read nothing since `stalled`.
    pub(super) fn write_deadline(&self, stalled: Instant) -> (Instant, CloseReason) {
        let stall = (stalled + self.deadlines.write_stall, CloseReason::WriteStall);
        match self.state().answer {
            Some(start) if start + self.deadlines.answer < stall.0 => {
                (start + self.deadlines.answer, CloseReason::Answer)
            }
            Some(_) | None => stall,
        }
    }

    /// Returns the time of the last progress, unless the service handles a request.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.phase != Phase::Handling).then_some(state.progress)
    }

    /// Closes the connection in favour of another.
    pub(super) fn displace(&self) {
        self.state().is_displaced = true;
        self.waker.wake();
    }

    /// Returns an error if the connection has been closed in favour of another.
    pub(super) fn check_displaced(&self) -> io::Result<()> {
        // The registry has counted it.
        if self.state().is_displaced { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    /// Counts that the connection is closed for this reason.
    pub(super) fn close(&self, reason: CloseReason) -> io::Error {
        count_closed(self.listener, reason);
        io::Error::new(io::ErrorKind::TimedOut, reason.label())
    }
}

/// Counts a connection that the service closes.
pub(super) fn count_closed(listener: &'static str, reason: CloseReason) {
    metrics::counter!("connections_closed_total", "listener" => listener, "reason" => reason.label())
        .increment(1);
}

#[cfg(test)]
mod tests;
