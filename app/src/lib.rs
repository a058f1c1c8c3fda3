//! Shared by browser and server: validated values, password policy, API, messages and screens. It does no I/O of its own
//! but the browser's.
//!
//! | module | content |
//! |---|---|
//! | [`domain`] | one validated newtype per value |
//! | [`policy`] | the password policy, the same code in browser and server |
//! | [`api`] | server functions, their types and refusals |
//! | [`i18n`] | messages in each language |
//! | [`paths`] | the addresses of the pages |
//! | `components` | building blocks of the screens |
//! | `client` | what every interactive page does in the browser |
//! | [`wizard`], [`enrollment`], `static_pages` | the pages |
//! | `shell`, `document` | what surrounds them |
//!
//! Dependencies point one way: pages ▶ client, components, api ▶ i18n ▶ policy ▶ domain. The strength estimator is a
//! wasm module of its own (`frontend/strength`): its 600 kB would delay the first screen.

// The types of whole screens nest deeply where components are not erased, as on the server.
#![recursion_limit = "256"]
#![expect(unreachable_pub, reason = "`#[component]` makes `pub` items in private modules")]

pub mod api;
mod client;
mod components;
#[cfg(feature = "ssr")]
pub mod document;
pub mod domain;
pub mod enrollment;
pub mod i18n;
pub mod paths;
pub mod policy;
mod shell;
#[cfg(feature = "ssr")]
pub mod static_pages;
pub mod wizard;
