//! Every refusal of the contract: status, fields and headers.

use super::client::{Answer, TestApi, deps, settings};
use crate::reset::world::{BIRTHDATE, NEW_PASSWORD, wrong_code};
use async_trait::async_trait;
use serde_json::json;
use server::ports::directory::AccountId;
use server::ports::records::{Record, Records, Statistics, StoredRecord};
use server::ports::sessions::{Revision, Swap};
use server::ports::store::StoreError;
use server::test_support::directory::DirectoryOutage;
use server::test_support::otp_provider::OtpOutage;
use std::sync::Arc;

fn is_a_reference(text: &str) -> bool {
    let is_group =
        |part: &str| part.len() == 4 && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    text.split_once('-').is_some_and(|(one, other)| is_group(one) && is_group(other))
}

/// The JSON without its reference, which must be well-formed.
fn without_reference(answer: &Answer) -> serde_json::Value {
    let mut json = answer.json();
    let reference = json.as_object_mut().unwrap().remove("reference").expect("a reference");
    assert!(is_a_reference(reference.as_str().unwrap()), "{reference}");
    json
}

#[tokio::test]
async fn invalid_text_is_refused_at_its_field() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.identify("A.Janssen").await;
    let long = "x".repeat(10_000);
    for (call, text, reason) in [
        ("username", "", "empty"),
        ("username", "   ", "empty"),
        ("username", long.as_str(), "too_long"),
        ("username", "a*)(uid=*", "characters"),
        ("username", "a\0b", "characters"),
        ("username", "\u{200b}\u{feff}\u{a0}", "empty"),
        ("username", "A. Janssen", "characters"),
        ("username", "a\u{202e}b", "invisible"),
        ("username", "A.\u{200b}Janssen", "invisible"),
        ("username", r"EVIL\a", "other_domain"),
        ("username", "a@evil.example", "other_domain"),
        ("birthdate", "", "empty"),
        ("birthdate", "01-10-1984", "not_a_date"),
        ("birthdate", "1984-02-30", "not_a_date"),
        ("birthdate", "1984-10-01T00:00", "not_a_date"),
        ("birthdate", long.as_str(), "not_a_date"),
        ("birthdate", "\u{0}", "not_a_date"),
        ("birthdate", "\u{200e}", "empty"),
        ("birthdate", "1984-10\u{200b}-01", "not_a_date"),
        ("birthdate", "١٩٨٤-١٠-٠١", "not_a_date"),
        ("birthdate", "２０８４-10-01", "not_a_date"),
        ("birthdate", "1899-12-31", "implausible"),
        ("birthdate", "1753-01-01", "implausible"),
        ("birthdate", "2100-01-01", "future"),
        ("birthdate", "9999-12-31", "future"),
        ("code", "\u{2060}\u{a0}", "empty"),
        ("code", "1234\u{200b}5678", "not_digits"),
        ("code", "1234\u{a0}5678", "not_digits"),
        ("code", "١٢٣٤٥٦٧٨", "not_digits"),
        ("code", "۱۲۳۴۵۶۷۸", "not_digits"),
        ("code", "Code: 12345678", "not_digits"),
        ("code", "", "empty"),
        ("code", "1234567a", "not_digits"),
        ("code", " 12345678", "not_digits"),
        ("code", "1234 5678", "not_digits"),
        ("code", "１２３４５６７８", "not_digits"),
        ("code", "1e500000", "not_digits"),
        ("code", "-1234567", "not_digits"),
        ("code", "12345", "length"),
        ("code", "123456789", "length"),
        ("way", "SMS", "not_offered"),
        ("way", "token", "not_offered"),
        ("password", "", "empty"),
    ] {
        if call == "password" {
            client = api.client();
            client.reach_password(&api).await;
        } else if call == "way" {
            client = api.client();
            client.reach_code("A.Janssen").await;
        }
        let path = match call {
            "username" => "identify",
            "way" => "resend",
            other => other,
        };
        let answer = client.post(&format!("/api/reset/{path}"), super::client::json_field(call, text)).await;
        assert_eq!(answer.status, 422, "{call} {text:.20}");
        assert_eq!(
            answer.json(),
            json!({ "refusal": "invalid", "field": call, "reason": reason }),
            "{text:.20}"
        );
        assert_eq!(answer.cookie_line(), None);
        if text.len() > 3 && text != long {
            assert!(!answer.text().contains(text), "the typed text is not repeated");
        }
    }
    assert_eq!(api.world.directory.writes(), 0);
}

#[tokio::test]
async fn not_verified_counts_down_and_ends_the_session_at_zero() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_code("N.Iemand").await;
    for left in [4, 3, 2, 1] {
        let answer = client.code(&wrong_code()).await;
        assert_eq!(answer.status, 403);
        assert_eq!(without_reference(&answer), json!({ "refusal": "not_verified", "attempts_left": left }));
        assert_eq!((answer.cookie_line(), answer.header("retry-after")), (None, None));
        assert_eq!(client.current().await.outcome(), "code");
    }
    let last = client.code(&wrong_code()).await;
    assert_eq!(without_reference(&last), json!({ "refusal": "not_verified", "attempts_left": 0 }));
    assert!(last.cookie_line().unwrap().contains("Max-Age=0"));
    assert_eq!(client.cookie, None);
    assert_eq!(client.code(&wrong_code()).await.outcome(), "start_again");
}

#[tokio::test]
async fn weak_password_is_refused_with_each_violation() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_password(&api).await;
    for (password, breaches) in [
        (
            "Xk7!",
            json!([{ "breach": "too_short", "min": 12 }, { "breach": "too_guessable", "score": 1, "min": 3 }]),
        ),
        ("Welkom-Janssen-42-Fiets", json!([{ "breach": "contains_name" }])),
        ("Zomer-Pantein-87?paars", json!([{ "breach": "banned_word", "word": "pantein" }])),
        (&format!("Zomer-Kanaal-87?{}", "paars ".repeat(40)), json!([{ "breach": "too_long", "max": 127 }])),
    ] {
        let answer = client.password(password).await;
        assert_eq!(answer.status, 422, "{password:.20}");
        assert_eq!(
            answer.json(),
            json!({ "refusal": "weak_password", "breaches": breaches }),
            "{password:.20}"
        );
    }
    let used = client.password(crate::reset::world::CURRENT_PASSWORD).await;
    assert_eq!(
        used.json(),
        json!({ "refusal": "weak_password", "breaches": [{ "breach": "in_history", "remembered": 24 }] })
    );
    assert_eq!(client.current().await.outcome(), "password", "another password may be tried");
    assert_eq!(client.password(NEW_PASSWORD).await.outcome(), "done");
}

#[tokio::test]
async fn too_many_returns_the_retry_time_for_known_and_unknown_names_alike() {
    for name in ["A.Janssen", "N.Iemand"] {
        let limits = "[limits]\nper_address = \"2/10m\"\nglobal = \"0\"\n";
        let api = TestApi::with(settings(super::client::HTTPS, "", limits)).await;
        for _ in 0..2 {
            assert_eq!(api.client().identify(name).await.status, 200);
        }
        let answer = api.client().identify(name).await;
        assert_eq!((answer.status, answer.text()), (429, r#"{"refusal":"too_many","retry_after":600}"#));
        assert_eq!((answer.header("retry-after"), answer.cookie_line()), (Some("600"), None));
        for path in ["birthdate", "code", "resend", "password", "extend", "cancel"] {
            let name = if path == "resend" { "way" } else { path };
            let body = match path {
                "extend" | "cancel" => "{}".to_owned(),
                _ => super::client::json_field(name, "x"),
            };
            let answer = api.client().post(&format!("/api/reset/{path}"), body).await;
            assert_eq!(answer.status, 429, "every call counts: {path}");
        }
        assert_eq!(
            api.client().at_address("192.0.2.2").identify(name).await.status,
            200,
            "other addresses are not limited"
        );
    }
}

#[tokio::test]
async fn a01_every_later_step_without_a_session_starts_again() {
    let api = TestApi::new().await;
    let unknown = format!("__Host-visit={}", "A".repeat(43));
    for cookie in [None, Some(unknown)] {
        for (path, name) in super::client::posts() {
            if ["/api/reset/identify", "/api/reset/cancel"].contains(&path) {
                continue;
            }
            let mut client = api.client();
            client.cookie.clone_from(&cookie);
            let text = if name == Some("birthdate") { BIRTHDATE } else { "12345678" };
            let answer = client
                .post(path, name.map_or("{}".to_owned(), |name| super::client::json_field(name, text)))
                .await;
            assert_eq!((answer.status, answer.text()), (409, r#"{"refusal":"start_again"}"#), "{path}");
            assert_eq!((answer.header("retry-after"), answer.cookie_line()), (None, None), "{path}");
        }
    }
}

#[tokio::test]
async fn in_progress_has_a_retry_time_of_one_second() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    api.world.otp_provider.outage(Some(OtpOutage::Hangs));
    let (mut first, code) = (client.clone(), api.world.code_of("A.Janssen"));
    let first = tokio::spawn(async move { first.code(&code).await });
    api.world.otp_provider.arrived(1).await;
    for answer in [client.code("12345678").await, client.current().await, client.birthdate(BIRTHDATE).await] {
        assert_eq!((answer.status, answer.text()), (409, r#"{"refusal":"in_progress"}"#));
        assert_eq!((answer.header("retry-after"), answer.cookie_line()), (Some("1"), None));
    }
    api.world.otp_provider.outage(None);
    assert_eq!(first.await.unwrap().outcome(), "password");
}

#[tokio::test]
async fn request_aborted_by_the_browser_is_completed() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    api.world.otp_provider.outage(Some(OtpOutage::Hangs));
    let (mut aborted, code) = (client.clone(), api.world.code_of("A.Janssen"));
    let same_code = code.clone();
    let aborted = tokio::spawn(async move { aborted.code(&code).await });
    api.world.otp_provider.arrived(1).await;
    aborted.abort();
    assert!(aborted.await.unwrap_err().is_cancelled());
    api.world.otp_provider.outage(None);
    let mut answer = client.code(&same_code).await;
    // The server completes the request when it is scheduled. The clock does not advance, so the claim cannot expire.
    for _ in 0..1000 {
        if answer.outcome() != "in_progress" {
            break;
        }
        tokio::task::yield_now().await;
        answer = client.code(&same_code).await;
    }
    assert_eq!(answer.outcome(), "password");
    assert_eq!(api.world.provider_calls(), (1, 1));
}

#[tokio::test]
async fn unavailable_keeps_the_session_for_every_unreachable_system() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    let code = api.world.code_of("A.Janssen");
    let unavailable = json!({ "refusal": "unavailable", "retry_after": 5 });
    api.world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    let directory = client.code(&code).await;
    api.world.directory.set_outage(None);
    api.world.otp_provider.outage(Some(OtpOutage::Unreachable));
    let entrust = client.code(&code).await;
    api.world.otp_provider.outage(None);
    api.world.store.set_unavailable(true);
    let store = client.code(&code).await;
    api.world.store.set_unavailable(false);
    for answer in [directory, entrust, store] {
        assert_eq!((answer.status, without_reference(&answer)), (503, unavailable.clone()));
        assert_eq!((answer.header("retry-after"), answer.cookie_line()), (Some("5"), None));
    }
    assert_eq!(client.code(&code).await.outcome(), "password", "the step is repeatable");
}

#[tokio::test]
async fn open_circuit_breaker_is_reported_at_the_first_step() {
    let api = TestApi::new().await;
    api.world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    for _ in 0..3 {
        assert_eq!(client.code("12345678").await.outcome(), "unavailable");
    }
    let answers = [api.client().identify("A.Janssen").await, api.client().identify("N.Iemand").await];
    let seconds = answers[0].json()["retry_after"].as_u64().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    assert_eq!(
        (answers[0].status, answers[0].header("retry-after")),
        (503, Some(seconds.to_string().as_str()))
    );
    assert_eq!(answers[0].masked(), answers[1].masked());
    assert_eq!(client.current().await.outcome(), "code", "the open session is kept");
}

#[tokio::test]
async fn a25_write_that_no_controller_can_confirm_is_outcome_unknown() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_password(&api).await;
    api.world.directory.set_outage(Some(DirectoryOutage::AllLost));
    let answer = client.password(NEW_PASSWORD).await;
    assert_eq!((answer.status, without_reference(&answer)), (503, json!({ "refusal": "outcome_unknown" })));
    assert_eq!((answer.header("retry-after"), answer.cookie_line()), (None, None));
    assert_eq!(client.current().await.outcome(), "in_progress");
}

#[tokio::test]
async fn panic_is_a_fault_with_only_a_reference() {
    /// A store that panics in every call.
    struct PanickingRecords;
    #[async_trait]
    impl Records for PanickingRecords {
        async fn load(&self, _: AccountId) -> Result<Option<StoredRecord>, StoreError> {
            panic!("test of a defect")
        }
        async fn store(&self, _: AccountId, _: &Record, _: Option<Revision>) -> Result<Swap, StoreError> {
            panic!("test of a defect")
        }
        async fn store_many(
            &self,
            _: &[(AccountId, Record, Option<Revision>)],
        ) -> Result<Vec<Swap>, StoreError> {
            panic!("test of a defect")
        }
        async fn remove(&self, _: AccountId) -> Result<bool, StoreError> {
            panic!("test of a defect")
        }
        async fn page(
            &self,
            _: Option<AccountId>,
            _: u32,
        ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
            panic!("test of a defect")
        }
        async fn statistics(&self, _: &str) -> Result<Statistics, StoreError> {
            panic!("test of a defect")
        }
    }
    let api = TestApi::with_deps(|_, deps| deps.records = Arc::new(PanickingRecords)).await;
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    let answer = client.code("12345678").await;
    assert_eq!((answer.status, without_reference(&answer)), (500, json!({ "refusal": "fault" })));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // The store of the fixture itself was not replaced.
    assert_eq!(deps(&api.world).records.statistics("").await.unwrap().records, 1);
}
