//! The requests that slapd receives, and writes whose request or response is lost.

use super::super::{found, now, username};
use super::{NEW, TestSlapd, WRONG, config, separate_slapd};
use app::domain::password::Password;
use end2end::people::FIRST_PASSWORD;
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{LdapConfig, OpenLdap};
use server::ports::directory::{Account, Directory, DirectoryError, PasswordCheck, SetPasswordError};
use server::reset::password_write::outcome::{self, WriteOutcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A separate slapd and an adapter with the default page size, so that every search has one page.
async fn one_page() -> (TestSlapd, OpenLdap) {
    let (running, _) = separate_slapd().await;
    let ldap = OpenLdap::new(LdapConfig { page_size: 500, ..running.config() }, now()).unwrap();
    (running, ldap)
}

/// The requests that slapd received during `work`, without the account they are about, and the result of `work`.
async fn requests_during<T>(running: &TestSlapd, work: impl Future<Output = T>) -> (Vec<String>, T) {
    let before = running.slapd.seen().unwrap().len();
    let result = work.await;
    let seen = running.slapd.seen().unwrap().split_off(before);
    let anonymous =
        |request: String| match request.split_once("(uid=").or_else(|| request.split_once("(entryUUID=")) {
            Some((kind, _)) => kind.to_owned(),
            None if request.starts_with("BIND") => "BIND".to_owned(),
            None => request,
        };
    (seen.into_iter().map(anonymous).collect(), result)
}

#[tokio::test]
async fn lookup_is_the_same_two_searches_for_every_user_name() {
    let (running, ldap) = one_page().await;
    found(&ldap, "A.Janssen").await;
    let mut all = Vec::new();
    for name in ["A.Janssen", "C.Peters", "D.Willems", "B.Smits", "Z.Niemand"] {
        all.push(requests_during(&running, ldap.find(&username(name))).await.0);
    }
    assert_eq!(all[0].len(), 2, "{all:#?}");
    assert!(all.iter().all(|requests| *requests == all[0]), "{all:#?}");
}

#[tokio::test]
async fn reset_takes_three_requests_up_to_its_response() {
    let (running, ldap) = one_page().await;
    let anna = found(&ldap, "A.Janssen").await;
    let (seen, result) = requests_during(&running, ldap.set_password(&anna, &Password::new(NEW))).await;
    result.unwrap();
    // A liveness probe of the connection may come first.
    let write = seen.iter().position(|request| request.starts_with("PASSMOD")).unwrap();
    assert!(write == 2 || write == 3, "{seen:#?}");
    assert_eq!(seen.iter().filter(|request| request.starts_with("PASSMOD")).count(), 1);
}

#[tokio::test]
async fn a35_sign_in_without_account_makes_the_same_calls_and_never_sends_the_password() {
    let (running, ldap) = one_page().await;
    let accounts = [Some(found(&ldap, "A.Janssen").await), Some(found(&ldap, "C.Peters").await), None];
    let mut all = Vec::new();
    for account in &accounts {
        let wrong = Password::new(WRONG);
        let (seen, answer) = requests_during(&running, ldap.sign_in(account.as_ref(), &wrong, 2)).await;
        assert_eq!(answer.unwrap(), PasswordCheck::Rejected);
        all.push(seen);
    }
    assert_eq!(all[0].len(), 3, "{all:#?}");
    assert!(all.iter().all(|requests| *requests == all[0]), "{all:#?}");
    // Each sign-in without account binds as another decoy account.
    let decoy_bind = async || {
        let before = running.slapd.seen().unwrap().len();
        ldap.sign_in(None, &Password::new(WRONG), 2).await.unwrap();
        running
            .slapd
            .seen()
            .unwrap()
            .split_off(before)
            .into_iter()
            .find(|request| request.starts_with("BIND"))
            .unwrap()
    };
    assert_ne!(decoy_bind().await, decoy_bind().await);
}

/// Forwards everything.
const FORWARD_ALL: u8 = 0;
/// Drops the write request.
const DROP_WRITE: u8 = 1;
/// Forwards the write request and drops every response after it.
const DROP_RESPONSE: u8 = 2;
/// Length in bytes above which a packet is the write. The proxy sees only encrypted data, so the password is made this
/// long.
const MIN_WRITE_LENGTH: usize = 3_000;

fn long_password(text: &str) -> Password {
    Password::new(format!("{text}{}", "-Water".repeat(MIN_WRITE_LENGTH / 5)))
}

/// Proxy between adapter and slapd that drops requests or responses.
struct LossyProxy {
    url: String,
    loss: Arc<AtomicU8>,
}

impl LossyProxy {
    async fn new(running: &TestSlapd) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ldaps://{}", listener.local_addr().unwrap());
        let to = running.slapd.url().trim_start_matches("ldaps://").to_owned();
        let loss = Arc::new(AtomicU8::new(FORWARD_ALL));
        let shared_loss = Arc::clone(&loss);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, to.clone(), Arc::clone(&shared_loss)));
            }
        });
        Self { url, loss }
    }

    fn ldap(&self, running: &TestSlapd) -> OpenLdap {
        let quick = LdapConfig {
            operation_timeout: Duration::from_secs(5),
            ..config(vec![self.url.clone()], running.trust.file.path())
        };
        OpenLdap::new(quick, now()).unwrap()
    }

    fn set_loss(&self, loss: u8) {
        self.loss.store(loss, Ordering::SeqCst);
    }
}

async fn forward(mut client: TcpStream, to: String, loss: Arc<AtomicU8>) {
    let mut server = TcpStream::connect(to).await.unwrap();
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    let mut active_loss = FORWARD_ALL;
    loop {
        tokio::select! {
            Ok(length @ 1..) = client.read(&mut up) => {
                if length > MIN_WRITE_LENGTH {
                    // Only once: the next connection loses nothing.
                    active_loss = loss.swap(FORWARD_ALL, Ordering::SeqCst);
                }
                if active_loss != DROP_WRITE {
                    server.write_all(up.get(..length).unwrap_or_default()).await.unwrap();
                }
            }
            Ok(length @ 1..) = server.read(&mut down) => {
                if active_loss == FORWARD_ALL {
                    client.write_all(down.get(..length).unwrap_or_default()).await.unwrap();
                }
            }
            else => return,
        }
    }
}

/// Sends a write whose request or response is lost. Returns the account as it was before, and a direct adapter.
async fn unanswered(loss: u8) -> (TestSlapd, Account, OpenLdap) {
    let (running, direct) = separate_slapd().await;
    let proxy = LossyProxy::new(&running).await;
    let ldap = proxy.ldap(&running);
    let anna = found(&ldap, "A.Janssen").await;
    proxy.set_loss(loss);
    match ldap.set_password(&anna, &long_password(NEW)).await {
        Err(SetPasswordError::Unknown { source: DirectoryError::Unreachable { .. } }) => {}
        other => unreachable!("{other:?}"),
    }
    (running, anna, direct)
}

#[tokio::test]
async fn lost_write_request_is_unknown_and_writes_nothing() {
    let (_running, anna, direct) = unanswered(DROP_WRITE).await;
    let now = found(&direct, "A.Janssen").await;
    assert_eq!(now.password_last_set, anna.password_last_set);
    assert_eq!(direct.verify_password(&now, &Password::new(FIRST_PASSWORD)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn lost_write_response_is_unknown_and_the_write_is_visible() {
    let (running, anna, direct) = unanswered(DROP_RESPONSE).await;
    // slapd received the write before the adapter's timeout, but may still be processing it.
    let visible = async {
        while direct.read(anna.id).await.unwrap().unwrap().password_last_set == anna.password_last_set {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), visible).await.unwrap();
    let requests = running.slapd.seen().unwrap();
    assert_eq!(requests.iter().filter(|request| request.starts_with("PASSMOD")).count(), 1);
    let now = found(&direct, "A.Janssen").await;
    assert_eq!(direct.verify_password(&now, &long_password(NEW)).await.unwrap(), Some(true));
}

/// As the reset service does it, until the outcome is certain: even if the previous change was in the same second.
#[tokio::test]
async fn unanswered_write_is_settled_even_within_the_same_second() {
    for loss in [DROP_WRITE, DROP_RESPONSE] {
        let (running, direct) = separate_slapd().await;
        let proxy = LossyProxy::new(&running).await;
        let ldap = proxy.ldap(&running);
        direct.set_password(&found(&direct, "A.Janssen").await, &Password::new(NEW)).await.unwrap();
        let anna = found(&ldap, "A.Janssen").await;
        proxy.set_loss(loss);
        let password = long_password("Haven-Boot-Zeil-9");
        let outcome = outcome::set(&ldap, &SystemClock, &anna, &password).await;
        assert!(matches!(outcome, WriteOutcome::Set { .. }), "{loss}: {outcome:?}");
        let now = found(&direct, "A.Janssen").await;
        assert_eq!(direct.verify_password(&now, &password).await.unwrap(), Some(true));
    }
}
