//! The JSON API: on the server the server functions, each of which hands over to an inbound trait
//! ([`Reset`], [`registration::Register`]) that the server provides for the request at hand; in the browser
//! one function that calls them (`client`). The functions' own stubs for the browser would bring a second reader
//! of JSON, streams and error texts into the first load: half of what the screens themselves weigh.
#![cfg_attr(
    feature = "ssr",
    expect(
        missing_docs,
        reason = "the macro makes an argument struct per function, whose fields cannot be documented"
    )
)]

pub(crate) mod client;
#[cfg(feature = "ssr")]
pub mod registration;
#[cfg(feature = "ssr")]
mod reset;

#[cfg(feature = "ssr")]
pub use reset::*;
