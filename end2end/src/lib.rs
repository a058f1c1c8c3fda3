//! The outside world of Wachtwoord Reset: the pretend one (a directory that speaks real LDAP), the
//! real one for tests (Samba AD), and the people in both. Nothing of this is in the product.

pub mod directory;
pub mod people;
pub mod samba;
pub mod tls;
//! The pretend outside world. Nothing of it is in the product.
pub mod entrust;
pub mod phone;
