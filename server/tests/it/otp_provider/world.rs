//! The OTP providers under test, with the same users: the fake and the Entrust adapter with its simulator.

use app::api::step::OtpMethod;
use app::domain::code::Code;
use end2end::entrust::{DECOY, Endpoint, Fault, Options, Person};
use server::adapters::entrust::{Entrust, EntrustConfig};
use server::ports::otp_provider::{Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpSubject};
use server::test_support::otp_provider::{FakeOtpProvider, OtpOutage};
use std::sync::Arc;

pub(crate) fn people() -> Vec<Person> {
    let person = |user_id: &str, first_name: &str, last_name: &str, mobile: Option<&str>| Person {
        user_id: user_id.into(),
        first_name: first_name.into(),
        last_name: last_name.into(),
        mobile: mobile.map(Into::into),
        has_app: true,
    };
    vec![
        person("A.Janssen", "Anna", "Janssen", Some("+31600000001")),
        person("B.Smits", "Bram", "Smits", Some("+31600000002")),
        person("G.Oezdemir", "Gül", "Özdemir", None),
    ]
}

/// The Entrust simulator and the production adapter.
pub(crate) struct Real {
    pub(crate) entrust: end2end::entrust::Entrust,
    pub(crate) provider: Arc<Entrust>,
}

pub(crate) async fn real() -> Real {
    let entrust = end2end::entrust::Entrust::start(people(), Options::default()).await.unwrap();
    entrust.offer(&["TOKEN", "OTP"]);
    let provider = Arc::new(Entrust::new(config(entrust.url())).unwrap());
    Real { entrust, provider }
}

pub(crate) fn config(url: &str) -> EntrustConfig {
    let mut config = EntrustConfig::new(url, end2end::entrust::APPLICATION_ID);
    config.decoy_user = Some(DECOY.into());
    config.methods = vec![OtpMethod::Token, OtpMethod::Otp];
    config
}

/// Operations of contract tests outside the port.
pub(crate) trait World {
    fn provider(&self) -> Arc<dyn OtpProvider>;
    /// The code that the app shows; accepted once.
    fn code(&self, name: &str) -> Code;
    fn wrong_code(&self, name: &str) -> Code;
    fn unlock(&self, name: &str);
    /// Offers TOKEN only.
    fn offer_token_only(&self);
    fn set_unavailable(&self);
    fn set_unparsable(&self);
    fn clear_faults(&self);
}

impl World for Real {
    fn provider(&self) -> Arc<dyn OtpProvider> {
        self.provider.clone()
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
    fn set_unavailable(&self) {
        self.entrust.set_fault_everywhere(&Fault::Status(503));
    }
    fn set_unparsable(&self) {
        for endpoint in Endpoint::ALL {
            self.entrust.set_fault(endpoint, Fault::Garbage);
        }
    }
    fn clear_faults(&self) {
        self.entrust.clear_faults();
    }
}

/// The in-memory fake.
pub(crate) struct Fake(Arc<FakeOtpProvider>);

pub(crate) async fn fake() -> Fake {
    Fake(Arc::new(FakeOtpProvider::new().with(["A.Janssen", "B.Smits", "G.Oezdemir"])))
}

impl World for Fake {
    fn provider(&self) -> Arc<dyn OtpProvider> {
        self.0.clone()
    }
    fn code(&self, name: &str) -> Code {
        self.0.code(name).unwrap()
    }
    fn wrong_code(&self, _: &str) -> Code {
        FakeOtpProvider::wrong_code().unwrap()
    }
    fn unlock(&self, name: &str) {
        self.0.unlock(name);
    }
    fn offer_token_only(&self) {
        self.0.offer(&[OtpMethod::Token]);
    }
    fn set_unavailable(&self) {
        self.0.outage(Some(OtpOutage::Unreachable));
    }
    fn set_unparsable(&self) {
        self.0.outage(Some(OtpOutage::Garbage));
    }
    fn clear_faults(&self) {
        self.0.outage(None);
    }
}

pub(crate) fn employee(name: &str) -> OtpSubject {
    OtpSubject::Employee(name.into())
}

/// Opens a challenge; panics on a refusal.
pub(crate) async fn open_challenge(provider: &dyn OtpProvider, name: &str, method: OtpMethod) -> Challenge {
    match provider.open(&employee(name), method).await.unwrap() {
        ChallengeOutcome::Challenge(challenge) => challenge,
        ChallengeOutcome::Refused(code) => panic!("{name} was refused: {code}"),
    }
}

/// The error code of a refused challenge; panics if a challenge is opened.
pub(crate) async fn refusal(provider: &dyn OtpProvider, subject: &OtpSubject, method: OtpMethod) -> String {
    match provider.open(subject, method).await.unwrap() {
        ChallengeOutcome::Challenge(_) => panic!("{subject:?} was not refused"),
        ChallengeOutcome::Refused(code) => code,
    }
}

/// Whether the verdict is `Wrong`, with any error code.
pub(crate) fn is_wrong(verdict: &CodeVerdict) -> bool {
    match verdict {
        CodeVerdict::Right => false,
        CodeVerdict::Wrong(_) => true,
    }
}

/// The Entrust simulator over TLS with a self-signed certificate, stored in `ca`.
pub(crate) struct Tls {
    pub(crate) entrust: end2end::entrust::Entrust,
    pub(crate) ca: tempfile::NamedTempFile,
}

pub(crate) async fn tls() -> Tls {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let tcp = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://localhost:{}", tcp.local_addr().unwrap().port());
    let listener = TlsListener { tcp, acceptor: Arc::new(server).into() };
    let entrust = end2end::entrust::Entrust::start_on(listener, url, people(), Options::default()).unwrap();
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), cert.pem()).unwrap();
    Tls { entrust, ca }
}

struct TlsListener {
    tcp: tokio::net::TcpListener,
    acceptor: tokio_rustls::TlsAcceptor,
}

impl axum::serve::Listener for TlsListener {
    type Io = tokio_rustls::server::TlsStream<tokio::net::TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            // A client that does not trust the certificate closes the connection; wait for the next one.
            let (stream, address) = self.tcp.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

/// Whether the provider accepts this code of the app.
pub(crate) async fn is_right(provider: &dyn OtpProvider, name: &str, code: &str) -> bool {
    let challenge = open_challenge(provider, name, OtpMethod::Token).await;
    provider.verify(&challenge, &Code::parse(code).unwrap()).await.unwrap() == CodeVerdict::Right
}

/// Sends wrong codes until Entrust locks the user.
pub(crate) async fn lock(entrust: &end2end::entrust::Entrust, name: &str) {
    let provider = Entrust::new(config(entrust.url())).unwrap();
    let wrong = entrust.wrong_code(name).unwrap();
    for _ in 0..5 {
        assert!(!is_right(&provider, name, &wrong).await);
    }
}
