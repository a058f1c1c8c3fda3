//! A DNS server that knows what a test tells it: SRV records and addresses. Nothing else, and over UDP only.

use anyhow::Context;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, SRV};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// A service as it is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// `_ldap._tcp.dc._msdcs.pantein.grp.`
    pub name: String,
    /// The lowest first.
    pub priority: u16,
    /// Among those of one priority.
    pub weight: u16,
    /// Where it listens.
    pub port: u16,
    /// On which host; all hosts are 127.0.0.1.
    pub host: String,
}

/// A running server; it ends when this is dropped.
pub struct Dns {
    address: SocketAddr,
    services: Arc<Mutex<Vec<Service>>>,
    running: JoinHandle<()>,
}

impl Dns {
    /// Starts one that knows these.
    pub async fn start(services: Vec<Service>) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a socket for DNS")?;
        let address = socket.local_addr()?;
        let services = Arc::new(Mutex::new(services));
        let running = tokio::spawn(serve(socket, Arc::clone(&services)));
        Ok(Self { address, services, running })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it knows these.
    pub fn set(&self, services: Vec<Service>) {
        *self.services.lock().unwrap_or_else(PoisonError::into_inner) = services;
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(socket: UdpSocket, services: Arc<Mutex<Vec<Service>>>) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let answer = buffer.get(..length).and_then(|bytes| {
            let known = services.lock().unwrap_or_else(PoisonError::into_inner).clone();
            answer(&Message::from_vec(bytes).ok()?, &known)
        });
        if let Some(answer) = answer {
            let _ = socket.send_to(&answer, from).await;
        }
    }
}

fn answer(question: &Message, known: &[Service]) -> Option<Vec<u8>> {
    let query = question.queries.first()?;
    let name = query.name().to_utf8().to_lowercase();
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.add_query(query.clone());
    let mut data = Vec::new();
    for service in known {
        if query.query_type() == RecordType::SRV && service.name == name {
            let host = Name::from_utf8(&service.host).ok()?;
            data.push(RData::SRV(SRV::new(service.priority, service.weight, service.port, host)));
        }
        if query.query_type() == RecordType::A && service.host == name && data.is_empty() {
            data.push(RData::A(A(Ipv4Addr::LOCALHOST)));
        }
    }
    if data.is_empty() {
        answer.metadata.response_code = ResponseCode::NXDomain;
    }
    for data in data {
        answer.add_answer(Record::from_rdata(query.name().clone(), 1, data));
    }
    answer.to_vec().ok()
}
