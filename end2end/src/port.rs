//! Reserved loopback ports, for a program that listens later or restarts. A program that listens at once and only once
//! can use port 0 instead.

use anyhow::Context as _;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::Range;

/// Below the ports of outgoing connections (from 32768 on Linux), of which a test run makes many.
const RANGE: Range<u16> = 20_000..32_000;

/// A reserved TCP port on loopback: until it is dropped no other process gets it from this module, or from
/// `browser/support/port.js`, which reserves in the same way.
#[derive(Debug)]
pub struct Port {
    number: u16,
    // A UDP socket reserves the port: the port numbers of UDP and TCP are independent, so that the program can listen.
    _reservation: UdpSocket,
}

impl Port {
    /// Reserves a free port.
    pub fn free() -> anyhow::Result<Self> {
        // Processes start at different ports, so that the search is short.
        let span = u32::from(RANGE.end - RANGE.start);
        let first = RANGE.start + u16::try_from(std::process::id().wrapping_mul(97) % span)?;
        (first..RANGE.end)
            .chain(RANGE.start..first)
            .find_map(Self::reserve)
            .context("no free port on 127.0.0.1")
    }

    fn reserve(number: u16) -> Option<Self> {
        let reservation = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        // Closed at once: it only checks that no other program listens.
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        Some(Self { number, _reservation: reservation })
    }

    /// The port number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_reserved_once_and_can_be_listened_on() {
        let (one, other) = (Port::free().unwrap(), Port::free().unwrap());
        assert_ne!(one.number(), other.number());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, one.number())).unwrap();
        assert_eq!(listener.local_addr().unwrap().port(), one.number());
    }

    #[test]
    fn a_port_in_use_is_not_free() {
        let port = Port::free().unwrap();
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.number())).unwrap();
        let number = port.number();
        drop(port);
        assert!(Port::reserve(number).is_none());
    }
}
