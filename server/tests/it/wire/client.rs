//! The test fixture: the real router over the fakes of the reset tests, and an HTTP client.

use crate::reset::world::World;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName, Method, Request, header};
use serde_json::Value;
use server::config::Settings;
use server::reset::ServiceDeps;
use std::net::SocketAddr;
use tower::ServiceExt as _;

pub(crate) const HTTPS: &str = "https://reset.example.org";
pub(crate) const HTTP: &str = "http://127.0.0.1:8080";

/// Every call of the wizard with its method and the name of its field, if it has one.
pub(crate) const RESET_CALLS: [(&str, &str, Option<&str>); 12] = [
    ("GET", "/api/site", None),
    ("GET", "/api/reset/current", None),
    ("POST", "/api/reset/identify", Some("username")),
    ("POST", "/api/reset/birthdate", Some("birthdate")),
    ("POST", "/api/reset/code", Some("code")),
    ("POST", "/api/reset/resend", Some("way")),
    ("POST", "/api/reset/password", Some("password")),
    ("POST", "/api/reset/unlock", None),
    ("POST", "/api/reset/activate", None),
    ("POST", "/api/reset/app", None),
    ("POST", "/api/reset/extend", None),
    ("POST", "/api/reset/cancel", None),
];

/// Every call of the registration with its method and a valid body.
pub(crate) const REGISTRATION_CALLS: [(&str, &str, &str); 12] = [
    ("GET", "/api/registration/current", ""),
    ("POST", "/api/registration/sign_in", r#"{"username":"A.Janssen","password":"x"}"#),
    ("POST", "/api/registration/code", r#"{"code":"123456"}"#),
    ("POST", "/api/registration/birthdate", r#"{"birthdate":"1984-10-01"}"#),
    ("POST", "/api/registration/mobile", r#"{"mobile":"06-12345678"}"#),
    ("POST", "/api/registration/confirm", r#"{"code":"123456"}"#),
    ("POST", "/api/registration/proposal", r#"{"what":"mobile","answer":"yes"}"#),
    ("POST", "/api/registration/activate", "{}"),
    ("POST", "/api/registration/app", "{}"),
    ("POST", "/api/registration/practice", "{}"),
    ("POST", "/api/registration/extend", "{}"),
    ("POST", "/api/registration/cancel", "{}"),
];

/// The calls of the service desk with a valid body.
pub(crate) const SERVICE_DESK_CALLS: [(&str, &str, &str); 13] = [
    ("GET", "/api/servicedesk/current", ""),
    ("POST", "/api/servicedesk/sign_in", r#"{"username":"A.Janssen","password":"x"}"#),
    ("POST", "/api/servicedesk/code", r#"{"code":"123456"}"#),
    ("POST", "/api/servicedesk/caller", r#"{"call_code":"K7Q29F"}"#),
    ("POST", "/api/servicedesk/end_call", "{}"),
    ("POST", "/api/servicedesk/trail", r#"{"reference":"K7Q2-9F4M"}"#),
    ("POST", "/api/servicedesk/act", r#"{"action":"unlock"}"#),
    ("POST", "/api/servicedesk/start_code/request", r#"{"username":"A.Janssen"}"#),
    (
        "POST",
        "/api/servicedesk/start_code/approve",
        r#"{"username":"A.Janssen","request":"5f0c2a9b7d11e384"}"#,
    ),
    ("POST", "/api/servicedesk/start_code/show", r#"{"username":"A.Janssen"}"#),
    ("POST", "/api/servicedesk/start_code/withdraw", r#"{"username":"A.Janssen"}"#),
    ("POST", "/api/servicedesk/extend", "{}"),
    ("POST", "/api/servicedesk/cancel", "{}"),
];

/// The POST calls of the wizard with their paths and fields.
pub(crate) fn posts() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    RESET_CALLS.into_iter().filter(|(method, ..)| *method == "POST").map(|(_, path, field)| (path, field))
}

/// Loads settings from a file, with the rate limits off by default; `top` is written before the sections.
pub(crate) fn settings(public_url: &str, top: &str, sections: &str) -> Settings {
    let limits = if sections.contains("[limits]") {
        ""
    } else {
        "[limits]\nper_address = \"0\"\nglobal = \"0\"\nflood_per_address = \"0\"\n"
    };
    let networks = if sections.contains("[registration]") {
        ""
    } else {
        "[registration]\nallowed_networks = [\"127.0.0.0/8\", \"::1/128\", \"10.0.0.0/8\"]\n"
    };
    let text = format!(
        "public_url = \"{public_url}\"\n{top}\n\
         [directory]\nurls = [\"ldaps://dc1.example.org\"]\nbind_dn = \"svc\"\nbind_password_file = \"none\"\n\
         base_dn = \"DC=example\"\n\
         [entrust]\nurl = \"https://entrust.example.org\"\napplication_id = \"none\"\ndecoy_user = \"decoy\"\nauthenticators = [\"TOKEN\"]\n\
         [store]\nkey_files = [\"none\"]\n{limits}{networks}{sections}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, text).unwrap();
    Settings::load(&file).unwrap()
}

/// The real router over the fixture of the reset tests.
pub(crate) struct TestApi {
    pub(crate) world: World,
    pub(crate) settings: Settings,
    router: Router,
}

impl TestApi {
    /// Creates an API on https, as in production.
    pub(crate) async fn new() -> Self {
        Self::with(settings(HTTPS, "", "")).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let world = World::new().await;
        let router = server::router(deps(&world), &settings).unwrap();
        Self { world, settings, router }
    }

    /// Creates an API whose dependencies `replace` may exchange.
    pub(crate) async fn with_deps(replace: impl FnOnce(&World, &mut ServiceDeps)) -> Self {
        let (world, settings) = (World::new().await, settings(HTTPS, "", ""));
        let mut deps = deps(&world);
        replace(&world, &mut deps);
        Self { router: server::router(deps, &settings).unwrap(), world, settings }
    }

    pub(crate) fn client(&self) -> Client {
        Client {
            router: self.router.clone(),
            peer: "192.0.2.1:40000".parse().unwrap(),
            cookie: None,
            extra_headers: vec![],
        }
    }
}

/// The dependencies of the reset service, all fakes of this world.
pub(crate) fn deps(world: &World) -> ServiceDeps {
    ServiceDeps {
        directory: world.directory.clone(),
        otp_provider: world.otp_provider.clone(),
        records: world.store.clone(),
        frozen: world.store.clone(),
        waits: world.store.clone(),
        calls: world.store.clone(),
        start_codes: world.store.clone(),
        sessions: world.store.clone(),
        devices: world.store.clone(),
        limits: world.store.clone(),
        authenticators: world.authenticators.clone(),
        audit: world.audit.clone(),
        clock: world.clock.clone(),
        keys: world.keys.clone(),
        notifier: world.notifier.clone(),
        breach_check: world.breach_check.clone(),
    }
}

/// An HTTP client that stores the session cookie as a browser does.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    pub(crate) peer: SocketAddr,
    /// `name=value`.
    pub(crate) cookie: Option<String>,
    /// Sent with every request.
    pub(crate) extra_headers: Vec<(HeaderName, String)>,
}

impl Client {
    #[must_use]
    pub(crate) fn at_address(self, peer: &str) -> Self {
        Self { peer: SocketAddr::new(peer.parse().unwrap(), 40000), ..self }
    }

    #[must_use]
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.extra_headers.push((HeaderName::from_static(name), value.to_owned()));
        self
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let mut request = request;
        request.extensions_mut().insert(ConnectInfo(self.peer));
        if let Some(cookie) = &self.cookie {
            request.headers_mut().append(header::COOKIE, cookie.parse().unwrap());
        }
        for (name, value) in &self.extra_headers {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let answer = Answer { status: head.status.as_u16(), headers: head.headers, body };
        // The cookie of the known device is not stored; only the verification uses it.
        if let Some(line) = answer.cookie_line().filter(|line| !line.contains("device=")) {
            let pair = line.split(';').next().unwrap().to_owned();
            self.cookie = (!pair.ends_with('=')).then_some(pair);
        }
        answer
    }

    pub(crate) async fn request(&mut self, method: &str, path: &str) -> Answer {
        let method: Method = method.parse().unwrap();
        self.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path).await
    }

    /// Posts a body as JSON.
    pub(crate) async fn post(&mut self, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn identify(&mut self, name: &str) -> Answer {
        self.post("/api/reset/identify", json_field("username", name)).await
    }

    pub(crate) async fn birthdate(&mut self, date: &str) -> Answer {
        self.post("/api/reset/birthdate", json_field("birthdate", date)).await
    }

    pub(crate) async fn code(&mut self, code: &str) -> Answer {
        self.post("/api/reset/code", json_field("code", code)).await
    }

    pub(crate) async fn password(&mut self, password: &str) -> Answer {
        self.post("/api/reset/password", json_field("password", password)).await
    }

    pub(crate) async fn current(&mut self) -> Answer {
        self.get("/api/reset/current").await
    }

    /// Completes the steps up to the code step.
    pub(crate) async fn reach_code(&mut self, name: &str) {
        assert_eq!(self.identify(name).await.outcome(), "birthdate");
        assert_eq!(self.birthdate(crate::reset::world::BIRTHDATE).await.outcome(), "code");
    }

    /// Completes the steps up to the password step.
    pub(crate) async fn reach_password(&mut self, api: &TestApi) {
        self.reach_code("A.Janssen").await;
        assert_eq!(self.code(&api.world.code_of("A.Janssen")).await.outcome(), "password");
    }
}

/// `{"name":"text"}`.
pub(crate) fn json_field(name: &str, text: &str) -> String {
    serde_json::json!({ name: text }).to_string()
}

/// An HTTP response with its complete body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn cookie_line(&self) -> Option<&str> {
        let lines = || self.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
        // The cookie of a known device may come with another one.
        let mut others = lines().filter(|line| !line.contains("device="));
        let other = others.next();
        assert_eq!(others.next(), None);
        other.or_else(|| lines().next())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The name of the step or of the refusal.
    pub(crate) fn outcome(&self) -> String {
        let json = self.json();
        let name = json.get("step").or(json.get("refusal")).and_then(Value::as_str);
        name.unwrap_or_else(|| panic!("{json}")).to_owned()
    }

    /// Status, `reason` and `field` of a transport error.
    pub(crate) fn reason(&self) -> (u16, String, Option<String>) {
        let json = self.json();
        assert_eq!(json["refusal"], "invalid", "{json}");
        assert_eq!(json.as_object().unwrap().len(), 3, "{json}");
        let text = |key: &str| json[key].as_str().map(ToOwned::to_owned);
        (self.status, text("reason").unwrap(), text("field"))
    }

    /// The same response without the values that may differ: the request id, and the reference in the body.
    pub(crate) fn masked(&self) -> Self {
        let mut masked = self.clone();
        assert!(masked.headers.remove("x-request-id").is_some());
        if let Ok(Value::Object(mut body)) = serde_json::from_slice(&self.body)
            && let Some(Value::String(reference)) = body.get_mut("reference")
        {
            let text = self.text().replace(reference.as_str(), &"#".repeat(reference.len()));
            masked.body = text.into_bytes();
        }
        masked
    }
}
