//! The ports of a demo.

use crate::port::Port;

pub(super) struct Ports {
    /// The port of the product or, with several nodes, of the balancer.
    pub(super) product: u16,
    pub(super) phone: u16,
    /// The admin listener of each node.
    pub(super) admin: Vec<u16>,
    /// The port of each node; that of the product if there is one.
    pub(super) nodes: Vec<u16>,
    pub(super) reserved: Vec<Port>,
}

impl Ports {
    pub(super) fn choose(product: u16, nodes: u16) -> anyhow::Result<Self> {
        let mut reserved = Vec::new();
        let mut free = || -> anyhow::Result<u16> {
            let port = Port::free()?;
            let number = port.number();
            reserved.push(port);
            Ok(number)
        };
        let (product, phone) = if product == 0 { (free()?, free()?) } else { (product, product + 1) };
        let admin = (0..nodes).map(|_| free()).collect::<Result<_, _>>()?;
        let nodes =
            if nodes == 1 { vec![product] } else { (0..nodes).map(|_| free()).collect::<Result<_, _>>()? };
        Ok(Self { product, phone, admin, nodes, reserved })
    }

    pub(super) fn first_admin(&self) -> u16 {
        self.admin.first().copied().unwrap_or_default()
    }
}
