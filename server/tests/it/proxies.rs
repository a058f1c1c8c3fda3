//! The shipped samples for reverse proxies, each in front of the real binary or of a service that a test controls. The
//! sample for IIS is not started, because IIS runs on Windows only.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod answers;
mod bodies;
mod clients;
mod nodes;
mod paths;
mod samples;
mod world;

/// Makes a test of each named function for each proxy.
macro_rules! for_each_proxy {
    ($($name:ident),+ $(,)?) => {
        mod nginx {
            $(#[tokio::test] async fn $name() { super::$name(end2end::reverse_proxy::Kind::Nginx).await; })+
        }
        mod haproxy {
            $(#[tokio::test] async fn $name() { super::$name(end2end::reverse_proxy::Kind::HaProxy).await; })+
        }
        mod caddy {
            $(#[tokio::test] async fn $name() { super::$name(end2end::reverse_proxy::Kind::Caddy).await; })+
        }
    };
}
use for_each_proxy;
