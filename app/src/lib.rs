//! Shared by browser and server: validated values, password policy, API, texts and screens. It does no I/O of its own
//! but the browser's.
//!
//! | module | content |
//! |---|---|
//! | [`username`], [`birthdate`], [`code`], [`password`], [`typed`] | one validated newtype each |
//! | [`policy`] | the password policy, the same code in browser and server |
//! | [`api`], [`step`], [`registration`], [`refusal`], [`site`] | server functions and their types |
//! | [`opening_hours`] | when the service desk answers |
//! | [`paths`] | the addresses of the pages |
//! | [`i18n`] | messages in each language |
//! | `components` | building blocks of the screens |
//! | `client` | what every interactive page does in the browser |
//! | [`wizard`], [`enrollment`], `static_pages` | the pages |
//! | `shell`, `document` | what surrounds them |
//!
//! Dependencies point one way: pages ▶ client, components, api ▶ i18n ▶ policy ▶ newtypes. The strength estimator is a
//! wasm module of its own (`frontend/strength`): its 600 kB would delay the first screen.

// The types of whole screens nest deeply where components are not erased, as on the server.
#![recursion_limit = "256"]
#![expect(unreachable_pub, reason = "`#[component]` makes `pub` items in private modules")]

pub mod api;
pub mod birthdate;
mod client;
pub mod code;
mod components;
#[cfg(feature = "ssr")]
pub mod document;
pub mod enrollment;
pub mod i18n;
pub mod opening_hours;
pub mod password;
pub mod paths;
pub mod policy;
pub mod refusal;
pub mod registration;
mod shell;
pub mod site;
#[cfg(feature = "ssr")]
pub mod static_pages;
pub mod step;
pub mod typed;
pub mod username;
pub mod wizard;
