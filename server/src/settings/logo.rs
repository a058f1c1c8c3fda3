//! `organisation.logo_file`: an SVG or PNG image, checked and written anew, so that nothing but its drawing is served.

use resvg::tiny_skia::{Pixmap, Transform};
use sha2::{Digest as _, Sha256};
use std::fmt;
use usvg::roxmltree;

/// The key of the file.
pub(super) const KEY: &str = "organisation.logo_file";

/// Larger than any logo needs, and small enough for everybody's first load.
const MAX_BYTES: usize = 256 * 1024;
/// The sides of a PNG, in pixels.
const MAX_SIDE: u32 = 2048;
/// Width to height. A longer logo would be unreadable at the height of the header.
const MAX_RATIO: f32 = 8.0;
/// The height of the drawing whose contrast is measured, in pixels.
const SAMPLE_HEIGHT: f32 = 64.0;
/// WCAG 2.2, 1.4.11: the contrast of graphics with what is around them.
const MIN_CONTRAST: f32 = 3.0;
/// Of the visible pixels, the share with that contrast. Logos have pale parts too.
const MIN_SHARE: f32 = 0.25;

/// Elements of SVG that do something, load something, or need fonts.
const REFUSED_ELEMENTS: [&str; 14] = [
    "script",
    "foreignObject",
    "iframe",
    "object",
    "embed",
    "a",
    "image",
    "feImage",
    "text",
    "animate",
    "animateMotion",
    "animateTransform",
    "set",
    "handler",
];

/// An image that can be served.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoImage {
    /// The file.
    pub bytes: Vec<u8>,
    /// `image/svg+xml` or `image/png`.
    pub content_type: &'static str,
    /// In pixels, at the size that the file gives.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl fmt::Debug for LogoImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogoImage({}, {} × {})", self.content_type, self.width, self.height)
    }
}

impl LogoImage {
    /// A short name of the content: another logo has another address.
    pub fn digest(&self) -> String {
        crate::keys::hex(Sha256::digest(&self.bytes).get(..8).unwrap_or_default())
    }
}

/// Reads an SVG or PNG file. The error says what was expected, and what was found.
pub(super) fn parse(file: &[u8]) -> Result<LogoImage, String> {
    if file.len() > MAX_BYTES {
        return Err(format!("expected at most {} kB, found {}", MAX_BYTES / 1024, file.len() / 1024));
    }
    let (image, sample) = if file.starts_with(b"\x89PNG\r\n\x1a\n") { png(file)? } else { svg(file)? };
    check_contrast(&sample)?;
    Ok(image)
}

fn svg(file: &[u8]) -> Result<(LogoImage, Pixmap), String> {
    let unreadable =
        |error: &dyn fmt::Display| format!("expected an SVG or PNG image, found neither: {error}");
    let text = std::str::from_utf8(file).map_err(|error| unreadable(&error))?;
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let document =
        roxmltree::Document::parse_with_options(text, options).map_err(|error| unreadable(&error))?;
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        refuse_active_content(node)?;
    }
    let tree =
        usvg::Tree::from_xmltree(&document, &usvg::Options::default()).map_err(|error| unreadable(&error))?;
    let size = tree.size();
    check_ratio(size.width(), size.height())?;
    let scale = SAMPLE_HEIGHT / size.height();
    let mut sample =
        Pixmap::new(whole(size.width() * scale), whole(SAMPLE_HEIGHT)).ok_or("expected a size")?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut sample.as_mut());
    // What the renderer has understood and nothing else: shapes, colours and gradients.
    let bytes = tree.to_string(&usvg::WriteOptions::default()).into_bytes();
    let (width, height) = (whole(size.width()), whole(size.height()));
    Ok((LogoImage { bytes, content_type: "image/svg+xml", width, height }, sample))
}

fn refuse_active_content(node: roxmltree::Node<'_, '_>) -> Result<(), String> {
    let name = node.tag_name().name();
    if REFUSED_ELEMENTS.contains(&name) {
        let advice = if name == "text" { "; turn letters into outlines" } else { "" };
        return Err(format!("expected an SVG image of shapes only, found <{name}>{advice}"));
    }
    for attribute in node.attributes() {
        let (key, value) = (attribute.name(), attribute.value());
        if key.to_ascii_lowercase().starts_with("on") {
            return Err(format!("expected an SVG image of shapes only, found an event handler ({key})"));
        }
        let is_outside = key == "href" && !value.trim_start().starts_with('#');
        if is_outside || refers_outside(value) {
            return Err(format!(
                "expected an SVG image that refers to nothing outside it, found {key}={value:?}"
            ));
        }
    }
    if name == "style" && node.text().is_some_and(|css| css.contains("@import") || refers_outside(css)) {
        return Err(
            "expected an SVG image that refers to nothing outside it, found a style that does".to_owned()
        );
    }
    Ok(())
}

/// Whether CSS refers to anything but a part of the same document.
fn refers_outside(css: &str) -> bool {
    css.split("url(").skip(1).any(|rest| !rest.trim_start_matches([' ', '"', '\'']).starts_with('#'))
}

fn png(file: &[u8]) -> Result<(LogoImage, Pixmap), String> {
    // The sides are in the first chunk; a small file can hold an image that fills the memory.
    let side =
        |at: usize| file.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    let (Some(width), Some(height)) = (side(16), side(20)) else {
        return Err("expected a PNG image, found a part of one".to_owned());
    };
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(format!("expected at most {MAX_SIDE} × {MAX_SIDE} pixels, found {width} × {height}"));
    }
    let sample = Pixmap::decode_png(file).map_err(|error| format!("expected a PNG image: {error}"))?;
    #[expect(clippy::cast_precision_loss, reason = "at most 2048")]
    check_ratio(width as f32, height as f32)?;
    // Without whatever else was in the file.
    let bytes = sample.encode_png().map_err(|error| format!("expected a PNG image: {error}"))?;
    Ok((LogoImage { bytes, content_type: "image/png", width, height }, sample))
}

fn check_ratio(width: f32, height: f32) -> Result<(), String> {
    if height > 0.0 && width / height <= MAX_RATIO && height / width <= MAX_RATIO {
        return Ok(());
    }
    Err(format!(
        "expected a width of 1/{MAX_RATIO} to {MAX_RATIO} times the height, found {width} × {height}"
    ))
}

/// The pages show the logo on white, in the dark scheme too.
fn check_contrast(sample: &Pixmap) -> Result<(), String> {
    let mut visible: u32 = 0;
    let mut clear: u32 = 0;
    for pixel in sample.pixels() {
        let contrast = 1.05 / (luminance_on_white(*pixel) + 0.05);
        visible += u32::from(contrast > 1.1);
        clear += u32::from(contrast >= MIN_CONTRAST);
    }
    if visible == 0 {
        return Err("expected a logo that is visible on white".to_owned());
    }
    #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
    let share = clear as f32 / visible as f32;
    if share < MIN_SHARE {
        return Err(format!(
            "expected a logo that stands out on white by {MIN_CONTRAST} : 1 in at least {:.0} % of what is visible, \
             found {:.0} %",
            MIN_SHARE * 100.0,
            share * 100.0
        ));
    }
    Ok(())
}

/// WCAG 2.2, relative luminance.
fn luminance_on_white(pixel: resvg::tiny_skia::PremultipliedColorU8) -> f32 {
    let behind = 255 - pixel.alpha();
    let [red, green, blue] = [pixel.red(), pixel.green(), pixel.blue()].map(|channel| {
        let share = f32::from(channel.saturating_add(behind)) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// A side as whole pixels, at least one.
fn whole(side: f32) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 10 000")]
    let side = side.round().clamp(1.0, 10_000.0) as u32;
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(content: &str) -> Vec<u8> {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 120 40\">{content}</svg>")
            .into_bytes()
    }

    fn pixels(width: u32, height: u32, colour: [u8; 4]) -> Vec<u8> {
        let mut pixmap = Pixmap::new(width, height).unwrap();
        let [red, green, blue, alpha] = colour;
        pixmap.fill(resvg::tiny_skia::Color::from_rgba8(red, green, blue, alpha));
        pixmap.encode_png().unwrap()
    }

    #[test]
    fn a_drawing_is_served_as_shapes_only() {
        let with_more = drawing(
            "<!-- made by somebody --><metadata>a private note</metadata><title>Logo</title>\
             <style>.a{fill:#00637c}</style><rect class=\"a\" width=\"120\" height=\"40\"/>",
        );
        let image = parse(&with_more).unwrap();
        let text = String::from_utf8(image.bytes.clone()).unwrap();
        assert_eq!((image.content_type, image.width, image.height), ("image/svg+xml", 120, 40));
        assert!(text.contains("#00637c"), "{text}");
        for absent in ["note", "somebody", "<style", "Logo"] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
        let typed = [b"<?xml version=\"1.0\"?><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">".as_slice(), &drawing("<path d=\"M0 0h9v9z\"/>")].concat();
        parse(&typed).unwrap();
    }

    #[test]
    fn pixels_are_served_without_what_else_is_in_the_file() {
        let image = parse(&pixels(80, 40, [0, 99, 124, 255])).unwrap();
        assert_eq!((image.content_type, image.width, image.height), ("image/png", 80, 40));
    }

    #[test]
    fn active_content_and_references_are_refused() {
        let shape = "<rect width=\"120\" height=\"40\"/>";
        for (content, expected) in [
            ("<script>alert(1)</script>", "found <script>"),
            ("<g onload=\"alert(1)\"/>", "found an event handler (onload)"),
            ("<g OnClick=\"alert(1)\"/>", "found an event handler (OnClick)"),
            ("<a xlink:href=\"javascript:alert(1)\"><path d=\"M0 0\"/></a>", "found <a>"),
            ("<use xlink:href=\"https://x.example/a.svg#b\"/>", "found href=\"https://x.example/a.svg#b\""),
            ("<use href=\" data:image/svg+xml,x\"/>", "refers to nothing outside"),
            ("<image href=\"#x\"/>", "found <image>"),
            ("<foreignObject/>", "found <foreignObject>"),
            ("<style>@import 'https://x.example/a.css';</style>", "found a style that does"),
            ("<style>a{fill:url( 'https://x.example/a#b')}</style>", "found a style that does"),
            ("<rect fill=\"url(https://x.example/a#b)\"/>", "refers to nothing outside"),
            ("<set attributeName=\"href\" to=\"x\"/>", "found <set>"),
            ("<text>Pantein</text>", "turn letters into outlines"),
        ] {
            let error = parse(&drawing(&format!("{shape}{content}"))).unwrap_err();
            assert!(error.contains(expected), "{content}: {error}");
        }
        parse(&drawing("<defs><path id=\"p\" d=\"M0 0h120v40z\"/></defs><use href=\"#p\" fill=\"#333\"/>"))
            .unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_a_logo_is_refused() {
        let huge = {
            let mut png = pixels(8, 8, [0, 0, 0, 255]);
            png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
            png
        };
        let cut = pixels(80, 40, [0, 0, 0, 255])[..60].to_vec();
        for (file, expected) in [
            (vec![b' '; 5 * 1024 * 1024], "expected at most 256 kB, found 5120"),
            (b"GIF89a".to_vec(), "expected an SVG or PNG image"),
            (b"".to_vec(), "expected an SVG or PNG image"),
            (b"\xff\xfe\x00".to_vec(), "expected an SVG or PNG image"),
            (b"<html></html>".to_vec(), "expected an SVG or PNG image"),
            (b"\x89PNG\r\n\x1a\n".to_vec(), "found a part of one"),
            (cut, "expected a PNG image"),
            (huge, "expected at most 2048 × 2048 pixels, found 60000 × 8"),
            (pixels(900, 100, [0, 0, 0, 255]), "times the height, found 900 × 100"),
        ] {
            let error = parse(&file).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_logo_that_does_not_stand_out_on_white_is_refused() {
        for (colour, is_clear) in
            [("#ffffff", false), ("#ffe680", false), ("#00637c", true), ("#000000", true), ("#959595", false)]
        {
            let logo = drawing(&format!("<rect width=\"120\" height=\"40\" fill=\"{colour}\"/>"));
            assert_eq!(parse(&logo).is_ok(), is_clear, "{colour}");
        }
        let error = parse(&pixels(8, 8, [255, 255, 255, 255])).unwrap_err();
        assert!(error.contains("visible on white"), "{error}");
        // Dark letters on a pale ground stand out.
        let pale = "<rect width=\"120\" height=\"40\" fill=\"#e6f4f1\"/><rect width=\"60\" height=\"40\" fill=\"#123\"/>";
        parse(&drawing(pale)).unwrap();
    }
}
