//! Passwords that are known from data breaches: a compact filter, built by a command from a Pwned Passwords file that
//! the operator downloads, and looked up without a network; or the range protocol of an HTTP server.
//!
//! | module | content |
//! |---|---|
//! | `bits` | numbers as a stream of bits |
//! | [`builder`] | builds a filter from the sorted list of SHA-1 digests |
//! | [`filter`] | the file format, and the lookup |
//! | [`range`] | query and answer of the range protocol |

mod bits;
pub mod builder;
pub mod filter;
pub mod range;
