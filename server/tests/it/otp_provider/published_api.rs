//! Compares the messages between adapter and Entrust simulator with the vendor's OpenAPI description: every field
//! exists there with that type, and every required field is present. The description is the vendor's, so it is not in
//! the repository; without it the test prints a notice and proves nothing.

use super::world::{Real, World, employee, open_challenge, real};
use app::api::step::OtpMethod;
use end2end::entrust::{Call, Endpoint, Rule};
use serde_json::{Map, Value};
use server::ports::otp_provider::{OtpProvider, OtpSubject};
use std::path::PathBuf;

/// Reads the description from the path in `ENTRUST_OPENAPI`, or from beside the workspace. `None` if there is none.
fn description() -> Option<Value> {
    let configured = std::env::var_os("ENTRUST_OPENAPI").map(PathBuf::from);
    let is_missing = configured.as_ref().is_some_and(|path| !path.exists());
    assert!(!is_missing, "ENTRUST_OPENAPI names a missing file");
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/entrust/authentication-api.openapi.json");
    let path = configured.or_else(|| beside.exists().then_some(beside))?;
    Some(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}

struct Published(Value);

impl Published {
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    /// The schema of a request, or of the response with this status.
    fn schema(&self, call: &Call, status: Option<u16>) -> Option<&Value> {
        let path = match call.endpoint {
            Endpoint::Query => "/api/web/v2/authentication/users",
            Endpoint::Challenge => "/api/web/v2/authentication/users/authenticate/{authenticator}",
            Endpoint::Complete => "/api/web/v1/authentication/users/authenticate/{authenticator}/complete",
            Endpoint::Logout => "/api/web/v1/authentication/logout",
            Endpoint::AdminSignIn
            | Endpoint::UserGet
            | Endpoint::UserUpdate
            | Endpoint::TokenCreate
            | Endpoint::TokenActivate => panic!("no call of the Authentication API"),
        };
        let operation = self.0.get("paths").unwrap().get(path).unwrap().get("post").unwrap();
        let message = match status {
            None => operation.get("requestBody"),
            Some(status) => {
                let status = status.to_string();
                let response = operation.get("responses").unwrap().get(&status);
                assert!(response.is_some(), "{path} has no documented status {status}");
                response
            }
        };
        message?.pointer("/content/application~1json/schema").map(|schema| self.resolve(schema))
    }

    fn assert_fits(&self, value: &Value, schema: &Value, at: &str) {
        let schema = self.resolve(schema);
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or("object");
        let choices = schema.get("enum").and_then(Value::as_array);
        assert!(choices.is_none_or(|choices| choices.contains(value)), "{at}: {value} is not in the enum");
        match kind {
            "string" => assert!(value.is_string(), "{at} is no string"),
            "boolean" => assert!(value.is_boolean(), "{at} is no boolean"),
            "integer" => assert!(value.is_i64(), "{at} is no integer"),
            "array" => {
                for item in value.as_array().unwrap_or_else(|| panic!("{at} is no array")) {
                    self.assert_fits(item, schema.get("items").unwrap(), &format!("{at}[]"));
                }
            }
            "object" => {
                let fields = value.as_object().unwrap_or_else(|| panic!("{at} is no object"));
                self.assert_fields_fit(fields, schema, at);
            }
            other => panic!("{at} has the type {other}"),
        }
    }

    fn assert_fields_fit(&self, fields: &Map<String, Value>, schema: &Value, at: &str) {
        let known = schema.get("properties").and_then(Value::as_object).unwrap();
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            let field = known.get(name).unwrap_or_else(|| panic!("{at} is not published"));
            // Null is sent explicitly for every type.
            if !value.is_null() {
                self.assert_fits(value, field, &at);
            }
        }
        for required in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let is_present = fields.get(required.as_str().unwrap()).is_some_and(|value| !value.is_null());
            assert!(is_present, "{at} lacks {required}");
        }
    }
}

/// Every kind of call between adapter and simulator.
async fn all_calls() -> Vec<Call> {
    let world = real().await;
    let Real { entrust, provider } = &world;
    for method in [OtpMethod::Token, OtpMethod::Otp] {
        let open = open_challenge(&**provider, "A.Janssen", method).await;
        provider.verify(&open, &world.wrong_code("A.Janssen")).await.unwrap();
        let code = match method {
            OtpMethod::Token => world.code("A.Janssen"),
            OtpMethod::Otp => {
                app::domain::code::Code::parse(&entrust.messages("A.Janssen").pop().unwrap().code).unwrap()
            }
        };
        provider.verify(&open, &code).await.unwrap();
        provider.verify(&open, &code).await.unwrap();
    }
    for subject in [employee("G.Oezdemir"), employee("N.Nobody"), OtpSubject::Decoy] {
        provider.open(&subject, OtpMethod::Otp).await.unwrap();
    }
    let open = open_challenge(&**provider, "B.Smits", OtpMethod::Token).await;
    for _ in 0..6 {
        provider.verify(&open, &world.wrong_code("B.Smits")).await.unwrap();
    }
    provider.open(&employee("B.Smits"), OtpMethod::Token).await.unwrap();
    for rule in [Rule::PasswordFirst, Rule::CompletedBeforeCode] {
        entrust.set_rule(rule);
        provider.open(&employee("A.Janssen"), OtpMethod::Token).await.unwrap();
    }
    provider.check().await;
    entrust.arrived(Endpoint::Logout, 5).await;
    entrust.wait_for_open_sessions(0).await;
    entrust.calls()
}

#[tokio::test]
async fn requests_and_responses_match_the_published_api() {
    let Some(description) = description() else {
        #[expect(
            clippy::print_stderr,
            reason = "a test that proves nothing must not look like one that does"
        )]
        {
            eprintln!("skipped: the vendor's description is not on this machine (ENTRUST_OPENAPI)");
        }
        return;
    };
    let published = Published(description);
    let calls = all_calls().await;
    let mut statuses = std::collections::BTreeSet::new();
    for call in &calls {
        let at = format!("{:?}", call.endpoint);
        match (&call.request, published.schema(call, None)) {
            (Some(request), Some(schema)) => published.assert_fits(request, schema, &format!("{at} request")),
            (None, None) => {}
            (request, _) => panic!("{at}: unexpected or missing body: {request:?}"),
        }
        let status = call.status.unwrap();
        statuses.insert(status);
        match (call.answer.as_ref().filter(|answer| !answer.is_null()), published.schema(call, Some(status)))
        {
            (Some(answer), Some(schema)) => published.assert_fits(answer, schema, &format!("{at} {status}")),
            (None, None) => {}
            (answer, _) => panic!("{at}: unexpected or missing body: {answer:?}"),
        }
    }
    for endpoint in Endpoint::AUTHENTICATION {
        assert!(
            calls.iter().any(|call| call.endpoint == endpoint && call.status == Some(200)),
            "{endpoint:?}"
        );
    }
    assert!(statuses.is_superset(&[200, 400, 401, 403, 404].into()), "all documented kinds: {statuses:?}");
}

#[tokio::test]
async fn simulator_sends_nulls_and_masks_the_contact() {
    let Real { entrust, provider } = real().await;
    open_challenge(&*provider, "A.Janssen", OtpMethod::Otp).await;
    let calls = entrust.calls();
    let answer = |endpoint| {
        calls.iter().find(|call| call.endpoint == endpoint).and_then(|call| call.answer.clone()).unwrap()
    };
    let query = answer(Endpoint::Query);
    let value = |pointer: &str| query.pointer(pointer).cloned().unwrap();
    assert_eq!(value("/token"), Value::Null);
    assert_eq!(value("/availableSecondFactor"), Value::Null);
    assert_eq!(value("/expires"), 0);
    assert_eq!(value("/otpDeliveryInfo/otpContactValues/0/value"), "**********01");
    assert_eq!(value("/authenticatorLockoutStatus/0/remainingAuthenticationAttempts"), 5);
    let challenge = answer(Endpoint::Challenge);
    let value = |pointer: &str| challenge.pointer(pointer).cloned().unwrap();
    assert_eq!(value("/status"), Value::Null);
    assert_eq!(value("/firstName"), Value::Null);
    assert_eq!(value("/otpdeliveryType"), "SMS");
    let life = value("/expires").as_i64().unwrap() - value("/time").as_i64().unwrap();
    assert_eq!(life, 900_000, "milliseconds");
}
