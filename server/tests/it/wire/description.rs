//! The description of the API at `/api/openapi.json`.

use super::client::{HTTP, TestApi, settings};
use serde_json::Value;

#[tokio::test]
async fn description_is_served_to_everyone_and_names_the_origin_and_the_cookies_of_the_service() {
    for (api, origin, cookie) in [
        (TestApi::new().await, "https://reset.example.org", "__Host-visit"),
        (TestApi::with(settings(HTTP, "", "")).await, "http://127.0.0.1:8080", "visit"),
    ] {
        let answer = api.client().get("/api/openapi.json").await;
        assert_eq!(answer.status, 200);
        let description = answer.json();
        assert_eq!(description["openapi"], "3.1.0");
        assert_eq!(description["servers"][0]["url"], origin);
        assert_eq!(description["components"]["securitySchemes"]["reset"]["name"], cookie);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn description_is_read_with_get_only() {
    let api = TestApi::new().await;
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        let answer = api.client().request(method, "/api/openapi.json").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")), "{method}");
    }
}

/// The property names of a described object, and which of them are required.
fn properties(description: &Value, schema: &str) -> (Vec<String>, Vec<String>) {
    let schema = &description["components"]["schemas"][schema];
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let names = schema["properties"].as_object().unwrap().keys().cloned().collect();
    (names, required.iter().map(|name| name.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn every_field_of_every_step_is_described() {
    let api = TestApi::new().await;
    let mut client = api.client();
    let description = client.get("/api/openapi.json").await.json();
    let mut steps = vec![client.current().await.json()];
    steps.push(client.identify("A.Janssen").await.json());
    steps.push(client.birthdate(crate::reset::world::BIRTHDATE).await.json());
    steps.push(client.code(&api.world.code_of("A.Janssen")).await.json());
    let weak = client.password("kort").await.json();
    steps.push(client.password(crate::reset::world::NEW_PASSWORD).await.json());
    let seen = steps.iter().map(|step| ("Step", step, "step")).chain([("Refusal", &weak, "refusal")]);
    for (kind, json, tag) in seen {
        let name = format!("{kind}.{}", json[tag].as_str().unwrap());
        let (described, required) = properties(&description, &name);
        let sent: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert!(sent.iter().all(|field| described.contains(field)), "{name}: {sent:?} {described:?}");
        assert!(required.iter().all(|field| sent.contains(&field)), "{name}: {sent:?} {required:?}");
    }
}
