//! Every entry reaches the syslog server over verified TLS, also over interruptions, rotations and restarts.

use super::{TestLog, record};
use end2end::tls::Authority;
use server::adapters::audit_log::syslog::{Pace, SyslogConfig, SyslogSender};
use server::config::SyslogServer;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A syslog server on a fixed port.
struct SyslogTestServer {
    listener: Arc<TcpListener>,
    acceptor: TlsAcceptor,
    port: u16,
    ca_file: PathBuf,
    received: BTreeSet<u64>,
}

impl SyslogTestServer {
    async fn new(log: &TestLog, names: &[&str]) -> Self {
        let authority = Authority::new().unwrap();
        let ca_file = log.folder.path().join("ca.pem");
        std::fs::write(&ca_file, authority.pem()).unwrap();
        let config = authority.issue(names).unwrap().server_config().unwrap();
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let port = listener.local_addr().unwrap().port();
        Self { listener, acceptor: TlsAcceptor::from(config), port, ca_file, received: BTreeSet::new() }
    }

    fn sender(&self, log: &TestLog) -> SyslogSender {
        let short = Duration::from_millis(5);
        SyslogSender::new(SyslogConfig {
            path: log.path(),
            server: SyslogServer { host: "127.0.0.1".into(), port: self.port },
            ca_file: Some(self.ca_file.clone()),
            pace: Pace { poll: short, confirm: short * 4, retry: short },
        })
        .unwrap()
    }

    /// Accepts one connection and reads until the entry with this number was received; then closes it.
    async fn receive_to(&mut self, last: u64) {
        let stream = loop {
            let (tcp, _) = self.listener.accept().await.unwrap();
            // A connection of a sender that ended meanwhile fails.
            if let Ok(stream) = self.acceptor.accept(tcp).await {
                break stream;
            }
        };
        let mut stream = BufReader::new(stream);
        loop {
            let mut length = Vec::new();
            stream.read_until(b' ', &mut length).await.unwrap();
            let length: usize = String::from_utf8(length).unwrap().trim_end().parse().unwrap();
            let mut message = vec![0; length];
            stream.read_exact(&mut message).await.unwrap();
            let message = String::from_utf8(message).unwrap();
            assert!(message.starts_with("<110>1 ") && message.contains(" wachtwoord-reset - "), "{message}");
            let json = message.splitn(8, ' ').nth(7).unwrap();
            let entry: serde_json::Value = serde_json::from_str(json).unwrap();
            let seq = entry.get("seq").unwrap().as_u64().unwrap();
            self.received.insert(seq);
            if seq == last {
                return;
            }
        }
    }
}

fn run(sender: SyslogSender) -> JoinHandle<()> {
    tokio::spawn(async move { sender.run().await })
}

#[tokio::test]
async fn every_entry_arrives_over_interruptions_rotations_and_restarts() {
    let log = TestLog::new();
    let mut server = SyslogTestServer::new(&log, &["127.0.0.1"]).await;
    let writer = log.open();
    record(&writer, 0..5).await;
    let task = run(server.sender(&log));
    server.receive_to(5).await;
    // The connection is closed. Meanwhile entries are written and files are rotated.
    record(&writer, 5..10).await;
    log.rotate(".2");
    record(&writer, 10..12).await;
    log.rotate(".1");
    record(&writer, 12..14).await;
    server.receive_to(14).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    record(&writer, 14..20).await;
    let task = run(server.sender(&log));
    server.receive_to(20).await;
    task.abort();
    assert_eq!(server.received, (1..=20).collect());
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_with_another_name() {
    let log = TestLog::new();
    let server = SyslogTestServer::new(&log, &["other.example.org"]).await;
    record(&log.open(), 0..5).await;
    let task = run(server.sender(&log));
    let (tcp, _) = server.listener.accept().await.unwrap();
    assert!(server.acceptor.accept(tcp).await.is_err(), "the sender refuses the certificate");
    task.abort();
}
