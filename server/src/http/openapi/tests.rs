use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn operations(document: &Value) -> BTreeMap<String, (String, Value)> {
    let paths = document["paths"].as_object().unwrap().clone();
    let one = |(path, item): (String, Value)| {
        let (method, operation) = item.as_object().unwrap().iter().next().unwrap();
        (path, (method.to_uppercase(), operation.clone()))
    };
    paths.into_iter().map(one).collect()
}

#[test]
fn every_call_is_described_with_its_method_and_no_other_call() {
    let document = document("https://reset.example.org");
    let described: BTreeMap<String, String> = operations(&document)
        .into_iter()
        .filter(|(path, _)| path.starts_with("/api/") && path != PATH)
        .map(|(path, (method, _))| (path, method))
        .collect();
    let served: BTreeMap<String, String> = server_fn::axum::server_fn_paths()
        .map(|(path, method)| (path.to_owned(), method.as_str().to_owned()))
        .collect();
    assert_eq!(described, served);
}

#[test]
fn every_refusal_and_reason_is_described_under_its_status() {
    let document = document("https://reset.example.org");
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let variants: BTreeSet<&str> = schemas.keys().filter_map(|name| name.strip_prefix("Refusal.")).collect();
    let text = document["paths"].to_string();
    for variant in &variants {
        assert!(text.contains(&format!("Refusal.{variant}\"")), "no call is refused with {variant}");
    }
    assert_eq!(variants.len(), 10, "{variants:?}");
    let mut reasons = BTreeSet::new();
    for (path, (_, operation)) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let schema = &response["content"]["application/json"]["schema"];
            let choices = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
            for choice in choices {
                for name in
                    choice["allOf"][1]["properties"]["reason"]["enum"].as_array().into_iter().flatten()
                {
                    let reason: Reason = serde_json::from_value(name.clone()).unwrap();
                    let refusal = app::api::refusal::Refusal::Invalid { field: None, reason };
                    assert_eq!(refusal.status().to_string(), *status, "{path}: {name}");
                    reasons.insert(name.to_string());
                }
            }
        }
    }
    assert_eq!(reasons.len(), 23, "{reasons:?}");
}

#[test]
fn every_reference_of_the_description_has_a_target() {
    let document = document("https://reset.example.org");
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap());
    let references: BTreeSet<&str> = references.collect();
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[test]
fn arguments_are_strict_and_steps_are_told_apart_by_their_name() {
    let document = document("http://127.0.0.1:8080");
    let schema = &document["paths"]["/api/reset/identify"]["post"]["requestBody"]["content"]["application/json"]
        ["schema"];
    assert_eq!(
        *schema,
        json!({
            "type": "object",
            "properties": {
                "username": { "type": "string" },
                "purpose": { "type": ["string", "null"] },
            },
            "required": ["username"],
            "additionalProperties": false,
        })
    );
    let step = &document["components"]["schemas"]["Step"];
    assert_eq!(step["discriminator"]["propertyName"], "step");
    assert_eq!(step["oneOf"].as_array().unwrap().len(), 8);
    let code = &document["components"]["schemas"]["Step.code"]["properties"];
    assert!(code["ways"].is_object() && code["way"].is_object() && code["methods"].is_null(), "{code}");
    assert_eq!(document["components"]["securitySchemes"]["reset"]["name"], "visit");
}
