//! Parses a logo in PNG, with a limit on its size, and re-encodes it.

use super::{LogoImage, check_sides};
use resvg::tiny_skia::Pixmap;

/// Maximum width and height of a PNG, in pixels.
const MAX_SIDE: u32 = 2048;

pub(super) fn parse(file: &[u8]) -> Result<(LogoImage, Pixmap), String> {
    // Width and height are in the first chunk. They are checked before decoding, because a small file can contain an
    // image that exhausts the memory.
    let side = |offset: usize| {
        file.get(offset..offset + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes)
    };
    let (Some(width), Some(height)) = (side(16), side(20)) else {
        return Err("expected a PNG image, found a part of one".to_owned());
    };
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(format!("expected at most {MAX_SIDE} × {MAX_SIDE} pixels, found {width} × {height}"));
    }
    let rendering = Pixmap::decode_png(file).map_err(|error| format!("expected a PNG image: {error}"))?;
    #[expect(clippy::cast_precision_loss, reason = "at most 2048")]
    let (width, height) = (width as f32, height as f32);
    check_sides(width, height)?;
    // Re-encoded, to remove all other content of the file.
    let bytes = rendering.encode_png().map_err(|error| format!("expected a PNG image: {error}"))?;
    Ok((LogoImage::new(bytes, "image/png", width, height)?, rendering))
}

#[cfg(test)]
mod tests {
    use crate::config::logo::parse;
    use crate::config::logo::tests::png_file;

    #[test]
    fn png_is_served_with_type_and_display_size() {
        let image = parse(&png_file(80, 40, [0, 99, 124, 255])).unwrap();
        assert_eq!((image.content_type, image.width, image.height), ("image/png", 200, 100));
    }
}
