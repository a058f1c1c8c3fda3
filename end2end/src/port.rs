//! Loopback ports for a program that listens later, or again: nobody takes one meanwhile.
//! Not for who listens at once and for good: port 0 is enough there.

use anyhow::Context as _;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::Range;

/// Below those that a system gives to outgoing connections (Linux from 32768), of which a test run makes many.
const RANGE: Range<u16> = 20_000..32_000;

/// A TCP port on loopback; until it is dropped no other process is given it here. Others hold theirs in the same way:
/// see `browser/support/port.js`.
#[derive(Debug)]
pub struct Port {
    number: u16,
    // The reservation: UDP's ports are others than TCP's, so that the program can listen all the same.
    _held: UdpSocket,
}

impl Port {
    /// One on which nobody listens.
    pub fn free() -> anyhow::Result<Self> {
        // Processes begin at different ones, so that a search is short.
        let span = u32::from(RANGE.end - RANGE.start);
        let first = RANGE.start + u16::try_from(std::process::id().wrapping_mul(97) % span)?;
        (first..RANGE.end).chain(RANGE.start..first).find_map(Self::take).context("no free port on 127.0.0.1")
    }

    fn take(number: u16) -> Option<Self> {
        let held = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        // Dropped at once: it only shows that one can.
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        Some(Self { number, _held: held })
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_to_one_and_can_be_listened_on() {
        let (one, other) = (Port::free().unwrap(), Port::free().unwrap());
        assert_ne!(one.number(), other.number());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, one.number())).unwrap();
        assert_eq!(listener.local_addr().unwrap().port(), one.number());
    }

    #[test]
    fn where_somebody_listens_is_not_free() {
        let port = Port::free().unwrap();
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.number())).unwrap();
        let number = port.number();
        drop(port);
        assert!(Port::take(number).is_none());
    }
}
