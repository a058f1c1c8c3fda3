//! Random values from the operating system; the only source of randomness in the server.

use app::api::refusal::Refusal;
use app::domain::code::Code;

/// Returns `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Returns a short, speakable reference, e.g. `K7Q2-9F4M`: 40 random bits in letters and digits that are not
/// confused on the phone (Crockford's base 32: no I, L, O, U).
pub fn reference() -> Result<String, Refusal> {
    let random = bytes::<8>().map_err(|error| {
        tracing::error!(%error, "the operating system provides no random bytes");
        Refusal::Fault { reference: String::new() }
    })?;
    let mut text = app::domain::spoken_code::from_random(random).to_string();
    text.insert(4, '-');
    Ok(text)
}

/// Returns a one-time code of six digits.
pub fn code() -> Result<Code, Refusal> {
    let random = bytes::<8>().map_err(|error| {
        tracing::error!(%error, "the operating system provides no random bytes");
        Refusal::Fault { reference: String::new() }
    })?;
    // The modulo bias of 2^64 values makes some codes likelier by less than one part in 10^13.
    let text = zeroize::Zeroizing::new(format!("{:06}", u64::from_le_bytes(random) % 1_000_000));
    Code::parse(&text).map_err(|_| Refusal::Fault { reference: String::new() })
}

#[cfg(test)]
mod tests {
    #[test]
    fn code_has_six_digits() {
        for _ in 0..100 {
            let code = super::code().unwrap();
            assert!(code.expose().len() == 6 && code.expose().bytes().all(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn reference_has_speakable_characters() {
        let reference = super::reference().unwrap();
        assert_eq!(reference.len(), 9);
        assert!(
            reference.chars().all(|c| c == '-' || c.is_ascii_digit() || c.is_ascii_uppercase()),
            "{reference}"
        );
        assert_ne!(reference, super::reference().unwrap());
    }
}
