//! What browser and server share: the judged values, the wire, the words and the screens.
//! It knows no outside world: no directory, no Entrust, no clock, no store.
//!
//! Reading order: the newtypes ([`username`], [`birthdate`], [`code`], [`password`]), the judge
//! ([`policy`]), the wire ([`step`], [`registration`], [`refusal`], [`site`],
//! [`api`]), the words ([`text`]), the
//! screens ([`pages`] built from [`ui`]).
//!
//! Dependencies point one way: `pages ▶ ui, api ▶ step, refusal, text ▶ policy ▶ newtypes, spelling ▶ nothing`.
//! The strength estimate is never a dependency here: its 600 kB would be in the first load. What both know of how a
//! word can be typed is a package of its own, `spelling`.

pub mod api;
pub mod birthdate;
pub mod code;
mod locales;
pub mod pages;
pub mod password;
pub mod policy;
pub mod refusal;
pub mod registration;
pub mod site;
pub mod step;
pub mod text;
pub mod typed;
pub mod ui;
pub mod username;
mod wire;
