//! Turns the front end into the site: builds the wasm, binds it, names every file by its content,
//! compresses it and writes the table that the server includes. It is not a tool of its own: the
//! server's build script calls it, so that `cargo build -p server` is all there is to know.
//!
//! | module | what is in it |
//! |---|---|
//! | `site` | the whole build |
//! | [`toolchain`] | which Rust can build for wasm32 here, and its commands |
//! | `environment` | what a nested cargo may not inherit |
//! | `wasm` | cargo, wasm-bindgen and, where there is one, wasm-opt |
//! | `shrink` | what a bound program loses before it is sent |
//! | `text` | references between files, comments and indentation |
//! | `asset` | one file: its name, its type, its compressed forms |
//! | `table` | the generated Rust |
//! | `inputs` | what the site is made of, as one hash |

mod environment;
#[cfg(feature = "site")]
mod site;
pub mod toolchain;

#[cfg(feature = "site")]
pub use site::{build, inputs};
