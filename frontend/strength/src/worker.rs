//! The exports that `worker.js` calls.

use wasm_bindgen::prelude::wasm_bindgen;

/// The estimate that the worker sends to the page.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    /// 0 (guessed at once) to 4 (very hard to guess).
    pub score: u8,
    warning: &'static str,
}

#[wasm_bindgen]
impl Estimate {
    /// The reason for a low score, as a message key; empty if there is none.
    #[wasm_bindgen(getter)]
    pub fn warning(&self) -> String {
        self.warning.to_owned()
    }
}

/// Estimates the strength of a password; `words` are the personal words and the words of the organisation.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen passes only an owned list")]
pub fn estimate(password: &str, words: Vec<String>) -> Estimate {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = estimator::estimate(password, &words);
    Estimate { score: estimate.score, warning: estimate.warning }
}
