//! `organisation.logo_file`: an SVG or PNG image, checked and written anew, so that nothing but its drawing is served.

use bytes::Bytes;
use resvg::tiny_skia::{Pixmap, Transform};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::ops::RangeInclusive;
use usvg::roxmltree;

/// The key of the file.
pub(super) const KEY: &str = "organisation.logo_file";

/// Larger than any logo needs. Each first visit loads it.
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
/// Of all pixels, the share with that contrast.
const MIN_AREA: f32 = 0.02;

/// In pixels. Beyond it a drawing is a mistake of the program that exported it.
const SIDES: RangeInclusive<f32> = 1.0..=10_000.0;
/// What the pages give as the height of the image; with the width it tells a browser how much room to keep.
const HEIGHT: f32 = 100.0;

/// Elements of SVG that draw shapes. All others do something, load something, need fonts, or take time that grows
/// faster than the file: filters, masks and patterns.
const SHAPES: [&str; 20] = [
    "svg",
    "g",
    "defs",
    "title",
    "desc",
    "metadata",
    "style",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "use",
    "symbol",
];
const SVG: &str = "http://www.w3.org/2000/svg";

/// An image that can be served.
#[derive(Clone, PartialEq, Eq)]
pub struct LogoImage {
    /// The file.
    pub bytes: Bytes,
    /// A short name of the content: another logo has another address.
    pub digest: String,
    /// `image/svg+xml` or `image/png`.
    pub content_type: &'static str,
    /// Its width, if its height is [`LogoImage::height`].
    pub width: u32,
    /// The same for every logo: the style sheet decides how large it is shown.
    pub height: u32,
}

impl fmt::Debug for LogoImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogoImage({}, {} × {})", self.content_type, self.width, self.height)
    }
}

impl LogoImage {
    /// Checks the size of what will be served.
    fn new(bytes: Vec<u8>, content_type: &'static str, width: f32, height: f32) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!(
                "expected an image of at most {} kB when it is written without compression, found {}",
                MAX_BYTES / 1024,
                bytes.len() / 1024
            ));
        }
        let digest = crate::crypto::hex(Sha256::digest(&bytes).get(..8).unwrap_or_default());
        let (width, height) = (whole(HEIGHT * width / height), whole(HEIGHT));
        Ok(Self { bytes: bytes.into(), digest, content_type, width, height })
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
    let text = std::str::from_utf8(file).map_err(|_| {
        let what = match file {
            [0xff, 0xd8, ..] => "a JPEG image",
            [0x1f, 0x8b, ..] => "a compressed file",
            _ => "a file that is neither PNG nor UTF-8 text",
        };
        format!("expected an SVG (as plain text in UTF-8) or PNG image, found {what}")
    })?;
    if text.contains("<!ENTITY") {
        return Err(format!("{PLAIN_SVG}, found an entity"));
    }
    // Drawing programs write a document type; without entities it has no effect.
    let document = parse_xml(text, true)?;
    check_elements(&document)?;
    let tree = render(&document)?;
    let size = tree.size();
    check_sides(size.width(), size.height())?;
    // Only what the renderer has understood: shapes, colours and gradients.
    let options = usvg::WriteOptions { indent: usvg::Indent::None, ..usvg::WriteOptions::default() };
    let written = tree.to_string(&options);
    // What is checked from here on is what is served. The writer does not escape names (`id`).
    let served = parse_xml(&written, false)
        .map_err(|_| format!("{PLAIN_SVG}, found a name (id) with a character that XML reserves"))?;
    check_elements(&served)?;
    let tree = render(&served)?;
    let scale = SAMPLE_HEIGHT / size.height();
    let mut sample = Pixmap::new(whole(size.width() * scale), whole(SAMPLE_HEIGHT))
        .ok_or("expected an image with a size")?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut sample.as_mut());
    let image = LogoImage::new(written.into_bytes(), "image/svg+xml", size.width(), size.height())?;
    Ok((image, sample))
}

const PLAIN_SVG: &str = "expected an SVG image of shapes only, exported without the editing data";

fn parse_xml(text: &str, allow_dtd: bool) -> Result<roxmltree::Document<'_>, String> {
    let options = roxmltree::ParsingOptions { allow_dtd, ..roxmltree::ParsingOptions::default() };
    roxmltree::Document::parse_with_options(text, options)
        .map_err(|error| format!("expected an SVG or PNG image, found neither: {error}"))
}

fn render(document: &roxmltree::Document<'_>) -> Result<usvg::Tree, String> {
    usvg::Tree::from_xmltree(document, &usvg::Options::default())
        .map_err(|error| format!("expected an SVG or PNG image, found neither: {error}"))
}

fn check_elements(document: &roxmltree::Document<'_>) -> Result<(), String> {
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        let is_svg = node.tag_name().namespace() == Some(SVG);
        // The renderer ignores elements of editors; a script is one in any namespace.
        if (is_svg && !SHAPES.contains(&name)) || name == "script" {
            let advice = if name == "text" { "; turn letters into outlines" } else { "" };
            return Err(format!("{PLAIN_SVG}, found <{name}>{advice}"));
        }
        check_attributes(node)?;
        // Clips of parts of a clip: the work doubles at each level.
        let is_clipped = |part: roxmltree::Node<'_, '_>| part.has_attribute("clip-path");
        if is_svg && name == "clipPath" && node.descendants().skip(1).any(is_clipped) {
            return Err(format!("{PLAIN_SVG}, found a clip inside a <clipPath>"));
        }
        // A reference inside what is referred to doubles the drawing at each level.
        if is_svg && name == "use" && referred(node).is_some_and(|target| has_use(target)) {
            return Err(format!("{PLAIN_SVG}, found a <use> of another <use>"));
        }
    }
    Ok(())
}

fn has_use(node: roxmltree::Node<'_, '_>) -> bool {
    node.descendants().any(|node| node.tag_name().name() == "use")
}

/// The element that a `<use>` refers to.
fn referred<'a, 'input>(node: roxmltree::Node<'a, 'input>) -> Option<roxmltree::Node<'a, 'input>> {
    let id =
        node.attributes().find(|attribute| attribute.name() == "href")?.value().trim().strip_prefix('#')?;
    node.document().descendants().find(|node| node.attribute("id") == Some(id))
}

fn check_attributes(node: roxmltree::Node<'_, '_>) -> Result<(), String> {
    for attribute in node.attributes() {
        let (key, value) = (attribute.name(), attribute.value());
        if key.to_ascii_lowercase().starts_with("on") {
            return Err(format!("{PLAIN_SVG}, found an event handler ({key})"));
        }
        if (key == "href" && !value.trim_start().starts_with('#')) || refers_outside(value) {
            return Err(format!("{PLAIN_SVG}, found a reference to something outside it: {key}={value:?}"));
        }
    }
    let css: String = node.children().filter_map(|child| child.text()).collect();
    if node.tag_name().name() == "style"
        && (css.to_ascii_lowercase().contains("@import") || refers_outside(&css))
    {
        return Err(format!("{PLAIN_SVG}, found a style that refers to something outside it"));
    }
    Ok(())
}

/// Whether CSS refers to anything but a part of the same document.
fn refers_outside(css: &str) -> bool {
    let css = css.to_ascii_lowercase();
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
    let (width, height) = (width as f32, height as f32);
    check_sides(width, height)?;
    // Without whatever else was in the file.
    let bytes = sample.encode_png().map_err(|error| format!("expected a PNG image: {error}"))?;
    Ok((LogoImage::new(bytes, "image/png", width, height)?, sample))
}

fn check_sides(width: f32, height: f32) -> Result<(), String> {
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        let (least, most) = (SIDES.start(), SIDES.end());
        return Err(format!("expected sides of {least} to {most} pixels, found {width} × {height}"));
    }
    if width / height <= MAX_RATIO && height / width <= MAX_RATIO {
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
    let (share, area) = (clear as f32 / visible as f32, clear as f32 / sample.pixels().len() as f32);
    if area < MIN_AREA {
        return Err("expected a logo that stands out on white in more than a hairline".to_owned());
    }
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
        let text = String::from_utf8(image.bytes.to_vec()).unwrap();
        assert_eq!((image.content_type, image.width, image.height), ("image/svg+xml", 300, 100));
        assert!(text.contains("#00637c"), "{text}");
        for absent in ["note", "somebody", "<style", "Logo"] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
        let typed = [b"<?xml version=\"1.0\"?><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">".as_slice(), &drawing("<path d=\"M0 0h90v39z\"/>")].concat();
        parse(&typed).unwrap();
    }

    #[test]
    fn pixels_are_served_without_what_else_is_in_the_file() {
        let image = parse(&pixels(80, 40, [0, 99, 124, 255])).unwrap();
        assert_eq!((image.content_type, image.width, image.height), ("image/png", 200, 100));
    }

    #[test]
    fn what_is_served_is_as_small_as_what_is_read() {
        // One bit per pixel in the file, 32 in what is written.
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
    fn active_content_and_references_are_refused() {
        let shape = "<rect width=\"120\" height=\"40\"/>";
        for (content, expected) in [
            ("<script>alert(1)</script>", "found <script>"),
            ("<g onload=\"alert(1)\"/>", "found an event handler (onload)"),
            ("<g OnClick=\"alert(1)\"/>", "found an event handler (OnClick)"),
            ("<a xlink:href=\"javascript:alert(1)\"><path d=\"M0 0\"/></a>", "found <a>"),
            (
                "<use xlink:href=\"https://x.example/a.svg#b\"/>",
                "outside it: href=\"https://x.example/a.svg#b\"",
            ),
            ("<use href=\" data:image/svg+xml,x\"/>", "something outside it"),
            ("<image href=\"#x\"/>", "found <image>"),
            ("<foreignObject/>", "found <foreignObject>"),
            (
                "<style>@import 'https://x.example/a.css';</style>",
                "found a style that refers to something outside",
            ),
            (
                "<style>a{fill:url( 'https://x.example/a#b')}</style>",
                "found a style that refers to something outside",
            ),
            ("<rect fill=\"url(https://x.example/a#b)\"/>", "something outside it"),
            ("<set attributeName=\"href\" to=\"x\"/>", "found <set>"),
            ("<text>Pantein</text>", "turn letters into outlines"),
            ("<rect fill=\"URL(//x.example/a#b)\"/>", "something outside it"),
            (
                "<style>a{}<!-- x -->@IMPORT url(//x.example)</style>",
                "found a style that refers to something outside",
            ),
            ("<filter id=\"f\"><feTurbulence numOctaves=\"2147483647\"/></filter>", "found <filter>"),
            ("<mask id=\"m\"/>", "found <mask>"),
            (
                "<clipPath id=\"b\"><path d=\"M0 0h9v9z\"/></clipPath>\
                 <clipPath id=\"a\"><path clip-path=\"url(#b)\" d=\"M0 0h9v9z\"/></clipPath>",
                "found a clip inside a <clipPath>",
            ),
            ("<pattern id=\"p\"/>", "found <pattern>"),
            (
                "<g id=\"a\"><use href=\"#b\"/></g><g id=\"b\"/><use href=\"#a\"/>",
                "found a <use> of another <use>",
            ),
            ("<x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">alert(1)</x:script>", "found <script>"),
            (
                "<g id=\"Logo &#38; name &lt;b\" opacity=\"0.5\"><rect width=\"9\" height=\"9\"/></g>",
                "a name (id) with a character",
            ),
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
        let hairline = "<rect width=\"120\" height=\"0.1\"/>";
        assert!(parse(&drawing(hairline)).unwrap_err().contains("hairline"));
        // Dark letters on a pale ground stand out.
        let pale = "<rect width=\"120\" height=\"40\" fill=\"#e6f4f1\"/><rect width=\"60\" height=\"40\" fill=\"#123\"/>";
        parse(&drawing(pale)).unwrap();
    }
}
