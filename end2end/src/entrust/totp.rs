//! The codes of a soft token: TOTP (RFC 6238) with SHA-1 and time steps of 30 seconds.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The secret of a soft token: 160 bits, as RFC 4226 recommends.
pub type Seed = [u8; 20];

/// The time step, in seconds: how long the app shows a code.
pub const STEP: u64 = 30;

/// The code of one time step, with leading zeroes.
pub(super) fn code(seed: &Seed, step: u64, digits: u32) -> String {
    // HMAC pads a shorter key with zeros to its block of 64 bytes. Padding here makes the length statically correct.
    let mut key = [0; 64];
    for (target, byte) in key.iter_mut().zip(seed) {
        *target = *byte;
    }
    let mut mac = Hmac::<Sha1>::new(&key.into());
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    // Dynamic truncation, RFC 4226 section 5.3.
    let offset = digest.last().map_or(0, |byte| usize::from(byte & 0xf));
    let number =
        digest.iter().skip(offset).take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    let code = (number & 0x7fff_ffff) % 10_u32.pow(digits);
    format!("{code:0width$}", width = digits as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_match_the_test_vectors_of_rfc_6238() {
        // RFC 6238, appendix B, the rows for SHA1.
        let seed = *b"12345678901234567890";
        for (time, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(&seed, time / STEP, 8), expected, "{time}");
        }
        assert_eq!(code(&seed, 59 / STEP, 6), "287082");
    }
}
