//! The service desk: agents verify callers and help them; abuse is refused.

mod abuse;
mod calls;
mod world;
