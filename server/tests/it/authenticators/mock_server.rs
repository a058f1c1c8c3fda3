//! Mock HTTP server for responses of the Entrust administration API that the simulator never sends.

use super::world::{config, noon};
use serde_json::{Value, json};
use server::adapters::entrust_admin::EntrustAdmin;
use server::ports::authenticators::{Authenticators as _, StartedActivation};
use server::ports::otp_provider::OtpProviderError;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const SIGN_IN: &str = "/api/web/v1/adminapi/authenticate";
pub(crate) const USER_LOOKUP: &str = "/api/web/v3/users/userid";
pub(crate) const CREATE_TOKEN: &str = "/api/web/v1/users/u-1/tokens/ENTRUST_SOFT_TOKEN";

pub(crate) fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) async fn respond(server: &MockServer, verb: &str, url_path: &str, response: ResponseTemplate) {
    Mock::given(method(verb)).and(path(url_path)).respond_with(response).mount(server).await;
}

/// Starts a server that accepts the sign-in and returns this response to the user lookup.
pub(crate) async fn start(user: ResponseTemplate) -> (MockServer, EntrustAdmin) {
    let server = MockServer::start().await;
    let session = json!({"authToken": "s3ss10n", "creationTime": null, "expirationTime": null});
    respond(&server, "POST", SIGN_IN, ok(&session)).await;
    Mock::given(method("POST"))
        .and(path(USER_LOOKUP))
        .and(header("Authorization", "s3ss10n"))
        .respond_with(user)
        .mount(&server)
        .await;
    let admin = EntrustAdmin::new(config(&server.uri()), noon()).unwrap();
    (server, admin)
}

pub(crate) fn user(tokens: &Value) -> Value {
    json!({"id": "u-1", "userId": "A.Janssen", "state": "ACTIVE", "locked": false, "tokens": tokens})
}

/// The result of an activation if the user has these tokens and the creation of a token gets this response.
pub(crate) async fn activate(
    tokens: &Value,
    created: ResponseTemplate,
) -> Result<Option<StartedActivation>, OtpProviderError> {
    let (server, admin) = start(ok(&user(tokens))).await;
    respond(&server, "POST", CREATE_TOKEN, created).await;
    admin.activate("A.Janssen").await
}
