//! The schemas of requests and answers.
//!
//! serde's tagged enums become one schema per variant, so that the description can name the refusals of a status.

use app::api::refusal::Refusal;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

const LOCATION: &str = "#/components/schemas/";
/// The tagged enums with the property that names the variant.
const TAGGED: [(&str, &str); 3] = [("Step", "step"), ("Refusal", "refusal"), ("Violation", "breach")];

/// The generator of the schemas, with all schemas that it has generated.
pub(super) struct Components {
    generator: SchemaGenerator,
}

impl Components {
    /// With the schemas of refusals.
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into())
            .for_serialize();
        let mut components = Self { generator: settings.into_generator() };
        components.schema_of::<Refusal>();
        components
    }

    /// A reference to the schema of a type.
    pub(super) fn schema_of<T: JsonSchema>(&mut self) -> Value {
        self.generator.subschema_for::<T>().to_value()
    }

    /// The reasons of `invalid`, as on the wire.
    pub(super) fn reasons(&self) -> Vec<Value> {
        let reason = self.generator.definitions().get("Reason");
        let variants = reason.and_then(|reason| reason.get("oneOf")).and_then(Value::as_array);
        variants.into_iter().flatten().flat_map(names).collect()
    }

    /// All schemas by name.
    pub(super) fn schemas(&self) -> Map<String, Value> {
        let mut schemas = self.generator.definitions().clone();
        for (name, tag) in TAGGED {
            let Some(tagged) = schemas.remove(name) else { continue };
            let (tagged, variants) = split(name, tag, tagged);
            schemas.extend(variants);
            schemas.insert(name.to_owned(), tagged);
        }
        schemas
    }
}

/// A reference to the schema of a refusal.
pub(super) fn refusal(name: &str) -> Value {
    Schema::new_ref(format!("{LOCATION}Refusal.{name}")).to_value()
}

/// The names of an enum's unit variants: `const` with a description, or `enum` without one.
fn names(schema: &Value) -> Vec<Value> {
    match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(name), _) => vec![name.clone()],
        (None, Some(names)) => names.clone(),
        (None, None) => vec![],
    }
}

/// Splits a tagged enum into a choice and one schema per variant.
fn split(name: &str, tag: &str, mut tagged: Value) -> (Value, Vec<(String, Value)>) {
    let variants = match tagged.get_mut("oneOf").map(Value::take) {
        Some(Value::Array(variants)) => variants,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_))
        | None => vec![],
    };
    let named: Vec<(String, Value)> = variants
        .into_iter()
        .filter_map(|variant| {
            let value = variant.get("properties")?.get(tag)?.get("const")?.as_str()?;
            Some((value.to_owned(), variant))
        })
        .collect();
    let location = |value: &str| format!("{LOCATION}{name}.{value}");
    let choices: Vec<Value> = named.iter().map(|(value, _)| json!({ "$ref": location(value) })).collect();
    let mapping: Map<String, Value> =
        named.iter().map(|(value, _)| (value.clone(), json!(location(value)))).collect();
    if let Some(tagged) = tagged.as_object_mut() {
        tagged.insert("oneOf".to_owned(), json!(choices));
        tagged.insert("discriminator".to_owned(), json!({ "propertyName": tag, "mapping": mapping }));
    }
    let variants = named.into_iter().map(|(value, variant)| (format!("{name}.{value}"), variant)).collect();
    (tagged, variants)
}
