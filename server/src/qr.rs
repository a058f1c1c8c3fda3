//! Encodes text as a QR code: the dark modules as one SVG path, which the page draws in its own colours and size
//! without fetching an image.

use app::api::enrollment_state::Qr;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Light modules around a code required by ISO/IEC 18004; scanners miss the corners with fewer.
const QUIET_ZONE: usize = 4;

/// The text is too long for a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code")]
pub struct TooLong;

/// Draws the text with medium error correction, which tolerates glare and fingerprints on a screen.
///
/// The path has one sub-path per horizontal run of dark modules; the largest possible code takes about 200 kB.
pub fn draw(text: &str) -> Result<Qr, TooLong> {
    // Only the length can be wrong: any text is bytes, and the version follows from the length.
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| TooLong)?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    // The width is never zero; `chunks` would panic on it.
    for (y, row) in colors.chunks(width.max(1)).enumerate() {
        let mut x = QUIET_ZONE;
        for run in row.chunk_by(|left, right| left == right) {
            let length = run.len();
            if run.first() == Some(&Color::Dark) {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{length}v1h-{length}z", y = y + QUIET_ZONE);
            }
            x += length;
        }
    }
    let size = u32::try_from(width + 2 * QUIET_ZONE).map_err(|_| TooLong)?;
    Ok(Qr { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const LINK: &str =
        "igmobileotp://activate?sn=48213-70004&ac=1234567890123456&url=https%3A%2F%2Fexample.org";

    /// Parses the path as a browser does and asserts its form.
    fn modules(qr: &Qr) -> BTreeSet<(u32, u32)> {
        let mut dark = BTreeSet::new();
        for run in qr.path.split_terminator('z') {
            let (start, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (x, y): (u32, u32) = (x.parse().unwrap(), y.parse().unwrap());
            let (length, back) = rest.split_once("v1h-").unwrap();
            assert_eq!(length, back);
            for step in 0..length.parse().unwrap() {
                assert!(dark.insert((x + step, y)), "drawn twice: {x} + {step}, {y}");
            }
        }
        dark
    }

    fn scan(qr: &Qr) -> String {
        // Like a camera image: several pixels per module.
        const PIXELS: usize = 4;
        let dark = modules(qr);
        let side = qr.size as usize * PIXELS;
        let mut image = rqrr::PreparedImage::prepare_from_bitmap(side, side, |x, y| {
            dark.contains(&(u32::try_from(x / PIXELS).unwrap(), u32::try_from(y / PIXELS).unwrap()))
        });
        let grids = image.detect_grids();
        let (meta, text) = grids.first().unwrap().decode().unwrap();
        assert_eq!(meta.ecc_level, 0, "the standard's number for medium");
        text
    }

    #[test]
    fn drawn_codes_can_be_scanned() {
        for text in [LINK, "http://127.0.0.1:8081/telefoon/activeren/AbC-_1", "Özdemir, 06-12", "1"] {
            assert_eq!(scan(&draw(text).unwrap()), text);
        }
    }

    #[test]
    fn size_depends_on_the_text_and_includes_the_quiet_zone() {
        let qr = draw("https://a.example").unwrap();
        // Version 2: 14 bytes fit in version 1 at this correction, 26 in version 2.
        assert_eq!(qr.size, 25 + 8);
        let inner = 4..qr.size - 4;
        assert!(modules(&qr).iter().all(|(x, y)| inner.contains(x) && inner.contains(y)));
        assert!(draw(LINK).unwrap().size > qr.size);
    }

    #[test]
    fn equal_texts_produce_equal_drawings() {
        assert_eq!(draw(LINK), draw(LINK));
        assert_ne!(draw(LINK), draw("something else"));
    }

    #[test]
    fn finder_patterns_are_in_three_corners() {
        let qr = draw(LINK).unwrap();
        let dark = modules(&qr);
        let far_corner = qr.size - 4 - 7;
        for (left, top) in [(4, 4), (far_corner, 4), (4, far_corner)] {
            for (x, y) in (0..7).flat_map(|x| (0..7).map(move |y| (x, y))) {
                let ring = x.max(y).max(6 - x).max(6 - y);
                assert_eq!(dark.contains(&(left + x, top + y)), ring != 5, "{x}, {y} from {left}, {top}");
            }
        }
    }

    #[test]
    fn too_long_text_is_refused() {
        // 2331 bytes is the standard's maximum at this correction level.
        assert!(draw(&"é".repeat(1165)).is_ok());
        assert_eq!(draw(&"é".repeat(1166)), Err(TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
        #[test]
        fn any_link_can_be_scanned(text in "[ -~]{1,120}") {
            prop_assert_eq!(scan(&draw(&text).unwrap()), text);
        }
    }
}
