//! A loopback address of a controller's own: Samba's ports are fixed, so that two cannot share one.
//! Not a port: nothing chooses those.

use anyhow::bail;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

/// LDAPS. Whoever may listen there may listen on Samba's other ports as well.
pub(super) const LDAPS: u16 = 636;
/// A port that Samba has no use for: whoever listens there has the whole address.
const RESERVATION: u16 = 637;

/// Nobody else's until it is dropped, also while no controller listens there.
pub(super) struct Address {
    pub(super) ip: Ipv4Addr,
    _reservation: TcpListener,
}

impl Address {
    /// One that is free now.
    pub(super) fn free() -> anyhow::Result<Self> {
        // Processes begin at different ones, so that a search is short.
        let first = u8::try_from(std::process::id() % 200).unwrap_or(0);
        for number in (first..first.saturating_add(50)).map(|n| n + 2) {
            let ip = Ipv4Addr::new(127, 0, 0, number);
            let reservation = TcpListener::bind((ip, RESERVATION));
            match reservation.and_then(|held| Self::listening(ip).map(|()| held)) {
                Ok(held) => return Ok(Self { ip, _reservation: held }),
                Err(e) if e.kind() == ErrorKind::PermissionDenied => {
                    bail!("Samba listens on port 636, which needs root or `unshare -Urn`")
                }
                Err(_) => {}
            }
        }
        bail!("no free loopback address for Samba")
    }

    /// Whether the controller's port can be listened on. Dropped at once: it only shows that.
    pub(super) fn listening(ip: Ipv4Addr) -> std::io::Result<()> {
        TcpListener::bind((ip, LDAPS)).map(drop)
    }
}
