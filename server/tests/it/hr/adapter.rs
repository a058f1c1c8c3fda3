//! Behaviour of the Youforce adapter beyond the contract: tokens, request rate, headers, fields.

use super::world::{NOW, fields, real, real_with, staff};
use end2end::hr::{Fault, Person, TENANT_ID};
use jiff::SignedDuration;
use server::adapters::youforce::{Fields, Youforce, YouforceConfig, YouforceConfigError};
use server::config::JsonPath;
use server::ports::clock::Clock as _;
use server::ports::health_finding::State;
use server::ports::hr::{HrError, HrSource as _};
use std::sync::Arc;

#[tokio::test]
async fn token_is_reused_until_shortly_before_it_expires() {
    let real = real(staff(1), 5).await;
    for _ in 0..3 {
        real.hr.page(None).await.unwrap();
    }
    assert_eq!(real.simulator.tokens(), 1);
    real.clock.advance(SignedDuration::from_secs(3600 - 61));
    real.hr.page(None).await.unwrap();
    assert_eq!(real.simulator.tokens(), 1);
    real.clock.advance(SignedDuration::from_secs(1));
    real.hr.page(None).await.unwrap();
    assert_eq!(real.simulator.tokens(), 2);
    // A check requests no token while one is valid.
    real.hr.check().await;
    assert_eq!(real.simulator.tokens(), 2);
}

#[tokio::test]
async fn refused_token_is_renewed_once() {
    let real = real(staff(1), 5).await;
    real.hr.page(None).await.unwrap();
    real.simulator.expire_token();
    assert_eq!(real.hr.page(None).await.unwrap().entries.len(), 1);
    assert_eq!((real.simulator.tokens(), real.simulator.calls().len()), (2, 3));
    real.simulator.set_fault(Some(Fault::Status(401)));
    assert!(matches!(real.hr.page(None).await, Err(HrError::Refused { .. })));
    assert_eq!((real.simulator.tokens(), real.simulator.calls().len()), (3, 5));
}

#[tokio::test]
async fn too_many_requests_is_a_pause_and_not_a_failure() {
    let real = real(staff(1), 5).await;
    let busy = |retry_after: Option<&str>, calls| {
        Some(Fault::Busy { retry_after: retry_after.map(str::to_owned), calls })
    };
    real.simulator.set_fault(busy(Some("17"), 2));
    assert_eq!(real.hr.page(None).await.unwrap().entries.len(), 1);
    assert_eq!(real.clock.now(), NOW + SignedDuration::from_secs(34));
    // A requested pause of a day is shortened to five minutes, and then reported.
    real.simulator.set_fault(busy(Some("86400"), 99));
    assert!(matches!(real.hr.page(None).await, Err(HrError::Unreachable { .. })));
    assert_eq!(real.clock.now(), NOW + SignedDuration::from_secs(34 + 3 * 300));
}

#[tokio::test]
async fn calls_per_minute_are_limited() {
    let real = real_with(staff(1), 5, |config| YouforceConfig { calls_per_minute: 2, ..config }).await;
    for _ in 0..5 {
        real.hr.page(None).await.unwrap();
    }
    assert_eq!(real.clock.now(), NOW + SignedDuration::from_mins(2));
}

#[tokio::test]
async fn tenant_is_sent_in_the_configured_header_only() {
    let without_header = real(staff(1), 5).await;
    without_header.hr.page(None).await.unwrap();
    assert_eq!(without_header.simulator.calls()[0].tenant, None);
    let header = Some("X-Raet-Tenant-Id".to_owned());
    let with_header =
        real_with(staff(1), 5, |config| YouforceConfig { tenant_header: header, ..config }).await;
    with_header.hr.page(None).await.unwrap();
    assert_eq!(with_header.simulator.calls()[0].tenant.as_deref(), Some(TENANT_ID));
    assert_eq!(with_header.simulator.calls()[0].path, "/iam/v1.0/persons?take=1000");
}

#[tokio::test]
async fn wrong_credentials_are_reported_with_the_oauth_error_code() {
    let real =
        real_with(staff(1), 5, |config| YouforceConfig { client_id: "somebody".into(), ..config }).await;
    let error = real.hr.page(None).await.unwrap_err().to_string();
    assert_eq!(error, "HR at 127.0.0.1 refuses: no token: status 400, invalid_client");
    let findings = real.hr.check().await;
    assert_eq!((findings[0].state, findings[0].detail.as_str()), (State::Bad, error.as_str()));
    assert_eq!(real.simulator.calls(), [], "persons are not requested without a token");
}

#[tokio::test]
async fn only_numbers_of_the_configured_type_are_mobiles() {
    let phones =
        [("Private", "0611111111"), ("MOBILE", "0622222222"), ("Mobile", " 0633333333 "), ("Home", "")];
    let phones = phones.map(|(kind, number)| (kind.to_owned(), number.to_owned())).to_vec();
    let person =
        Person { code: "1".into(), phones, birthdate: Some("1984-10-01T00:00:00Z".into()), since: None };
    let without_values = Person { code: "2".into(), ..Person::default() };
    let real = real(vec![person, without_values], 5).await;
    let people = real.hr.page(None).await.unwrap().entries;
    let mobiles: Vec<&str> = people[0].mobiles.iter().map(|mobile| mobile.as_str()).collect();
    assert_eq!((mobiles, people[0].birthdate.as_str()), (vec!["0622222222", "0633333333"], "1984-10-01"));
    assert!(people[1].has_no_values());
    assert_eq!(format!("{:?}", people[0]), "Employment(…)");
}

#[tokio::test]
async fn field_of_the_wrong_type_is_reported_by_its_settings_key() {
    for (fields, key) in [
        (
            Fields { employee_number: Some(JsonPath::parse("phoneNumbers").unwrap()), ..fields() },
            "hr.employee_number_field",
        ),
        (Fields { people: JsonPath::parse("persons").unwrap(), ..fields() }, "hr.people_field"),
        (Fields { phones: JsonPath::parse("personCode").unwrap(), ..fields() }, "hr.phones_field"),
        (Fields { phone_number: JsonPath::parse("/").unwrap(), ..fields() }, ""),
    ] {
        let real = real_with(staff(1), 5, |config| YouforceConfig { fields, ..config }).await;
        match real.hr.page(None).await {
            Err(HrError::Unusable { what, .. }) => assert!(!key.is_empty() && what.contains(key), "{what}"),
            Ok(page) => assert!(key.is_empty() && page.entries[0].has_no_values()),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn invalid_settings_are_refused_at_start() {
    let real = real(Vec::new(), 5).await;
    let new = |change: fn(YouforceConfig) -> YouforceConfig| {
        Youforce::new(change(super::world::config(&real.simulator)), Arc::clone(&real.clock) as _).err()
    };
    assert!(new(|config| config).is_none());
    for path in ["persons", "/../../admin", ""] {
        let config = YouforceConfig { persons_path: path.into(), ..super::world::config(&real.simulator) };
        let error = Youforce::new(config, Arc::clone(&real.clock) as _).err();
        assert!(matches!(error, Some(YouforceConfigError::Path)), "{path}");
    }
    assert!(matches!(
        new(|config| YouforceConfig { tenant_header: Some("X Raet".into()), ..config }),
        Some(YouforceConfigError::Tenant)
    ));
    assert!(matches!(
        new(|config| YouforceConfig { ca_file: Some("/nowhere/ca.pem".into()), ..config }),
        Some(YouforceConfigError::Trust(_))
    ));
}
