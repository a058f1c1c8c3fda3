//! The external systems of Wachtwoord Reset for demo and tests. The production build does not depend on this crate.
//!
//! | module | content |
//! |---|---|
//! | [`directory`] | simulator of Active Directory (LDAP over TLS) |
//! | [`entrust`], [`phone`] | simulator of Entrust (REST API), and the phones that show its codes |
//! | [`hr`] | simulator of the HR API |
//! | [`breach_range`] | simulator of the Pwned Passwords range API |
//! | [`mailbox`] | SMTP server and SMS gateway that store what they receive |
//! | [`balancer`] | a reverse proxy in front of several nodes |
//! | [`dns`], [`proxy`], [`tls`], [`port`] | DNS server, proxy with faults, certificate authority, reserved ports |
//! | [`samba`], [`slapd`], [`postgres`] | real directory servers and a real database server for tests |
//! | `guarded` | servers that end with this process |
//! | [`reverse_proxy`] | nginx, `HAProxy` and Caddy with the shipped samples |
//! | [`people`] | the fictional employees in all of these systems |
//! | [`demo`] | the product between the simulators |
//! | [`attack`] | attacks on the availability of the product, on loopback |
//! | [`compare`] | the product beside LTB Self Service Password, nginx and a bare client, in one run |
//! | [`storm`] | many resets at the same time, while parts of the system fail |
//! | [`schemathesis`] | generated requests to the API, compared with its description |
//! | [`packages`] | the package for Debian, the files of the container, and their test |
//! | [`machine`], [`engines`], [`deny`], [`promtool`] | the tools of the development commands and of the browser tests |

pub mod attack;
pub mod balancer;
pub mod breach_range;
pub mod compare;
pub mod demo;
pub mod deny;
pub mod directory;
pub mod disk;
pub mod dns;
pub mod engines;
pub mod entrust;
pub(crate) mod guarded;
pub mod hr;
pub mod machine;
pub mod mailbox;
pub mod packages;
pub mod people;
pub mod phone;
pub mod port;
pub mod postgres;
pub mod promtool;
pub mod proxy;
pub mod reverse_proxy;
pub mod samba;
pub mod schemathesis;
pub mod slapd;
pub mod storm;
pub mod tls;
