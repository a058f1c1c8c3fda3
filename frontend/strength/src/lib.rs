//! How guessable a password is: zxcvbn in a Web Worker. It has no words for people: the warning is a
//! key, and what it says stands in the catalogue of `app`.

mod judge;

#[cfg(target_arch = "wasm32")]
pub mod worker;
