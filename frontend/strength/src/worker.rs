//! What the script calls.

use wasm_bindgen::prelude::wasm_bindgen;

/// The estimate that the page receives.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    /// 0 (guessed at once) to 4.
    pub score: u8,
    warning: &'static str,
}

#[wasm_bindgen]
impl Estimate {
    /// Why, as a key of the catalogue; empty where there is no reason to give.
    #[wasm_bindgen(getter)]
    pub fn warning(&self) -> String {
        self.warning.to_owned()
    }
}

/// Estimates the strength of a password, with the words that belong to person and organisation.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen hands over an owned list only")]
pub fn estimate(password: &str, words: Vec<String>) -> Estimate {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = estimator::estimate(password, &words);
    Estimate { score: estimate.score, warning: estimate.warning }
}
