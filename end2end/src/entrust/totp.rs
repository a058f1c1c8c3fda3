//! The codes of a soft token: TOTP as in RFC 6238, with SHA-1 and steps of thirty seconds. Not
//! which of them Entrust still accepts.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The secret of a soft token: 160 bits, as RFC 4226 recommends.
pub type Seed = [u8; 20];

/// How long the app shows a code, in seconds.
pub const STEP: u64 = 30;

/// The code of one time step, with leading zeroes.
pub(super) fn code(seed: &Seed, step: u64, digits: u32) -> String {
    // HMAC pads a shorter key with zeroes to its block of 64 bytes; done here, no length can be wrong.
    let mut key = [0; 64];
    for (to, from) in key.iter_mut().zip(seed) {
        *to = *from;
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
    fn the_codes_are_those_of_the_rfc() {
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
