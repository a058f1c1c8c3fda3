//! The service of a connection, which reports its requests to the [`Activity`] and reads each body within its deadline.

use super::activity::{Activity, CloseReason};
use super::limits::Deadlines;
use super::stream::Timer;
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use futures::future::BoxFuture;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::time::Instant;
use tower::Service;

/// The service of one connection.
#[derive(Clone)]
pub(super) struct ConnectionService<S> {
    inner: S,
    activity: Arc<Activity>,
    deadlines: Deadlines,
}

impl<S> ConnectionService<S> {
    pub(super) fn new(inner: S, activity: Arc<Activity>, deadlines: Deadlines) -> Self {
        Self { inner, activity, deadlines }
    }
}

impl<S, B> Service<Request<B>> for ConnectionService<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (activity, deadlines) = (Arc::clone(&self.activity), self.deadlines);
        let now = Instant::now();
        activity.head_completed(now);
        if request.body().is_end_stream() {
            activity.body_completed(now);
        }
        let answering = self.inner.call(request.map(|inner| {
            let activity = Arc::clone(&activity);
            Body::new(RequestBody {
                inner,
                activity,
                deadline: now + deadlines.body,
                timer: Timer::default(),
            })
        }));
        Box::pin(async move {
            let response = answering.await?;
            activity.answer_started(Instant::now());
            Ok(response.map(|inner| Body::new(ResponseBody { inner, activity })))
        })
    }
}

/// The body of a request, with a deadline for all of it: a deadline for each part would let a client send one byte at a
/// time for hours.
struct RequestBody<B> {
    inner: B,
    activity: Arc<Activity>,
    deadline: Instant,
    timer: Timer,
}

impl<B> HttpBody for RequestBody<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_frame(context);
        if matches!(result, Poll::Ready(None)) || this.inner.is_end_stream() {
            this.activity.body_completed(Instant::now());
            return result.map(|frame| frame.map(|frame| frame.map_err(Into::into)));
        }
        if this.timer.poll(this.deadline, context).is_ready() {
            return Poll::Ready(Some(Err(this.activity.close(CloseReason::Body).into())));
        }
        result.map(|frame| frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The body of a response; its end, or its drop, ends the answer.
struct ResponseBody {
    inner: Body,
    activity: Arc<Activity>,
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.activity.answer_completed(Instant::now());
    }
}
