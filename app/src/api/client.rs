//! The HTTP client of the server function stubs. It applies one timeout to a whole exchange, and distinguishes
//! responses of this server from those of a gateway or a captive portal.

use crate::api::refusal::{Reason, Refusal};
use bytes::Bytes;
use futures::future::{Either, select};
use futures::{Sink, Stream, stream};
use gloo_net::http::{Request, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use http::Method;
use send_wrapper::SendWrapper;
use server_fn::client::Client;
use server_fn::error::{FromServerFnError as _, ServerFnErrorErr};
use server_fn::request::ClientReq;
use server_fn::response::ClientRes;
use std::pin::pin;
use web_sys::AbortController;

/// Longer than the server needs for any call. A response that is incomplete by then is treated as lost; every call may
/// be repeated (contract).
const TIMEOUT_MS: u32 = 45_000;

/// Sends server function calls with the browser's `fetch`.
///
/// Errors: [`Refusal::NoConnection`] if there is no response within the timeout, or one that does not come from this
/// server and that a retry may replace (a gateway's 502–504, a captive portal's page, a truncated body).
/// [`Reason::Malformed`] if the response comes from another version of the server, or from something that blocks the
/// call: the page has to be reloaded.
#[derive(Debug)]
pub struct ApiClient;

impl<I, O> Client<Refusal, I, O> for ApiClient {
    type Request = ApiRequest;
    type Response = ApiResponse;

    fn send(request: ApiRequest) -> impl Future<Output = Result<ApiResponse, Refusal>> + Send {
        SendWrapper::new(async move {
            let Fetch { request, abort } = request.0.take();
            let timeout = TimeoutFuture::new(TIMEOUT_MS);
            match select(pin!(exchange(request)), timeout).await {
                Either::Left((response, _)) => response,
                Either::Right(((), _)) => {
                    abort.abort();
                    Err(Refusal::NoConnection)
                }
            }
        })
    }

    async fn open_websocket(
        _: &str,
    ) -> Result<
        (impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static, impl Sink<Bytes> + Send + 'static),
        Refusal,
    > {
        // No server function uses a web socket; the types only satisfy the trait.
        let unsupported = unsupported("web socket");
        if true { Err(unsupported) } else { Ok((stream::empty(), futures::sink::drain())) }
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        leptos::task::spawn_local(future);
    }
}

/// Reads the whole response, so that the timeout covers its body too.
async fn exchange(request: Request) -> Result<ApiResponse, Refusal> {
    let response = request.send().await.map_err(|_| Refusal::NoConnection)?;
    let status = response.status();
    let body = response.text().await.map_err(|_| Refusal::NoConnection)?;
    // Only checks that the body is JSON, with the browser's parser; the stub deserializes it.
    let is_json = js_sys::JSON::parse(&body).is_ok();
    match status {
        // A gateway may also answer with JSON.
        502..=504 if super::json::read::<Refusal>(body.as_bytes()).is_none() => Err(Refusal::NoConnection),
        _ if is_json => Ok(ApiResponse { status, body }),
        200..=299 => Err(Refusal::NoConnection),
        _ => Err(Refusal::Invalid { field: None, reason: Reason::Malformed }),
    }
}

/// A request that can be aborted.
#[derive(Debug)]
pub struct ApiRequest(SendWrapper<Fetch>);

#[derive(Debug)]
struct Fetch {
    request: Request,
    abort: AbortController,
}

impl ApiRequest {
    fn new(
        path: &str,
        method: Method,
        accepts: &str,
        finish: impl FnOnce(RequestBuilder) -> Result<Request, gloo_net::Error>,
    ) -> Result<Self, Refusal> {
        let malformed = || Refusal::Invalid { field: None, reason: Reason::Malformed };
        let abort = AbortController::new().map_err(|_| malformed())?;
        let builder = RequestBuilder::new(path)
            .method(method)
            .header("Accept", accepts)
            .abort_signal(Some(&abort.signal()));
        let request = finish(builder).map_err(|_| malformed())?;
        Ok(Self(SendWrapper::new(Fetch { request, abort })))
    }
}

fn unsupported(what: &str) -> Refusal {
    Refusal::from_server_fn_error(ServerFnErrorErr::UnsupportedRequestMethod(what.to_owned()))
}

impl ClientReq<Refusal> for ApiRequest {
    type FormData = web_sys::FormData;

    fn try_new_req_query(
        path: &str,
        _: &str,
        accepts: &str,
        query: &str,
        method: Method,
    ) -> Result<Self, Refusal> {
        let url = if query.is_empty() { path.to_owned() } else { [path, "?", query].concat() };
        Self::new(&url, method, accepts, RequestBuilder::build)
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: Method,
    ) -> Result<Self, Refusal> {
        Self::new(path, method, accepts, |builder| builder.header("Content-Type", content_type).body(body))
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: Method,
    ) -> Result<Self, Refusal> {
        let body = js_sys::Uint8Array::from(&*body);
        Self::new(path, method, accepts, |builder| builder.header("Content-Type", content_type).body(body))
    }

    fn try_new_req_form_data(
        _: &str,
        _: &str,
        _: &str,
        _: Self::FormData,
        _: Method,
    ) -> Result<Self, Refusal> {
        Err(unsupported("form data"))
    }

    fn try_new_req_multipart(_: &str, _: &str, _: Self::FormData, _: Method) -> Result<Self, Refusal> {
        Err(unsupported("multipart"))
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: Method,
    ) -> Result<Self, Refusal> {
        Err(unsupported("streaming"))
    }
}

/// A complete response whose body is JSON.
#[derive(Debug)]
pub struct ApiResponse {
    status: u16,
    body: String,
}

impl ClientRes<Refusal> for ApiResponse {
    async fn try_into_string(self) -> Result<String, Refusal> {
        Ok(self.body)
    }

    async fn try_into_bytes(self) -> Result<Bytes, Refusal> {
        Ok(self.body.into())
    }

    fn try_into_stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, Refusal> {
        Ok(stream::once(std::future::ready(Ok(self.body.into()))))
    }

    fn status(&self) -> u16 {
        self.status
    }

    fn status_text(&self) -> String {
        String::new()
    }

    fn location(&self) -> String {
        String::new()
    }

    fn has_redirect(&self) -> bool {
        false
    }
}
