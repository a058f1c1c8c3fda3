//! The password reset service.
//!
//! | room | what is in it |
//! |---|---|
//! | [`reset`] | the workflow and its state machine |
//! | [`ports`] | what the workflow needs, as traits |
//! | [`adapters`] | how it is done: LDAP, Entrust, SQLite … |
//! | [`http`] | router and layers |
//! | [`settings`] | one TOML file, and the environment |

pub mod adapters;
pub mod http;
pub mod keys;
pub mod ports;
pub mod random;
pub mod reset;
pub mod settings;
pub mod site;
