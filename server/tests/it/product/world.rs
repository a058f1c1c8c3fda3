//! A demo of its own for each test, a browser that talks to it, and the directory's own opinion of a
//! password. Not a test.

use app::domain::password::Password;
use app::domain::username::{Domains, Username};
use end2end::demo::{Demo, Options, OtherDirectory};
use end2end::people::Person;
use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use serde_json::{Value, json};
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::config::{Settings, secret};
use server::ports::directory::{Account, Directory as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) use end2end::people::FIRST_PASSWORD as FIRST;
pub(crate) const NEW: &str = "Zomer-Kanaal-87?paars";
pub(crate) const BIRTHDATE: &str = "1984-10-01";
/// Six digits are a code, and Entrust's have eight: never right.
pub(crate) const WRONG: &str = "000000";

/// Longer than the 30 s after which a claim counts as left behind, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Instant answers and no limit per address: every test's calls come from one.
const QUICK: &str = "[verification]\nenvelope = \"20ms\"\n[limits]\nper_address = \"0\"\nglobal = \"0\"\n";

pub(crate) fn binary() -> PathBuf {
    env!("CARGO_BIN_EXE_wachtwoord-reset").into()
}

/// A running product. The folder goes with it.
pub(crate) struct Product {
    pub(crate) demo: Demo,
    _folder: TempDir,
}

impl Product {
    pub(crate) async fn start() -> Self {
        Self::with(false, None).await
    }

    pub(crate) async fn with(https: bool, directory: Option<OtherDirectory>) -> Self {
        let mut last = None;
        // Ports are chosen free and bound a moment later: another test may have been quicker.
        for _ in 0..3 {
            match Self::try_with(https, directory.clone()).await {
                Ok(product) => return product,
                Err(error) => last = Some(error),
            }
        }
        panic!("{last:?}")
    }

    async fn try_with(https: bool, directory: Option<OtherDirectory>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = Options {
            port: 0,
            https,
            folder: folder.path().join("demo"),
            binary: binary(),
            more_settings: QUICK.to_owned(),
            directory,
            log_to_terminal: false,
        };
        Ok(Self { demo: Demo::start(options).await?, _folder: folder })
    }

    /// The embedded directory.
    pub(crate) fn directory(&self) -> &end2end::directory::Directory {
        self.demo.directory.as_ref().unwrap()
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser { client: client(None), origin: self.demo.origin().to_owned(), cookie: None, device: None }
    }

    /// A browser that trusts the demo's authority.
    pub(crate) fn https_browser(&self) -> Browser {
        let ca = std::fs::read(self.demo.folder.join("ca.pem")).unwrap();
        Browser { client: client(Some(&ca)), ..self.browser() }
    }

    /// What the phone will show next that was not used yet.
    pub(crate) fn code(&self, name: &str) -> String {
        self.demo.entrust.unused_code(name).unwrap()
    }

    /// The account as the directory knows it now, over LDAPS.
    pub(crate) async fn account(&self, name: &str) -> Account {
        let name = Username::parse(name, &Domains::default()).unwrap();
        self.ldap().find(&name).await.unwrap().unwrap()
    }

    /// What the directory says to a bind as this person with this password.
    pub(crate) async fn verify_password(&self, name: &str, password: &str) -> Option<bool> {
        let account = self.account(name).await;
        self.ldap().verify_password(&account, &Password::new(password)).await.unwrap()
    }

    fn ldap(&self) -> ActiveDirectory {
        let directory = Settings::load(&self.demo.settings()).unwrap().directory;
        let password = secret("bind_password_file", &directory.bind_password_file).unwrap();
        let config = LdapConfig {
            ca_file: directory.ca_file,
            connect_timeout: PATIENCE,
            operation_timeout: PATIENCE,
            total_timeout: PATIENCE,
            ..LdapConfig::new(directory.urls, directory.bind_dn, password, directory.base_dn)
        };
        #[expect(clippy::disallowed_methods, reason = "the tests' clock")]
        let now = Arc::new(jiff::Timestamp::now);
        ActiveDirectory::new(config, now).unwrap()
    }

    /// Runs another command of the binary with this product's settings.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Output {
        let settings = self.demo.settings();
        let mut all = arguments.to_vec();
        all.extend(["--settings", settings.to_str().unwrap()]);
        run(&all, Path::new(".")).await
    }

    /// Kills the product as `kill -9` does, and starts it over what is left.
    pub(crate) async fn crash_and_restart(&mut self) {
        self.demo.kill().await.unwrap();
        self.demo.start_again().await.unwrap();
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.demo.folder.join("server.log")).unwrap()
    }

    /// The trail's lines, parsed.
    pub(crate) fn trail(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.demo.folder.join("audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) async fn run(arguments: &[&str], folder: &Path) -> Output {
    let mut command = tokio::process::Command::new(binary());
    let output = command.args(arguments).current_dir(folder).kill_on_drop(true).output().await.unwrap();
    Output {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Asks again and again until there is an answer.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut rounds = tokio::time::interval(BETWEEN_LOOKS);
        loop {
            rounds.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("never: {what}"))
}

fn client(ca: Option<&[u8]>) -> reqwest::Client {
    // An `Err` means that one is installed already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let ca = ca.map(|pem| reqwest::Certificate::from_pem_bundle(pem).unwrap()).unwrap_or_default();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(ca)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_mins(1))
        // A connection into a killed product is worth nothing.
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

/// A browser: it keeps its cookie.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) client: reqwest::Client,
    pub(crate) origin: String,
    /// The visit's, as `name=value`.
    pub(crate) cookie: Option<String>,
    /// The known device's.
    pub(crate) device: Option<String>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    /// The step's or the refusal's name.
    pub(crate) fn named(&self) -> &str {
        let name = self.json.get("step").or(self.json.get("refusal")).and_then(Value::as_str);
        name.unwrap_or_else(|| panic!("{}", self.json))
    }

    pub(crate) fn reference(&self) -> &str {
        self.json["reference"].as_str().unwrap()
    }

    /// The body with the reference blotted out.
    pub(crate) fn masked(&self) -> String {
        self.json.to_string().replace(self.reference(), "#")
    }
}

impl Browser {
    /// Asks; an error means that nobody answered.
    async fn send(&mut self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let cookies: Vec<&str> = self.cookie.iter().chain(&self.device).map(String::as_str).collect();
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) };
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for line in headers.get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
            let kept = if pair.contains("device=") { &mut self.device } else { &mut self.cookie };
            *kept = (!pair.ends_with('=')).then_some(pair);
        }
        Ok(Answer { status, headers, json: response.json().await? })
    }

    pub(crate) async fn try_post(&mut self, call: &str, body: &Value) -> reqwest::Result<Answer> {
        let request = self.client.post(format!("{}/api/reset/{call}", self.origin)).json(body);
        self.send(request).await
    }

    pub(crate) async fn post(&mut self, call: &str, body: &Value) -> Answer {
        self.try_post(call, body).await.unwrap()
    }

    /// Posts to the registration; its cookie is kept as the visit's is.
    pub(crate) async fn register(&mut self, call: &str, body: &Value) -> Answer {
        let request = self.client.post(format!("{}/api/registration/{call}", self.origin)).json(body);
        self.send(request).await.unwrap()
    }

    pub(crate) async fn current(&mut self) -> Answer {
        let request = self.client.get(format!("{}/api/reset/current", self.origin));
        self.send(request).await.unwrap()
    }

    pub(crate) async fn identify(&mut self, name: &str) -> Answer {
        self.post("identify", &json!({ "username": name })).await
    }

    pub(crate) async fn birthdate(&mut self, date: &str) -> Answer {
        self.post("birthdate", &json!({ "birthdate": date })).await
    }

    pub(crate) async fn code(&mut self, code: &str) -> Answer {
        self.post("code", &json!({ "code": code })).await
    }

    pub(crate) async fn password(&mut self, password: &str) -> Answer {
        self.post("password", &json!({ "password": password })).await
    }

    /// As far as the code step, with this person's own birthdate.
    pub(crate) async fn reach_code(&mut self, name: &str) {
        let birthdate = Person::named(name).map_or(BIRTHDATE, |person| person.birthdate);
        assert_eq!(self.identify(name).await.named(), "birthdate");
        assert_eq!(self.birthdate(birthdate).await.named(), "code");
    }

    /// As far as the password step.
    pub(crate) async fn reach_password(&mut self, product: &Product, name: &str) {
        self.reach_code(name).await;
        let answer = self.code(&product.code(name)).await;
        assert_eq!(answer.named(), "password", "{}", answer.json);
    }
}

/// An answer of another page than the API's.
pub(crate) async fn text(browser: &Browser, url: &str) -> (u16, String) {
    let response = browser.client.get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}
