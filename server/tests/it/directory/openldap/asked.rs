//! What slapd is asked, and what becomes of a write whose answer, or which itself, is lost on the way.

use super::super::{found, now, username};
use super::{NEW, Running, WRONG, config, own};
use app::domain::password::Password;
use end2end::people::FIRST_PASSWORD;
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{LdapConfig, OpenLdap};
use server::ports::directory::{Account, Directory, DirectoryError, PasswordCheck, SetPasswordError};
use server::reset::password_write::outcome::{self, Outcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// With everything on one page, as it is outside of tests.
async fn one_page() -> (Running, OpenLdap) {
    let (running, _) = own().await;
    let ldap = OpenLdap::new(LdapConfig { page_size: 500, ..running.config() }, now()).unwrap();
    (running, ldap)
}

/// What was asked while this ran, without the names that it was about.
async fn asked<T>(running: &Running, work: impl Future<Output = T>) -> (Vec<String>, T) {
    let before = running.slapd.seen().unwrap().len();
    let done = work.await;
    let seen = running.slapd.seen().unwrap().split_off(before);
    let shape = |asked: String| match asked.split_once("(uid=").or_else(|| asked.split_once("(entryUUID=")) {
        Some((kind, _)) => kind.to_owned(),
        None if asked.starts_with("BIND") => "BIND".to_owned(),
        None => asked,
    };
    (seen.into_iter().map(shape).collect(), done)
}

#[tokio::test]
async fn a_look_up_is_the_same_two_searches_whoever_it_is_about() {
    let (running, ldap) = one_page().await;
    found(&ldap, "A.Janssen").await;
    let mut all = Vec::new();
    for name in ["A.Janssen", "C.Peters", "D.Willems", "B.Smits", "Z.Niemand"] {
        all.push(asked(&running, ldap.find(&username(name))).await.0);
    }
    assert_eq!(all[0].len(), 2, "{all:#?}");
    assert!(all.iter().all(|shape| *shape == all[0]), "{all:#?}");
}

#[tokio::test]
async fn a_reset_is_three_requests_up_to_its_answer() {
    let (running, ldap) = one_page().await;
    let anna = found(&ldap, "A.Janssen").await;
    let (seen, done) = asked(&running, ldap.set_password(&anna, &Password::new(NEW))).await;
    done.unwrap();
    // A question whether the connection still stands may come first.
    let write = seen.iter().position(|asked| asked.starts_with("PASSMOD")).unwrap();
    assert!(write == 2 || write == 3, "{seen:#?}");
    assert_eq!(seen.iter().filter(|asked| asked.starts_with("PASSMOD")).count(), 1);
}

#[tokio::test]
async fn a35_a_sign_in_of_nobody_makes_the_same_calls_and_never_sends_what_was_typed() {
    let (running, ldap) = one_page().await;
    let accounts = [Some(found(&ldap, "A.Janssen").await), Some(found(&ldap, "C.Peters").await), None];
    let mut all = Vec::new();
    for account in &accounts {
        let wrong = Password::new(WRONG);
        let (seen, answer) = asked(&running, ldap.sign_in(account.as_ref(), &wrong, 2)).await;
        assert_eq!(answer.unwrap(), PasswordCheck::Not);
        all.push(seen);
    }
    assert_eq!(all[0].len(), 3, "{all:#?}");
    assert!(all.iter().all(|shape| *shape == all[0]), "{all:#?}");
    // It was about a stranger, each time another.
    let strangers = async || {
        let before = running.slapd.seen().unwrap().len();
        ldap.sign_in(None, &Password::new(WRONG), 2).await.unwrap();
        running
            .slapd
            .seen()
            .unwrap()
            .split_off(before)
            .into_iter()
            .find(|asked| asked.starts_with("BIND"))
            .unwrap()
    };
    assert_ne!(strangers().await, strangers().await);
}

/// Nothing is lost, or nothing more on another connection.
const PASSES: u8 = 0;
/// The write does not arrive.
const LOSES_THE_WRITE: u8 = 1;
/// The write arrives, and nothing comes back.
const LOSES_THE_ANSWER: u8 = 2;
/// All is encrypted: the write is known by its size, since the password is that long.
const WRITE: usize = 3_000;

fn long(text: &str) -> Password {
    Password::new(format!("{text}{}", "-Water".repeat(WRITE / 5)))
}

/// Stands between adapter and slapd, and loses things.
struct Between {
    url: String,
    loses: Arc<AtomicU8>,
}

impl Between {
    async fn new(running: &Running) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ldaps://{}", listener.local_addr().unwrap());
        let to = running.slapd.url().trim_start_matches("ldaps://").to_owned();
        let loses = Arc::new(AtomicU8::new(PASSES));
        let word = Arc::clone(&loses);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, to.clone(), Arc::clone(&word)));
            }
        });
        Self { url, loses }
    }

    fn ldap(&self, running: &Running) -> OpenLdap {
        let quick = LdapConfig {
            operation_timeout: Duration::from_secs(5),
            ..config(vec![self.url.clone()], running.trust.file.path())
        };
        OpenLdap::new(quick, now()).unwrap()
    }

    fn loses(&self, what: u8) {
        self.loses.store(what, Ordering::SeqCst);
    }
}

async fn pass(mut client: TcpStream, to: String, loses: Arc<AtomicU8>) {
    let mut server = TcpStream::connect(to).await.unwrap();
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    let mut lost = PASSES;
    loop {
        tokio::select! {
            Ok(length @ 1..) = client.read(&mut up) => {
                if length > WRITE {
                    // Once: the next connection loses nothing.
                    lost = loses.swap(PASSES, Ordering::SeqCst);
                }
                if lost != LOSES_THE_WRITE {
                    server.write_all(up.get(..length).unwrap_or_default()).await.unwrap();
                }
            }
            Ok(length @ 1..) = server.read(&mut down) => {
                if lost == PASSES {
                    client.write_all(down.get(..length).unwrap_or_default()).await.unwrap();
                }
            }
            else => return,
        }
    }
}

async fn unanswered(what: u8) -> (Running, Account, OpenLdap) {
    let (running, straight) = own().await;
    let between = Between::new(&running).await;
    let ldap = between.ldap(&running);
    let anna = found(&ldap, "A.Janssen").await;
    between.loses(what);
    match ldap.set_password(&anna, &long(NEW)).await {
        Err(SetPasswordError::Unknown { source: DirectoryError::Unreachable { .. } }) => {}
        other => unreachable!("{other:?}"),
    }
    (running, anna, straight)
}

#[tokio::test]
async fn a_write_that_does_not_arrive_is_unknown_and_unwritten() {
    let (_running, anna, straight) = unanswered(LOSES_THE_WRITE).await;
    let now = found(&straight, "A.Janssen").await;
    assert_eq!(now.password_last_set, anna.password_last_set);
    assert_eq!(straight.verify_password(&now, &Password::new(FIRST_PASSWORD)).await.unwrap(), Some(true));
}

#[tokio::test]
async fn a_write_whose_answer_does_not_come_is_unknown_and_can_be_seen() {
    let (running, anna, straight) = unanswered(LOSES_THE_ANSWER).await;
    // slapd had it before the adapter gave up, and need not be done with it yet.
    let shown = async {
        while straight.read(anna.id).await.unwrap().unwrap().password_last_set == anna.password_last_set {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), shown).await.unwrap();
    let writes = running.slapd.seen().unwrap();
    assert_eq!(writes.iter().filter(|asked| asked.starts_with("PASSMOD")).count(), 1);
    let now = found(&straight, "A.Janssen").await;
    assert_eq!(straight.verify_password(&now, &long(NEW)).await.unwrap(), Some(true));
}

/// As the workflow does it, until it is certain: even where the change before was in the same second.
#[tokio::test]
async fn what_became_of_an_unanswered_write_is_found_out_within_the_same_second_too() {
    for what in [LOSES_THE_WRITE, LOSES_THE_ANSWER] {
        let (running, straight) = own().await;
        let between = Between::new(&running).await;
        let ldap = between.ldap(&running);
        straight.set_password(&found(&straight, "A.Janssen").await, &Password::new(NEW)).await.unwrap();
        let anna = found(&ldap, "A.Janssen").await;
        between.loses(what);
        let password = long("Haven-Boot-Zeil-9");
        let outcome = outcome::set(&ldap, &SystemClock, &anna, &password).await;
        assert!(matches!(outcome, Outcome::Set { .. }), "{what}: {outcome:?}");
        let now = found(&straight, "A.Janssen").await;
        assert_eq!(straight.verify_password(&now, &password).await.unwrap(), Some(true));
    }
}
