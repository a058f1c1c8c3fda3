//! A TCP stream that fails when the client misses a deadline, and when another connection displaces it.

use super::activity::{Activity, CloseReason};
use super::registry::Permit;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// The stream of an admitted connection.
pub struct Stream {
    tcp: TcpStream,
    permit: Permit,
    reading: Timer,
    writing: Timer,
    /// Since when the client reads nothing.
    stalled: Option<Instant>,
}

impl Stream {
    pub(super) fn new(tcp: TcpStream, permit: Permit) -> Self {
        Self { tcp, permit, reading: Timer::default(), writing: Timer::default(), stalled: None }
    }

    pub(super) fn activity(&self) -> &Arc<Activity> {
        self.permit.activity()
    }

    /// Takes the result of a write into account.
    fn written(
        &mut self,
        result: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if result.is_ready() {
            self.stalled = None;
            self.permit.activity().sent(Instant::now());
            return result;
        }
        let stalled = *self.stalled.get_or_insert_with(Instant::now);
        let (deadline, reason) = self.permit.activity().write_deadline(stalled);
        ready!(self.writing.poll(deadline, context));
        Poll::Ready(Err(self.close(reason)))
    }

    fn close(&self, reason: CloseReason) -> io::Error {
        self.permit.activity().close(reason)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.permit.activity().register(context.waker());
        this.permit.activity().check_displaced()?;
        let before = buffer.filled().len();
        let result = Pin::new(&mut this.tcp).poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.permit.activity().received(Instant::now());
        }
        // Also after a byte has arrived: a client that always has the next byte ready must not postpone the deadline.
        let Some((deadline, reason)) = this.permit.activity().read_deadline() else { return result };
        if this.reading.poll(deadline, context).is_ready() {
            return Poll::Ready(Err(this.close(reason)));
        }
        result
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.permit.activity().register(context.waker());
        this.permit.activity().check_displaced()?;
        let result = Pin::new(&mut this.tcp).poll_write(context, bytes);
        this.written(result, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.permit.activity().register(context.waker());
        this.permit.activity().check_displaced()?;
        let result = Pin::new(&mut this.tcp).poll_write_vectored(context, bytes);
        this.written(result, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(context)
    }
}

/// A timer whose deadline changes.
#[derive(Default)]
pub(super) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Completes at the deadline.
    pub(super) fn poll(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(context)
    }
}
