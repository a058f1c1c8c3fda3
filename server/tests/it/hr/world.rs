//! The HR sources under test.

use end2end::hr::{CLIENT_ID, CLIENT_SECRET, Hr as Simulator, Person, SCOPE, TENANT_ID};
use jiff::Timestamp;
use server::adapters::youforce::{Fields, Youforce, YouforceConfig};
use server::config::{HttpsUrl, JsonPath};
use server::ports::hr::{Employment, HrError, HrSource};
use server::test_support::ManualClock;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// The HR simulator and the production adapter.
pub(crate) struct Real {
    pub(crate) simulator: Simulator,
    pub(crate) hr: Arc<Youforce>,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) fn fields() -> Fields {
    let field = |text| JsonPath::parse(text).unwrap();
    Fields {
        people: field("value"),
        next: field("nextLink"),
        employee_number: Some(field("personCode")),
        username: None,
        birthdate: Some(field("dateOfBirth")),
        since: Some(field("hireDate")),
        phones: field("phoneNumbers"),
        phone_type: field("type"),
        phone_number: field("number"),
        mobile_type: "mobile".into(),
    }
}

pub(crate) fn config(simulator: &Simulator) -> YouforceConfig {
    YouforceConfig {
        base: HttpsUrl::parse_base(&simulator.url()).unwrap(),
        token_url: HttpsUrl::parse_base(&simulator.token_url()).unwrap(),
        persons_path: "/persons?take=1000".into(),
        client_id: CLIENT_ID.into(),
        client_secret: CLIENT_SECRET.to_owned().into(),
        tenant_id: TENANT_ID.into(),
        tenant_header: None,
        scope: SCOPE.into(),
        calls_per_minute: 90,
        fields: fields(),
        ca_file: None,
        timeout: Duration::from_secs(20),
    }
}

pub(crate) async fn real(people: Vec<Person>, page_size: usize) -> Real {
    real_with(people, page_size, |config| config).await
}

pub(crate) async fn real_with(
    people: Vec<Person>,
    page_size: usize,
    change: impl FnOnce(YouforceConfig) -> YouforceConfig,
) -> Real {
    let simulator = Simulator::start(people, page_size).await.unwrap();
    let clock = Arc::new(ManualClock::at(NOW));
    let hr = Arc::new(Youforce::new(change(config(&simulator)), Arc::clone(&clock) as _).unwrap());
    Real { simulator, hr, clock }
}

pub(crate) fn staff(people: usize) -> Vec<Person> {
    (0..people)
        .map(|number| Person::new(&format!("{}", 1200 + number), &format!("06-1234{number:04}")))
        .collect()
}

/// The same persons as the adapter returns them.
pub(crate) fn employments(people: &[Person]) -> Vec<Employment> {
    let employments = people.iter().map(|person| Employment {
        employee_number: person.code.clone(),
        birthdate: person.birthdate.clone().unwrap_or_default().into(),
        mobiles: person
            .phones
            .iter()
            .filter(|(kind, _)| kind == "Mobile")
            .map(|(_, number)| number.clone().into())
            .collect(),
        since: person.since.clone().unwrap_or_default(),
        ..Employment::default()
    });
    employments.collect()
}

/// The error of the first page. Asserts that it quotes no value of the response.
pub(crate) async fn first_page_error(hr: &dyn HrSource) -> HrError {
    let error = hr.page(None).await.unwrap_err();
    for part in ["Janssen", "0612345678", "secret", "token-", "nobody"] {
        assert!(!error.to_string().contains(part) && !format!("{error:?}").contains(part), "{error:?}");
    }
    error
}
