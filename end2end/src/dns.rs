//! A DNS server with the SRV and A records that a test configures, over UDP only.

use anyhow::Context;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, SRV};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// An SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The name, e.g. `_ldap._tcp.dc._msdcs.pantein.grp.`
    pub name: String,
    /// The priority; clients try the lowest first.
    pub priority: u16,
    /// The weight among services of one priority.
    pub weight: u16,
    /// The port of the service.
    pub port: u16,
    /// The host of the service; every host has the address 127.0.0.1.
    pub host: String,
}

/// A running server. Dropping it stops the server.
pub struct Dns {
    address: SocketAddr,
    services: Arc<Mutex<Vec<Service>>>,
    task: JoinHandle<()>,
}

impl Dns {
    /// Starts a server with these services.
    pub async fn start(services: Vec<Service>) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a socket for DNS")?;
        let address = socket.local_addr()?;
        let services = Arc::new(Mutex::new(services));
        let task = tokio::spawn(serve(socket, Arc::clone(&services)));
        Ok(Self { address, services, task })
    }

    /// The address of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the services.
    pub fn set(&self, services: Vec<Service>) {
        *self.services.lock().unwrap_or_else(PoisonError::into_inner) = services;
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(socket: UdpSocket, services: Arc<Mutex<Vec<Service>>>) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let answer = buffer.get(..length).and_then(|bytes| {
            let services = services.lock().unwrap_or_else(PoisonError::into_inner).clone();
            answer(&Message::from_vec(bytes).ok()?, &services)
        });
        if let Some(answer) = answer {
            let _ = socket.send_to(&answer, from).await;
        }
    }
}

fn answer(request: &Message, services: &[Service]) -> Option<Vec<u8>> {
    let query = request.queries.first()?;
    let name = query.name().to_utf8().to_lowercase();
    let mut answer = Message::response(request.metadata.id, request.metadata.op_code);
    answer.add_query(query.clone());
    let mut data = Vec::new();
    for service in services {
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
