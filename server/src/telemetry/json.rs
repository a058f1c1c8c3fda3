//! One JSON object per event: its fields, the causes of an error, and the fields of the spans.

use super::redaction::redacted;
use serde_json::{Map, Value};
use std::error::Error;
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

/// The format.
pub(super) struct Json;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, JsonFields> for Json {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut line = Map::new();
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        line.insert("timestamp".into(), time.into());
        line.insert("level".into(), metadata.level().as_str().into());
        event.record(&mut Fields(&mut line));
        line.insert("target".into(), metadata.target().into());
        let mut spans = Vec::new();
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<JsonFields>>();
            let fields = fields.and_then(|fields| serde_json::from_str(&fields.fields).ok());
            let mut fields: Map<String, Value> = fields.unwrap_or_default();
            fields.insert("name".into(), span.name().into());
            spans.push(Value::Object(fields));
        }
        if let Some(last) = spans.last() {
            line.insert("span".into(), last.clone());
            line.insert("spans".into(), spans.into());
        }
        let text = serde_json::to_string(&line).map_err(|_| fmt::Error)?;
        writeln!(writer, "{text}")
    }
}

/// Collects the fields of an event.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        // `r#type` is the field `type`.
        self.0.insert(field.name().trim_start_matches("r#").to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, redacted(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Many libraries repeat their cause in their own text.
            if !text.contains(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        self.insert(field, redacted(&text));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, redacted(&format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::store::StoreError;
    use crate::test_support::LogOutput;
    use jiff::Timestamp;
    use tracing::Instrument as _;

    #[tokio::test]
    async fn line_has_the_span_of_the_request_and_the_causes_of_the_error() {
        let output = LogOutput::default();
        let writer = output.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .fmt_fields(JsonFields::new())
            .event_format(Json)
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let span = tracing::info_span!("request", path = "/api/reset/code", id = "7");
        let step = async {
            let error = StoreError::new("load a session", "no space at CN=Anna Janssen,DC=x");
            tracing::error!(
                reference = "K7Q2-9F4M",
                left = 3,
                error = &error as &dyn Error,
                "store unavailable"
            );
        };
        step.instrument(span).await;
        let text = output.text();
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "store unavailable");
        assert_eq!((&line["reference"], &line["left"]), (&"K7Q2-9F4M".into(), &3.into()));
        let error = "the store could not load a session: no space at [removed: a distinguished name]";
        assert_eq!(line["error"], error);
        assert_eq!(line["span"]["id"], "7");
        assert_eq!(line["spans"][0]["name"], "request");
        assert!(line["timestamp"].as_str().unwrap().parse::<Timestamp>().is_ok() && text.ends_with("}\n"));
    }
}
