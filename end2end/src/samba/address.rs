//! Reserves a loopback address for a domain controller. Samba's ports are fixed, so that two controllers cannot share
//! an address.

use anyhow::bail;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

/// The LDAPS port. A process that may listen on it may listen on Samba's other ports as well.
pub(super) const LDAPS_PORT: u16 = 636;
/// A port that Samba does not use: listening on it reserves the address.
const RESERVATION_PORT: u16 = 637;

/// A reserved address: until it is dropped no other process gets it here, even if no controller listens on it.
pub(super) struct Address {
    pub(super) ip: Ipv4Addr,
    _reservation: TcpListener,
}

impl Address {
    /// Reserves a free address.
    pub(super) fn free() -> anyhow::Result<Self> {
        // Processes start at different addresses, so that the search is short.
        let first = u8::try_from(std::process::id() % 200).unwrap_or(0);
        for number in (first..first.saturating_add(50)).map(|n| n + 2) {
            let ip = Ipv4Addr::new(127, 0, 0, number);
            let listener = TcpListener::bind((ip, RESERVATION_PORT));
            match listener.and_then(|listener| Self::try_listen(ip).map(|()| listener)) {
                Ok(listener) => return Ok(Self { ip, _reservation: listener }),
                Err(e) if e.kind() == ErrorKind::PermissionDenied => {
                    bail!("Samba listens on port 636, which needs root or `unshare -Urn`")
                }
                Err(_) => {}
            }
        }
        bail!("no free loopback address for Samba")
    }

    /// Listens on the controller's port and closes the listener at once. Fails if the port is in use or forbidden.
    pub(super) fn try_listen(ip: Ipv4Addr) -> std::io::Result<()> {
        TcpListener::bind((ip, LDAPS_PORT)).map(drop)
    }
}
