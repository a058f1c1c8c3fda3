//! The bare client: the calls to slapd and Entrust of one reset, one after the other over connections that stay open,
//! without a browser, a store, an audit log or any rule. It shows what the other systems allow.

use crate::directory::content::{BASE, STAFF, SVC_PASSWORD};
use crate::entrust::{APPLICATION_ID, Entrust};
use crate::people::ExtraEmployee;
use crate::slapd::{SERVICE, Slapd};
use crate::tls::Authority;
use anyhow::{Context as _, ensure};
use ldap3::controls::{Assertion, RawControl};
use ldap3::exop::PasswordModify;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Mod, Scope, SearchEntry};
use reqwest::Client;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What the product reads of an account on OpenLDAP.
const ACCOUNT: [&str; 13] = [
    "entryUUID",
    "uid",
    "mail",
    "displayName",
    "cn",
    "memberOf",
    "pwdChangedTime",
    "pwdAccountLockedTime",
    "pwdAccountTmpLockoutEnd",
    "pwdStartTime",
    "pwdEndTime",
    "pwdPolicySubentry",
    "shadowExpire",
];
/// What it reads again before it writes.
const BEFORE_WRITE: [&str; 2] = ["pwdAccountLockedTime", "pwdPolicySubentry"];
/// What it reads of the policies.
const POLICY: [&str; 13] = [
    "memberOf",
    "pwdAttribute",
    "pwdCheckQuality",
    "pwdMinLength",
    "pwdMaxLength",
    "pwdInHistory",
    "pwdMinAge",
    "pwdMustChange",
    "pwdLockout",
    "pwdMaxFailure",
    "pwdLockoutDuration",
    "pwdFailureCountInterval",
    "pwdSafeModify",
];
const POLICIES: &str = "(&(objectClass=pwdPolicy)(pwdMaxFailure=*)(pwdMinLength=*)(pwdInHistory=*))";
const POLICY_CONTROL: &str = "1.3.6.1.4.1.42.2.27.8.5.1";

/// How long the calls of the two steps with calls took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calls {
    /// Without the last one to Entrust, for which the product always leaves [`ALLOWANCE`](super::resets::ALLOWANCE).
    pub(super) code: Duration,
    pub(super) password: Duration,
}

/// One client with a connection to each system.
pub(super) struct Bare {
    ldap: Ldap,
    http: Client,
    entrust: Entrust,
}

impl Bare {
    /// Connects and binds.
    pub(super) async fn connect(
        slapd: &Slapd,
        authority: &Authority,
        entrust: &Entrust,
    ) -> anyhow::Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes())?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let url = slapd.url();
        // Without Nagle's delay, as the product connects.
        let stream = std::net::TcpStream::connect(url.trim_start_matches("ldaps://"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let stream = ldap3::StdStream::Tcp(stream);
        let settings = LdapConnSettings::new().set_config(Arc::new(tls)).set_std_stream(stream);
        let (driver, mut ldap) = LdapConnAsync::with_settings(settings, &url).await?;
        tokio::spawn(async move { driver.drive().await.ok() });
        ldap.simple_bind(SERVICE, SVC_PASSWORD).await?.success()?;
        let http = super::client()?;
        Ok(Self { ldap, http, entrust: entrust.clone() })
    }

    /// The calls of the reset of one employee.
    pub(super) async fn reset(&mut self, number: u32) -> anyhow::Result<Calls> {
        let name = ExtraEmployee::new(number).user_name;
        let code = self.entrust.unused_code(&name).context("no code")?;
        let start = Instant::now();
        let filter = format!("(&(objectClass=person)(uid={name}))");
        let account = self.account(&filter, &ACCOUNT).await?;
        let id = account.attrs.get("entryUUID").and_then(|values| values.first()).context("no entryUUID")?;
        self.policies().await?;
        let last = self.verify(&name, &code).await?;
        self.policies().await?;
        let code = start.elapsed().saturating_sub(last);
        let start = Instant::now();
        let filter = format!("(&(objectClass=person)(entryUUID={id}))");
        self.account(&filter, &ACCOUNT).await?;
        self.policies().await?;
        self.policies().await?;
        let dn = self.account(&filter, &BEFORE_WRITE).await?.dn;
        self.policies().await?;
        self.write(&dn, id, &format!("Rivier-Paraplu-{number}-blauw?")).await?;
        Ok(Calls { code, password: start.elapsed() })
    }

    async fn account(&mut self, filter: &str, attributes: &[&str]) -> anyhow::Result<SearchEntry> {
        let found = self.ldap.search(STAFF, Scope::Subtree, filter, attributes).await?.success()?.0;
        Ok(SearchEntry::construct(found.into_iter().next().context("no such account")?))
    }

    async fn policies(&mut self) -> anyhow::Result<()> {
        let found = self.ldap.search(BASE, Scope::Subtree, POLICIES, POLICY).await?.success()?.0;
        ensure!(!found.is_empty(), "no policy");
        Ok(())
    }

    /// Returns the duration of the last call.
    async fn verify(&self, name: &str, code: &str) -> anyhow::Result<Duration> {
        let users = "/api/web/v2/authentication/users";
        let query =
            json!({ "applicationId": APPLICATION_ID, "userId": name, "returnDefaultChallenge": false });
        self.post(users, None, &query).await?;
        let challenge = json!({ "applicationId": APPLICATION_ID, "userId": name, "locale": "nl" });
        let answer = self.post(&format!("{users}/authenticate/TOKEN"), None, &challenge).await?;
        let token = answer.get("token").and_then(Value::as_str).context("no token")?;
        let complete = json!({ "applicationId": APPLICATION_ID, "userId": name, "response": code });
        let path = "/api/web/v1/authentication/users/authenticate/TOKEN/complete";
        let start = Instant::now();
        let answer = self.post(path, Some(token), &complete).await?;
        let duration = start.elapsed();
        let session = answer.get("token").and_then(Value::as_str).context("not verified")?;
        // The product does not wait for this call.
        let url = format!("{}/api/web/v1/authentication/logout", self.entrust.url());
        let logout = self.http.post(url).header("authorization", session).send();
        tokio::spawn(async move { drop(logout.await) });
        Ok(duration)
    }

    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}{path}", self.entrust.url())).json(body);
        let request = match token {
            Some(token) => request.header("authorization", token),
            None => request,
        };
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    async fn write(&mut self, dn: &str, id: &str, password: &str) -> anyhow::Result<()> {
        let request = PasswordModify { user_id: Some(dn), old_pass: None, new_pass: Some(password) };
        let control = RawControl { ctype: POLICY_CONTROL.to_owned(), crit: false, val: None };
        self.ldap.with_controls(vec![control]).extended(request).await?.success()?;
        // Asserts what does not hold, as the product does where no change is forced.
        let condition = Assertion::new(format!("(&(entryUUID={id})(pwdReset=TRUE))"));
        let control = RawControl { crit: true, ..condition };
        let changes = vec![Mod::Delete(b"pwdReset".to_vec(), HashSet::new())];
        self.ldap.with_controls(vec![control]).modify(dn, changes).await?;
        Ok(())
    }
}
