//! The wasm module of `worker.js`: exports the strength estimate of the package `estimator`, which the server also
//! uses.

#[cfg(target_arch = "wasm32")]
pub mod worker;
