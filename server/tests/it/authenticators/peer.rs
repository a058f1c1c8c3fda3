//! An Entrust that answers as a test tells it, for what the embedded one never says. Not a test.

use super::world::{config, noon};
use serde_json::{Value, json};
use server::adapters::entrust_admin::EntrustAdmin;
use server::ports::authenticators::{Authenticators as _, StartedActivation};
use server::ports::otp_provider::OtpProviderError;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const SIGN_IN: &str = "/api/web/v1/adminapi/authenticate";
pub(crate) const LOOK_UP: &str = "/api/web/v3/users/userid";
pub(crate) const CREATE: &str = "/api/web/v1/users/u-1/tokens/ENTRUST_SOFT_TOKEN";

pub(crate) fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) async fn answers(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(server).await;
}

/// A server that signs in and answers the look-up so.
pub(crate) async fn looked_up(user: ResponseTemplate) -> (MockServer, EntrustAdmin) {
    let server = MockServer::start().await;
    let session = json!({"authToken": "s3ss10n", "creationTime": null, "expirationTime": null});
    answers(&server, "POST", SIGN_IN, ok(&session)).await;
    Mock::given(method("POST"))
        .and(path(LOOK_UP))
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

/// What an activation comes to where the look-up shows these tokens and a new one is answered so.
pub(crate) async fn activated(
    tokens: &Value,
    created: ResponseTemplate,
) -> Result<Option<StartedActivation>, OtpProviderError> {
    let (server, admin) = looked_up(ok(&user(tokens))).await;
    answers(&server, "POST", CREATE, created).await;
    admin.activate("A.Janssen").await
}
