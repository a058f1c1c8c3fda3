//! The outside world of Wachtwoord Reset: the pretend one (a directory that speaks real LDAP, an
//! Entrust that speaks its real API, the phones, HR), the real one for tests (Samba AD, slapd), the people in
//! all of them, and the demo that puts the product in the middle. Nothing of this is in the product.

pub mod demo;
pub mod directory;
pub mod dns;
pub mod engines;
pub mod entrust;
pub mod hr;
pub mod machine;
pub mod mailbox;
pub mod people;
pub mod phone;
pub mod port;
pub mod proxy;
pub mod samba;
pub mod slapd;
pub mod tls;
