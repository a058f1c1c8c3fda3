//! Benchmark: password resets per second in a real Samba AD, with lookup and policy, compared with a plain loop of
//! the same modify over an open connection. Both alternate in one run, with one and with eight concurrent resets.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot be set up has nothing to measure, and it prints its figures"
)]

use app::domain::password::Password;
use end2end::directory::content::{STAFF, SVC_PASSWORD, SVC_UPN};
use end2end::samba::{Samba, spare};
use end2end::tls::Authority;
use futures::future::join_all;
use ldap3::{LdapConnAsync, LdapConnSettings, Mod};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use server::adapters::clock::SystemClock;
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::{AccountId, Directory as _};
use server::reset::password_write::outcome::{self, WriteOutcome};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Turns per kind of loop, and the duration of one turn.
const TURNS_PER_KIND: u32 = 8;
const TURN_DURATION: Duration = Duration::from_secs(2);
/// Makes every password different.
static PASSWORD_COUNTER: AtomicU32 = AtomicU32::new(0);

fn password() -> String {
    format!("Molen-Wiek-Wind-{}", PASSWORD_COUNTER.fetch_add(1, Ordering::Relaxed))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::main]
async fn main() {
    let authority = Authority::new().expect("an authority");
    let samba = Samba::start(&authority).await.expect("Samba");
    let trusted = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(trusted.path(), authority.pem()).expect("a file");
    let config = LdapConfig {
        ca_file: Some(trusted.path().to_owned()),
        ..LdapConfig::new(vec![samba.url()], SVC_UPN.into(), SVC_PASSWORD.to_owned().into(), STAFF.into())
    };
    let clock = Arc::new(|| jiff::Timestamp::from_second(1_800_000_000).expect("a time"));
    let adapter = ActiveDirectory::new(config, clock).expect("an adapter");
    let mut ids = Vec::new();
    for number in 1..=8 {
        let name = app::domain::username::Username::parse(
            &spare(number),
            &app::domain::username::Domains::default(),
        );
        let account = adapter.find(&name.expect("a name")).await.expect("an answer").expect("a spare");
        ids.push(account.id);
    }
    println!("resets per second, {TURNS_PER_KIND} turns of {} s each, in turn:", TURN_DURATION.as_secs());
    for concurrency in [1, 8] {
        let ids = ids.get(..concurrency).expect("eight spares");
        let (mut adapter_count, mut plain_count) = (0, 0);
        let mut connections = Vec::new();
        for _ in ids {
            connections.push(connect(&samba, &authority).await);
        }
        for _ in 0..TURNS_PER_KIND {
            let deadline = now() + TURN_DURATION;
            adapter_count +=
                join_all(ids.iter().map(|id| reset(&adapter, *id, deadline))).await.iter().sum::<u32>();
            let deadline = now() + TURN_DURATION;
            let loops = ids.iter().zip(&mut connections).map(|(id, ldap)| modify(ldap, *id, deadline));
            plain_count += join_all(loops).await.iter().sum::<u32>();
        }
        let per_second =
            |count: u32| f64::from(count) / (f64::from(TURNS_PER_KIND) * TURN_DURATION.as_secs_f64());
        println!(
            "{concurrency} at a time: ours {:.1}, bare {:.1}, ratio {:.3}",
            per_second(adapter_count),
            per_second(plain_count),
            f64::from(adapter_count) / f64::from(plain_count)
        );
    }
}

/// Resets as the password step of a reset does.
async fn reset(directory: &ActiveDirectory, id: AccountId, deadline: Instant) -> u32 {
    let mut count = 0;
    while now() < deadline {
        let account = directory.read(id).await.expect("an answer").expect("a spare");
        directory.policy(&account).await.expect("a policy");
        let outcome = outcome::set(directory, &SystemClock, &account, &Password::new(password())).await;
        assert!(matches!(outcome, WriteOutcome::Set { .. }), "{outcome:?}");
        count += 1;
    }
    count
}

async fn modify(ldap: &mut ldap3::Ldap, id: AccountId, deadline: Instant) -> u32 {
    let mut count = 0;
    while now() < deadline {
        let quoted: Vec<u8> =
            format!("\"{}\"", password()).encode_utf16().flat_map(u16::to_le_bytes).collect();
        let changes = vec![
            Mod::Replace(b"unicodePwd".to_vec(), HashSet::from([quoted])),
            Mod::Replace(b"lockoutTime".to_vec(), HashSet::from([b"0".to_vec()])),
        ];
        let answer = ldap.modify(&format!("<GUID={}>", id.0), changes).await.expect("an answer");
        answer.success().expect("a reset");
        count += 1;
    }
    count
}

/// The fastest connection the library allows: no Nagle delay, bound before the measurement.
async fn connect(samba: &Samba, authority: &Authority) -> ldap3::Ldap {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).expect("PEM")).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let url = samba.url();
    let host = url.trim_start_matches("ldaps://");
    let stream = tokio::net::TcpStream::connect((host, 636)).await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    let stream = ldap3::StdStream::Tcp(stream.into_std().expect("a socket"));
    let settings = LdapConnSettings::new().set_config(Arc::new(tls)).set_std_stream(stream);
    let (driver, mut ldap) = LdapConnAsync::with_settings(settings, &url).await.expect("TLS");
    tokio::spawn(async move { driver.drive().await.ok() });
    let bound = ldap.simple_bind(SVC_UPN, SVC_PASSWORD).await.expect("an answer");
    bound.success().expect("a bind");
    ldap
}
