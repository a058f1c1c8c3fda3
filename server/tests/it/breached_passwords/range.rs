//! The range API over real HTTP: what leaves the machine, unusable answers, and the reset during an outage.

use super::{BREACHED, satisfies_the_contract};
use crate::reset::world::{NEW_PASSWORD, World, name};
use app::api::refusal::Refusal;
use app::domain::password::Password;
use app::policy::Violation;
use end2end::breach_range::{RangeApi, RangeFault};
use server::adapters::breach_range::{BreachRange, BreachRangeConfig};
use server::config::HttpsUrl;
use server::ports::audit::Event;
use server::ports::breached_passwords::BreachedPasswords as _;
use server::ports::health_finding::State;
use server::reset::breach_check::BreachCheck;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_mins(1);
/// For tests that wait until the limit has passed.
const SHORT: Duration = Duration::from_millis(200);

fn range(url: &str, timeout: Duration) -> BreachRange {
    let url = HttpsUrl::parse_base(url).unwrap();
    BreachRange::new(BreachRangeConfig { url, ca_file: None, timeout }).unwrap()
}

/// A server that lists [`BREACHED`] and the password that `check` looks up.
async fn server() -> RangeApi {
    RangeApi::start(&[&["password"][..], &BREACHED].concat(), &[]).await.unwrap()
}

async fn failure(range: &BreachRange, password: &str) -> String {
    let error = range.contains(&Password::new(password)).await.unwrap_err();
    error.source().unwrap().to_string()
}

#[tokio::test]
async fn range_api_satisfies_the_contract() {
    let server = server().await;
    satisfies_the_contract(&range(server.url(), PATIENT)).await;
    // The setting may lack the slash at the end.
    satisfies_the_contract(&range(server.url().trim_end_matches('/'), PATIENT)).await;
}

#[tokio::test]
async fn only_five_digits_of_the_digest_leave_the_machine() {
    let server = server().await;
    let range = range(server.url(), PATIENT);
    assert!(range.contains(&Password::new("Welkom01")).await.unwrap());
    assert!(!range.contains(&Password::new("Herfst-Brug-19?groen")).await.unwrap());
    // `printf %s Welkom01 | sha1sum`
    let digest = "057c8c1b2046375df06e6bda51fb4ce7528d5625";
    let requests = server.requests();
    let Some(first) = requests.first() else { panic!("no request") };
    let line = first.line.to_lowercase();
    assert!(line.starts_with("get /range/") && line.len() == "get /range/".len() + 5, "{line}");
    assert_eq!(line.rsplit('/').next(), digest.get(..5));
    for request in requests {
        assert_eq!(request.body, 0, "{request:?}");
        let mut names: Vec<&str> =
            request.headers.lines().filter_map(|line| line.split(": ").next()).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "add-padding", "host", "user-agent"], "{request:?}");
        assert!(request.headers.contains("add-padding: true\n"), "{request:?}");
    }
}

#[tokio::test]
async fn padding_of_an_answer_is_no_breached_password() {
    let server = RangeApi::start(&["Welkom01"], &[NEW_PASSWORD]).await.unwrap();
    let range = range(server.url(), PATIENT);
    assert!(!range.contains(&Password::new(NEW_PASSWORD)).await.unwrap());
    assert!(range.contains(&Password::new("Welkom01")).await.unwrap());
}

#[tokio::test]
async fn unusable_answer_is_an_outage_and_no_permission() {
    let server = server().await;
    let patient = range(server.url(), PATIENT);
    let other = self::server().await;
    let html = b"<html>Sign in to the guest network</html>".to_vec();
    for (fault, expected) in [
        (RangeFault::Status(500), "status 500"),
        (RangeFault::Status(429), "status 429"),
        (RangeFault::Status(204), "status 204"),
        (RangeFault::Status(404), "status 404"),
        (RangeFault::Redirect(format!("{}5BAA6", other.url())), "status 307"),
        (RangeFault::Body(html), "a line that is not SUFFIX:COUNT"),
        (RangeFault::Body(b"\xff\xfe\0".to_vec()), "a line that is not SUFFIX:COUNT"),
        (RangeFault::Body(Vec::new()), "an answer without lines"),
        (RangeFault::Endless, "an answer of more than 512 kB"),
        (RangeFault::Drop, "the connection was interrupted"),
    ] {
        server.set_fault(Some(fault.clone()));
        for password in ["Welkom01", NEW_PASSWORD] {
            let text = failure(&patient, password).await;
            assert!(text.starts_with(&format!("127.0.0.1: {expected}")), "{fault:?}: {text}");
        }
        let rows = patient.check().await;
        assert!(rows.iter().all(|row| row.state == State::Bad && row.what == "127.0.0.1"), "{rows:?}");
    }
    assert_eq!(other.requests(), [], "a redirect was followed");
    server.set_fault(None);
    assert!(patient.contains(&Password::new("Welkom01")).await.unwrap());
}

#[tokio::test]
async fn silent_or_slow_server_is_given_up_after_the_time_limit() {
    let server = server().await;
    for fault in [RangeFault::Hang, RangeFault::Slow] {
        server.set_fault(Some(fault));
        let text = failure(&range(server.url(), SHORT), "Welkom01").await;
        assert_eq!(text, "127.0.0.1: no complete answer within 200ms");
    }
    let url = server.url().to_owned();
    drop(server);
    let text = failure(&range(&url, PATIENT), "Welkom01").await;
    assert!(text.contains("breached.range_url") || text.contains("interrupted"), "{text}");
}

#[tokio::test]
async fn errors_contain_no_part_of_the_request() {
    let server = server().await;
    for fault in
        [RangeFault::Status(500), RangeFault::Body(b"x".to_vec()), RangeFault::Hang, RangeFault::Drop]
    {
        server.set_fault(Some(fault));
        let range = range(server.url(), SHORT);
        let error = range.contains(&Password::new("Welkom01")).await.unwrap_err();
        let debug = format!("{error:?} {range:?}");
        let text = format!("{debug} {:#}", anyhow::Error::new(error)).to_lowercase();
        assert!(!text.contains("057c8") && !text.contains("welkom"), "{text}");
    }
}

#[tokio::test]
async fn check_reports_a_server_that_lists_other_digests() {
    let server = RangeApi::start(&[], &[]).await.unwrap();
    let rows = range(server.url(), PATIENT).check().await;
    assert!(
        rows.iter().all(|row| row.state == State::Bad && row.detail.contains("breached.range_url")),
        "{rows:?}"
    );
}

#[tokio::test]
async fn reset_refuses_what_the_range_api_lists_and_continues_in_its_outage() {
    let mut world = World::new().await;
    let server = RangeApi::start(&[NEW_PASSWORD], &[]).await.unwrap();
    world.breach_check = BreachCheck::new(Arc::new(range(server.url(), PATIENT)), false);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    // A password that breaks another rule is not looked up.
    assert!(matches!(browser.password("Kort1!").await, Err(Refusal::WeakPassword { .. })));
    assert_eq!(server.requests(), []);
    let refused = browser.password(NEW_PASSWORD).await;
    assert_eq!(refused, Err(Refusal::WeakPassword { violations: vec![Violation::Breached] }));
    assert_eq!(world.directory.writes(), 0);
    server.set_fault(Some(RangeFault::Status(503)));
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert!(world.audit.entries().iter().any(|entry| entry.event == Event::BreachUnchecked));
}

#[tokio::test]
async fn outage_of_the_range_api_stops_a_reset_if_the_settings_say_so() {
    let mut world = World::new().await;
    let server = RangeApi::start(&[], &[]).await.unwrap();
    server.set_fault(Some(RangeFault::Endless));
    world.breach_check = BreachCheck::new(Arc::new(range(server.url(), PATIENT)), true);
    let mut browser = world.browser();
    browser.reach_password(&world, "A.Janssen").await.unwrap();
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "unavailable");
    assert_eq!(world.directory.writes(), 0);
    server.set_fault(None);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}
