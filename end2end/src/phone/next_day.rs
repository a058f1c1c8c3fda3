//! The next day: the waiting times of the demo's employees end. The service has no clock of its own, so the times in its store
//! move back by a day instead.

use super::{Phones, page, without_caching};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use std::path::Path;
use std::time::Duration;

/// A little longer than a day, so that nothing waits for its last seconds.
const DAY: SignedDuration = SignedDuration::from_hours(25);
/// How long the service may write in between.
const PATIENCE: Duration = Duration::from_secs(10);

/// The button on the list of phones, if the demo has an embedded store.
pub(super) fn button(phones: &Phones) -> &'static str {
    if phones.store.is_none() {
        return "";
    }
    "<form method=\"post\" action=\"/telefoon/een-dag-later\"><button>Een dag later</button></form><p>Wie iets heeft gewijzigd, \
     kan pas een dag later een wachtwoord instellen. Met deze knop is het zover.</p>"
}

pub(super) async fn pass(State(phones): State<Phones>) -> Response {
    let outcome = match &phones.store {
        Some(store) => move_back(store).await,
        None => Err(anyhow::anyhow!("the demo with several nodes cannot do this")),
    };
    match outcome {
        Ok(()) => without_caching(Redirect::to("/telefoon").into_response()),
        Err(error) => {
            let body = format!(
                "<main class=\"list\"><h1>Het lukte niet</h1><p>{}</p></main>",
                super::escape(&format!("{error:#}"))
            );
            page(StatusCode::INTERNAL_SERVER_ERROR, "Het lukte niet", None, &body)
        }
    }
}

/// Moves the times in the records of the store; they are JSON.
async fn move_back(path: &Path) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE);
    let mut store = SqliteConnection::connect_with(&options).await?;
    let mut change = store.begin_with("begin immediate").await?;
    let records: Vec<(Vec<u8>, String)> =
        sqlx::query_as("select account, record from registered").fetch_all(&mut *change).await?;
    for (account, record) in records {
        sqlx::query("update registered set record = ?, revision = revision + 1 where account = ?")
            .bind(a_day_earlier(&record)?)
            .bind(account)
            .execute(&mut *change)
            .await?;
    }
    change.commit().await?;
    store.close().await?;
    Ok(())
}

/// The record with its waiting times a day earlier.
fn a_day_earlier(record: &str) -> anyhow::Result<String> {
    let mut record: Value = serde_json::from_str(record)?;
    for time in ["/birthdate/usable_from", "/mobile/usable_from", "/app_usable_from"] {
        if let Some(value) = record.pointer_mut(time)
            && let Some(text) = value.as_str()
        {
            *value = (text.parse::<Timestamp>()? - DAY).to_string().into();
        }
    }
    Ok(record.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_of_a_record_move_back_by_a_day_and_other_values_stay() {
        let record = r#"{"app_usable_from":"2026-11-28T15:00:00Z","birthdate":{"usable_from":"2026-11-28T13:00:00Z","since":"2026-11-27T13:00:00Z"},"mobile":null}"#;
        let moved: Value = serde_json::from_str(&a_day_earlier(record).unwrap()).unwrap();
        assert_eq!(moved["app_usable_from"], "2026-11-27T14:00:00Z");
        assert_eq!(moved["birthdate"]["usable_from"], "2026-11-27T12:00:00Z");
        assert_eq!(moved["birthdate"]["since"], "2026-11-27T13:00:00Z");
        assert!(moved["mobile"].is_null());
    }
}
