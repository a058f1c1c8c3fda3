//! HR that is slow, broken, or lies: bounded, told without a word of what it said, and nothing taken.

use super::world::{real, refused, staff, with};
use end2end::hr::Fault;
use server::adapters::youforce::YouforceConfig;
use server::hr_sync::{CollectError, collect};
use server::ports::hr::HrError;
use std::time::Duration;

#[tokio::test]
async fn what_is_no_page_is_not_read_as_one() {
    let real = real(staff(3), 2).await;
    for body in [
        "",
        "<html>0612345678</html>",
        "[]",
        "{}",
        "null",
        r#"{"value":"Janssen"}"#,
        r#"{"value":[],"nextLink":17.5}"#,
        r#"{"value":[],"nextLink":{"x":"0612345678"}}"#,
        r#"{"value":[{"personCode":["Janssen"]}]}"#,
        r#"{"value":[{"phoneNumbers":[{"type":"Mobile","number":{"x":"0612345678"}}]}]}"#,
        r#"{"value":[{"personCode":"0612345678"#,
    ] {
        real.emulator.set_fault(Some(Fault::Body(body.to_owned())));
        assert!(matches!(refused(&*real.hr).await, HrError::Unusable { .. }), "{body}");
    }
    let deep = "[".repeat(100_000);
    real.emulator.set_fault(Some(Fault::Body(deep)));
    assert!(matches!(refused(&*real.hr).await, HrError::Unusable { .. }));
}

#[tokio::test]
async fn an_answer_is_bounded_in_size() {
    let real = real(staff(3), 2).await;
    real.emulator.set_fault(Some(Fault::Huge));
    let error = refused(&*real.hr).await.to_string();
    assert!(error.ends_with("an answer of more than 20 MB"), "{error}");
}

#[tokio::test]
async fn an_answer_is_bounded_in_time() {
    let quick = Duration::from_millis(200);
    let real = with(staff(3), 2, |config| YouforceConfig { timeout: quick, ..config }).await;
    real.emulator.set_fault(Some(Fault::Hang));
    assert!(matches!(refused(&*real.hr).await, HrError::Unreachable { .. }));
}

#[tokio::test]
async fn every_status_is_told_as_what_it_is() {
    let real = real(staff(3), 2).await;
    for status in [500, 502, 503, 408] {
        real.emulator.set_fault(Some(Fault::Status(status)));
        assert!(matches!(refused(&*real.hr).await, HrError::Unreachable { .. }), "{status}");
    }
    for status in [400, 403, 404, 410] {
        real.emulator.set_fault(Some(Fault::Status(status)));
        assert!(matches!(refused(&*real.hr).await, HrError::Refused { .. }), "{status}");
    }
    real.emulator.set_fault(Some(Fault::Status(204)));
    assert!(matches!(refused(&*real.hr).await, HrError::Unusable { .. }));
    for (status, unreachable) in [(500, true), (429, true), (401, false), (403, false)] {
        real.emulator.expire_token();
        real.emulator.set_fault(None);
        real.emulator.set_token_fault(Some(status));
        assert_eq!(matches!(refused(&*real.hr).await, HrError::Unreachable { .. }), unreachable, "{status}");
    }
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let (honest, thief) = (real(staff(3), 2).await, real(staff(3), 2).await);
    let stolen = format!("{}/persons?take=2", thief.emulator.url());
    honest.emulator.set_fault(Some(Fault::Next(stolen.clone())));
    let error = refused(&*honest.hr).await;
    assert!(error.to_string().ends_with("a link to the next page that leads to another server"), "{error}");
    honest.emulator.set_fault(Some(Fault::Redirect(stolen)));
    assert!(matches!(refused(&*honest.hr).await, HrError::Unusable { .. }));
    honest.emulator.set_fault(Some(Fault::Next("/admin".into())));
    let error = refused(&*honest.hr).await;
    assert!(error.to_string().ends_with("a link to the next page that leads out of the API"), "{error}");
    assert_eq!((thief.emulator.calls(), thief.emulator.tokens()), (vec![], 0));
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end() {
    let real = real(staff(6), 2).await;
    real.emulator.set_fault(Some(Fault::Next(format!("{}/persons?take=1000&skip=2", real.emulator.url()))));
    let error = collect(&*real.hr, &*real.clock).await.unwrap_err();
    assert!(matches!(error, CollectError::Loop { page: 2 }), "{error}");
    assert_eq!(real.emulator.calls().len(), 2);
}

#[tokio::test]
async fn hr_that_is_slow_in_all_is_given_up() {
    let real = with(staff(130), 1, |config| YouforceConfig { calls_per_minute: 1, ..config }).await;
    let error = collect(&*real.hr, &*real.clock).await.unwrap_err();
    assert!(matches!(error, CollectError::Slow { pages: 122 }), "{error}");
}
