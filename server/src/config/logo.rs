//! Validates `organisation.logo_file`, an SVG or PNG image, and re-encodes it, so that the service serves only its
//! drawing.

mod contrast;
mod png;
mod svg;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::ops::RangeInclusive;

/// The settings key.
pub(super) const KEY: &str = "organisation.logo_file";

/// Maximum size of the file, larger than any logo needs. Every client loads the logo on its first request.
const MAX_BYTES: usize = 256 * 1024;
/// Maximum ratio of width to height, and of height to width. A longer logo would be unreadable in the header.
const MAX_RATIO: f32 = 8.0;
/// Accepted width and height of a drawing, in pixels. Other values are errors of the exporting program.
const SIDE_RANGE: RangeInclusive<f32> = 1.0..=10_000.0;
/// The height attribute of the image on the pages. With the width it lets the browser reserve space for the image.
const DISPLAY_HEIGHT: f32 = 100.0;

/// A validated image.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoImage {
    /// The content.
    pub bytes: Bytes,
    /// A digest of the content, which makes the address of each logo unique.
    pub digest: String,
    /// `image/svg+xml` or `image/png`.
    pub content_type: &'static str,
    /// The width that corresponds to [`LogoImage::height`].
    pub width: u32,
    /// The height, the same for every logo; the style sheet determines the displayed size.
    pub height: u32,
}

impl fmt::Debug for LogoImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogoImage({}, {} × {})", self.content_type, self.width, self.height)
    }
}

impl LogoImage {
    /// Checks the size of the encoded image.
    fn new(bytes: Vec<u8>, content_type: &'static str, width: f32, height: f32) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!(
                "expected an image of at most {} kB when it is written without compression, found {}",
                MAX_BYTES / 1024,
                bytes.len() / 1024
            ));
        }
        let digest = data_encoding::HEXLOWER.encode(Sha256::digest(&bytes).get(..8).unwrap_or_default());
        let (width, height) =
            (rounded_pixels(DISPLAY_HEIGHT * width / height), rounded_pixels(DISPLAY_HEIGHT));
        Ok(Self { bytes: bytes.into(), digest, content_type, width, height })
    }
}

/// Parses an SVG or PNG file. The error contains what was expected and what was found.
pub(super) fn parse(file: &[u8]) -> Result<LogoImage, String> {
    if file.len() > MAX_BYTES {
        return Err(format!("expected at most {} kB, found {}", MAX_BYTES / 1024, file.len() / 1024));
    }
    let (image, rendering) =
        if file.starts_with(b"\x89PNG\r\n\x1a\n") { png::parse(file)? } else { svg::parse(file)? };
    contrast::check(&rendering)?;
    Ok(image)
}

fn check_sides(width: f32, height: f32) -> Result<(), String> {
    if !SIDE_RANGE.contains(&width) || !SIDE_RANGE.contains(&height) {
        let (min, max) = (SIDE_RANGE.start(), SIDE_RANGE.end());
        return Err(format!("expected sides of {min} to {max} pixels, found {width} × {height}"));
    }
    if width / height <= MAX_RATIO && height / width <= MAX_RATIO {
        return Ok(());
    }
    Err(format!(
        "expected a width of 1/{MAX_RATIO} to {MAX_RATIO} times the height, found {width} × {height}"
    ))
}

/// Rounds a side to pixels, at least one.
fn rounded_pixels(side: f32) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 10 000")]
    let side = side.round().clamp(1.0, 10_000.0) as u32;
    side
}

#[cfg(test)]
mod tests {
    use super::*;
    use resvg::tiny_skia::Pixmap;

    pub(super) fn svg_file(content: &str) -> Vec<u8> {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 120 40\">{content}</svg>")
            .into_bytes()
    }

    pub(super) fn png_file(width: u32, height: u32, colour: [u8; 4]) -> Vec<u8> {
        let mut pixmap = Pixmap::new(width, height).unwrap();
        let [red, green, blue, alpha] = colour;
        pixmap.fill(resvg::tiny_skia::Color::from_rgba8(red, green, blue, alpha));
        pixmap.encode_png().unwrap()
    }

    #[test]
    fn encoded_image_over_256_kb_is_refused() {
        // A PNG with one bit per pixel grows when it is re-encoded with 32. Incompressible noise is as large.
        let mut noise = Pixmap::new(700, 700).unwrap();
        let mut state: u32 = 1;
        for pixel in noise.pixels_mut() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [red, green, blue, _] = state.rotate_left(9).to_be_bytes();
            *pixel = resvg::tiny_skia::ColorU8::from_rgba(red, green, blue, 255).premultiply();
        }
        let error = LogoImage::new(noise.encode_png().unwrap(), "image/png", 700.0, 700.0).unwrap_err();
        assert!(error.contains("at most 256 kB when it is written"), "{error}");
    }

    #[test]
    fn invalid_logo_file_is_refused() {
        let huge = {
            let mut png = png_file(8, 8, [0, 0, 0, 255]);
            png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
            png
        };
        let cut = png_file(80, 40, [0, 0, 0, 255])[..60].to_vec();
        for (file, expected) in [
            (vec![b' '; 5 * 1024 * 1024], "expected at most 256 kB, found 5120"),
            (b"GIF89a".to_vec(), "expected an SVG or PNG image"),
            (b"\xff\xd8\xff\xe0".to_vec(), "found a JPEG image"),
            (b"\x1f\x8b\x08".to_vec(), "found a compressed file"),
            (
                b"<!DOCTYPE svg [<!ENTITY a \"aaaa\">]><svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
                "found an entity",
            ),
            (
                b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"80000\" height=\"20000\"><rect width=\"9\" height=\"9\"/></svg>"
                    .to_vec(),
                "expected sides of 1 to 10000 pixels",
            ),
            (b"".to_vec(), "expected an SVG or PNG image"),
            (b"\xff\xfe\x00".to_vec(), "expected an SVG (as plain text in UTF-8) or PNG image"),
            (b"<html></html>".to_vec(), "expected an SVG or PNG image"),
            (b"\x89PNG\r\n\x1a\n".to_vec(), "found a part of one"),
            (cut, "expected a PNG image"),
            (huge, "expected at most 2048 × 2048 pixels, found 60000 × 8"),
            (png_file(900, 100, [0, 0, 0, 255]), "times the height, found 900 × 100"),
        ] {
            let error = parse(&file).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
