//! Passwords that are known from data breaches: a compact filter, built by a command from a Pwned Passwords file that
//! the operator downloads, and looked up without a network.
//!
//! | module | content |
//! |---|---|
//! | `bits` | numbers as a stream of bits |
//! | [`builder`] | builds a filter from the sorted list of SHA-1 digests |
//! | [`filter`] | the file format, and the lookup |

mod bits;
pub mod builder;
pub mod filter;
