//! The two code services that the tests are run on, with the same people in them. Not a test.

use app::code::Code;
use app::step::Way;
use end2end::entrust::{DECOY, Endpoint, Fault, Options, Person};
use server::adapters::entrust::{Config, Entrust};
use server::ports::codes::fake::{self, FakeCodes, Outage};
use server::ports::codes::{Challenge, Codes, Holder, Opened, Verdict};
use std::sync::Arc;

pub(crate) fn people() -> Vec<Person> {
    let person = |user_id: &str, first_name: &str, last_name: &str, mobile: Option<&str>| Person {
        user_id: user_id.into(),
        first_name: first_name.into(),
        last_name: last_name.into(),
        mobile: mobile.map(Into::into),
    };
    vec![
        person("A.Janssen", "Anna", "Janssen", Some("+31600000001")),
        person("B.Smits", "Bram", "Smits", Some("+31600000002")),
        person("G.Oezdemir", "Gül", "Özdemir", None),
    ]
}

/// The embedded Entrust, with the adapter that production has.
pub(crate) struct Real {
    pub(crate) entrust: end2end::entrust::Entrust,
    pub(crate) codes: Arc<Entrust>,
}

pub(crate) async fn real() -> Real {
    let entrust = end2end::entrust::Entrust::start(people(), Options::default()).await.unwrap();
    entrust.offer(&["TOKEN", "OTP"]);
    let codes = Arc::new(Entrust::new(config(entrust.url())).unwrap());
    Real { entrust, codes }
}

pub(crate) fn config(url: &str) -> Config {
    let mut config = Config::new(url, end2end::entrust::APPLICATION_ID);
    config.decoy_user = Some(DECOY.into());
    config.ways = vec![Way::Token, Way::Otp];
    config
}

/// What a test of the contract may do outside the port.
pub(crate) trait World {
    fn codes(&self) -> Arc<dyn Codes>;
    /// What the phone shows; right once.
    fn code(&self, name: &str) -> Code;
    fn wrong_code(&self, name: &str) -> Code;
    fn unlock(&self, name: &str);
    /// Offers TOKEN only.
    fn offer_token_only(&self);
    fn away(&self);
    fn garbage(&self);
    fn mend(&self);
}

impl World for Real {
    fn codes(&self) -> Arc<dyn Codes> {
        self.codes.clone()
    }
    fn code(&self, name: &str) -> Code {
        Code::parse(&self.entrust.unused_code(name).unwrap()).unwrap()
    }
    fn wrong_code(&self, name: &str) -> Code {
        Code::parse(&self.entrust.wrong_code(name).unwrap()).unwrap()
    }
    fn unlock(&self, name: &str) {
        self.entrust.unlock(name);
    }
    fn offer_token_only(&self) {
        self.entrust.offer(&["TOKEN"]);
    }
    fn away(&self) {
        self.entrust.break_down_everywhere(&Fault::Status(503));
    }
    fn garbage(&self) {
        for endpoint in Endpoint::ALL {
            self.entrust.break_down(endpoint, Fault::Garbage);
        }
    }
    fn mend(&self) {
        self.entrust.mend();
    }
}

/// The fake.
pub(crate) struct Fake(Arc<FakeCodes>);

pub(crate) async fn fake() -> Fake {
    Fake(Arc::new(FakeCodes::new().with(["A.Janssen", "B.Smits", "G.Oezdemir"])))
}

impl World for Fake {
    fn codes(&self) -> Arc<dyn Codes> {
        self.0.clone()
    }
    fn code(&self, name: &str) -> Code {
        self.0.code(name).unwrap()
    }
    fn wrong_code(&self, _: &str) -> Code {
        fake::FakeCodes::wrong_code().unwrap()
    }
    fn unlock(&self, name: &str) {
        self.0.unlock(name);
    }
    fn offer_token_only(&self) {
        self.0.offer(&[Way::Token]);
    }
    fn away(&self) {
        self.0.outage(Some(Outage::Away));
    }
    fn garbage(&self) {
        self.0.outage(Some(Outage::Garbage));
    }
    fn mend(&self) {
        self.0.outage(None);
    }
}

pub(crate) fn employee(name: &str) -> Holder {
    Holder::Employee(name.into())
}

/// Opens, and insists on a challenge.
pub(crate) async fn challenge(codes: &dyn Codes, name: &str, way: Way) -> Challenge {
    match codes.open(&employee(name), way).await.unwrap() {
        Opened::Challenge(challenge) => challenge,
        Opened::Refused(code) => panic!("{name} was refused: {code}"),
    }
}

/// Opens, and insists on a refusal.
pub(crate) async fn refused(codes: &dyn Codes, holder: &Holder, way: Way) -> String {
    match codes.open(holder, way).await.unwrap() {
        Opened::Challenge(_) => panic!("{holder:?} was not refused"),
        Opened::Refused(code) => code,
    }
}

/// Whether the verdict is a no, whatever its error code.
pub(crate) fn is_wrong(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Right => false,
        Verdict::Wrong(_) => true,
    }
}
