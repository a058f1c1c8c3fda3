//! The test fixture: a separate demo for each test, a browser that calls it, and sign-ins to its directory.

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

pub(crate) use end2end::people::FIRST_PASSWORD as CURRENT_PASSWORD;
pub(crate) const NEW_PASSWORD: &str = "Zomer-Kanaal-87?paars";
pub(crate) const BIRTHDATE: &str = "1984-10-01";
/// A well-formed code that is never correct: codes of the simulator have eight digits.
pub(crate) const WRONG_CODE: &str = "000000";

/// Longer than the 30 s after which a claim counts as abandoned, also on a busy machine.
const WAIT_TIMEOUT: Duration = Duration::from_secs(90);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A short minimum response time, and no limit per address, because all calls come from one address.
const TEST_SETTINGS: &str =
    "[verification]\nenvelope = \"20ms\"\n[limits]\nper_address = \"0\"\nglobal = \"0\"\n";

pub(crate) fn binary() -> PathBuf {
    env!("CARGO_BIN_EXE_wachtwoord-reset").into()
}

fn options() -> Options {
    Options {
        port: 0,
        https: false,
        folder: PathBuf::new(),
        binary: binary(),
        descriptors: None,
        nodes: 1,
        extra_employees: 0,
        more_settings: TEST_SETTINGS.to_owned(),
        directory: None,
        small_disks: false,
        log_to_terminal: false,
    }
}

/// A running demo; its folder is removed on drop.
pub(crate) struct Product {
    pub(crate) demo: Demo,
    _folder: TempDir,
}

impl Product {
    pub(crate) async fn start() -> Self {
        Self::with(false, None).await
    }

    pub(crate) async fn with(https: bool, directory: Option<OtherDirectory>) -> Self {
        Self::with_settings(https, directory, "").await
    }

    /// With further settings (TOML).
    pub(crate) async fn with_settings(
        https: bool,
        directory: Option<OtherDirectory>,
        settings: &str,
    ) -> Self {
        let more_settings = format!("{TEST_SETTINGS}{settings}");
        Self::with_options(Options { https, directory, more_settings, ..options() }).await
    }

    /// With the shipped settings and these (TOML).
    pub(crate) async fn with_shipped_settings(settings: &str) -> Self {
        Self::with_options(Options { more_settings: settings.to_owned(), ..options() }).await
    }

    /// With this limit of file descriptors.
    pub(crate) async fn with_descriptors(descriptors: u32) -> Self {
        Self::with_options(Options { descriptors: Some(descriptors), ..options() }).await
    }

    /// With several nodes on one database.
    pub(crate) async fn with_nodes(nodes: u16) -> Self {
        Self::with_nodes_and_employees(nodes, 0).await
    }

    /// With several nodes on one database, and further settings (TOML).
    pub(crate) async fn with_nodes_and_settings(nodes: u16, settings: &str) -> Self {
        let more_settings = format!("{TEST_SETTINGS}flood_per_address = \"1000000/1m\"\n{settings}");
        Self::with_options(Options { nodes, more_settings, ..options() }).await
    }

    /// With several nodes on one database, and generated employees.
    pub(crate) async fn with_nodes_and_employees(nodes: u16, extra_employees: u32) -> Self {
        // All clients of the balancer have one address.
        let more_settings = format!("{TEST_SETTINGS}flood_per_address = \"1000000/1m\"\n");
        Self::with_options(Options { nodes, extra_employees, more_settings, ..options() }).await
    }

    /// With several nodes, or one with the embedded store, on small disks, and generated employees.
    pub(crate) async fn with_small_disks(nodes: u16, extra_employees: u32) -> Self {
        let more_settings = format!("{TEST_SETTINGS}flood_per_address = \"1000000/1m\"\n");
        let options = Options { nodes, extra_employees, more_settings, small_disks: true, ..options() };
        Self::with_options(options).await
    }

    async fn with_options(options: Options) -> Self {
        let mut last = None;
        // A port is free when it is chosen, but another test may bind it first.
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let options = Options { folder: folder.path().join("demo"), ..options.clone() };
            match Demo::start(options).await {
                Ok(demo) => return Self { demo, _folder: folder },
                Err(error) => last = Some(error),
            }
        }
        panic!("{last:?}")
    }

    /// The embedded directory.
    pub(crate) fn directory(&self) -> &end2end::directory::Directory {
        self.demo.directory.as_ref().unwrap()
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            client: client(None),
            origin: self.demo.origin().to_owned(),
            cookie: None,
            device: None,
            address: None,
        }
    }

    /// A browser that trusts the demo's authority.
    pub(crate) fn https_browser(&self) -> Browser {
        let ca = std::fs::read(self.demo.folder.join("ca.pem")).unwrap();
        Browser { client: client(Some(&ca)), ..self.browser() }
    }

    /// The next unused code that the app of this user shows.
    pub(crate) fn code(&self, name: &str) -> String {
        self.demo.entrust.unused_code(name).unwrap()
    }

    /// Reads the account from the directory over LDAPS.
    pub(crate) async fn account(&self, name: &str) -> Account {
        let name = Username::parse(name, &Domains::default()).unwrap();
        self.ldap().find(&name).await.unwrap().unwrap()
    }

    /// Binds as this user with this password; `None` if the directory neither accepts nor refuses the password.
    pub(crate) async fn verify_password(&self, name: &str, password: &str) -> Option<bool> {
        let account = self.account(name).await;
        self.ldap().verify_password(&account, &Password::new(password)).await.unwrap()
    }

    fn ldap(&self) -> ActiveDirectory {
        let directory = Settings::load(&self.demo.settings()).unwrap().directory;
        let password = secret("bind_password_file", &directory.bind_password_file).unwrap();
        let config = LdapConfig {
            ca_file: directory.ca_file,
            connect_timeout: WAIT_TIMEOUT,
            operation_timeout: WAIT_TIMEOUT,
            total_timeout: WAIT_TIMEOUT,
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

    /// Kills the product as `kill -9` does, and starts it again with the same folder.
    pub(crate) async fn crash_and_restart(&mut self) {
        self.demo.kill().await.unwrap();
        self.demo.restart().await.unwrap();
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.demo.folder.join("server.log")).unwrap()
    }

    /// The parsed lines of the audit log.
    pub(crate) fn audit_log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.demo.folder.join("audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The exit status and the output of a command.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) async fn run(arguments: &[&str], folder: &Path) -> Output {
    run_with(arguments, folder, &[]).await
}

/// Like [`run`], with environment variables.
pub(crate) async fn run_with(arguments: &[&str], folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = tokio::process::Command::new(binary());
    command.envs(variables.iter().copied());
    let output = command.args(arguments).current_dir(folder).kill_on_drop(true).output().await.unwrap();
    Output {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Polls until `poll` returns a value; panics after [`WAIT_TIMEOUT`].
pub(crate) async fn wait_for<T>(what: &str, mut poll: impl AsyncFnMut() -> Option<T>) -> T {
    let polling = async {
        let mut interval = tokio::time::interval(POLL_INTERVAL);
        loop {
            interval.tick().await;
            if let Some(value) = poll().await {
                return value;
            }
        }
    };
    tokio::time::timeout(WAIT_TIMEOUT, polling).await.unwrap_or_else(|_| panic!("timeout: {what}"))
}

fn client(ca: Option<&[u8]>) -> reqwest::Client {
    // `Err` means that a provider is already installed.
    drop(rustls::crypto::ring::default_provider().install_default());
    let ca = ca.map(|pem| reqwest::Certificate::from_pem_bundle(pem).unwrap()).unwrap_or_default();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(ca)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_mins(1))
        // Pooled connections to a killed product would fail.
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

/// A browser, which stores its cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) client: reqwest::Client,
    pub(crate) origin: String,
    /// The session cookie, as `name=value`.
    pub(crate) cookie: Option<String>,
    /// The cookie of the known device.
    pub(crate) device: Option<String>,
    /// The address that a proxy reports for it; `None` without a proxy.
    pub(crate) address: Option<String>,
}

/// An HTTP response with a JSON body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    /// The name of the step or of the refusal.
    pub(crate) fn outcome(&self) -> &str {
        let name = self.json.get("step").or(self.json.get("refusal")).and_then(Value::as_str);
        name.unwrap_or_else(|| panic!("{}", self.json))
    }

    pub(crate) fn reference(&self) -> &str {
        self.json["reference"].as_str().unwrap()
    }

    /// The body with the reference masked.
    pub(crate) fn masked(&self) -> String {
        self.json.to_string().replace(self.reference(), "#")
    }
}

impl Browser {
    /// Sends a request with the cookies, and stores the cookies of the response. Fails if there is no response.
    async fn send(&mut self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let cookies: Vec<&str> = self.cookie.iter().chain(&self.device).map(String::as_str).collect();
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) };
        let request = match &self.address {
            Some(address) => request.header("x-forwarded-for", address),
            None => request,
        };
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        for line in headers.get_all(SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
            let cookie = if pair.contains("device=") { &mut self.device } else { &mut self.cookie };
            *cookie = (!pair.ends_with('=')).then_some(pair);
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

    /// Posts to the registration; its session cookie replaces that of the reset.
    pub(crate) async fn post_registration(&mut self, call: &str, body: &Value) -> Answer {
        let request = self.client.post(format!("{}/api/registration/{call}", self.origin)).json(body);
        self.send(request).await.unwrap()
    }

    /// Posts to the service desk; its session cookie replaces that of the reset.
    pub(crate) async fn post_service_desk(&mut self, call: &str, body: &Value) -> Answer {
        let request = self.client.post(format!("{}/api/servicedesk/{call}", self.origin)).json(body);
        self.send(request).await.unwrap()
    }

    pub(crate) async fn current_service_desk(&mut self) -> Answer {
        let request = self.client.get(format!("{}/api/servicedesk/current", self.origin));
        self.send(request).await.unwrap()
    }

    /// The text at a path of the service desk.
    pub(crate) async fn get_service_desk(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.origin));
        let request = request.header(COOKIE, self.cookie.clone().unwrap_or_default());
        request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
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

    /// Completes the steps up to the code step, with the registered birthdate of this person.
    pub(crate) async fn reach_code(&mut self, name: &str) {
        let birthdate = Person::named(name).map_or(BIRTHDATE, |person| person.birthdate);
        assert_eq!(self.identify(name).await.outcome(), "birthdate");
        assert_eq!(self.birthdate(birthdate).await.outcome(), "code");
    }

    /// Completes the steps up to the password step.
    pub(crate) async fn reach_password(&mut self, product: &Product, name: &str) {
        self.reach_code(name).await;
        let answer = self.code(&product.code(name)).await;
        assert_eq!(answer.outcome(), "password", "{}", answer.json);
    }
}

/// Gets a page outside the API; returns its status and text.
pub(crate) async fn get_text(browser: &Browser, url: &str) -> (u16, String) {
    let response = browser.client.get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}
