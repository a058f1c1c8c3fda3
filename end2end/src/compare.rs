//! The product beside others, in one run on one machine with one slapd: LTB Self Service Password, nginx that serves the
//! same compressed page, and a bare client that makes the same calls to slapd and Entrust.
//!
//! | module | content |
//! |---|---|
//! | `run` | the order of the measurements |
//! | `resets` | whole resets: the product, the bare client, and the share of each step |
//! | `pages` | the first page under load |
//! | `report` | the tables |
//! | `ltb`, `nginx`, `bare` | the others |
//! | `browser`, `wrk`, `memory`, `metrics` | the instruments |

mod bare;
mod browser;
mod ltb;
mod memory;
mod metrics;
mod nginx;
mod pages;
mod report;
mod resets;
mod run;
mod wrk;

pub use report::Report;
pub use run::Options;

/// The Debian packages that a comparison needs, except those of LTB.
pub const PACKAGES: [&str; 5] = [
    crate::slapd::PACKAGES[0],
    crate::slapd::PACKAGES[1],
    nginx::PACKAGES[0],
    nginx::PACKAGES[1],
    wrk::PACKAGE,
];

/// The Debian packages that LTB needs.
pub const LTB_PACKAGES: [&str; 7] = ltb::PACKAGES;

/// The middle one of an odd number of values; 0 without any.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// A client for addresses on loopback.
fn client() -> anyhow::Result<reqwest::Client> {
    // Fails if another client has already installed it.
    drop(rustls::crypto::ring::default_provider().install_default());
    Ok(reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?)
}
