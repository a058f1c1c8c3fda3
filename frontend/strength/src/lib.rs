//! The strength estimate as `worker.js` calls it, in a Web Worker. Not the estimate itself: that is `estimator`,
//! which the server asks too. The queue of what is asked is the script's.

#[cfg(target_arch = "wasm32")]
pub mod worker;
