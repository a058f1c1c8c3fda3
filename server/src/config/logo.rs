//! Validates `organisation.logo_file`, an SVG or PNG image, and re-encodes it, so that the service serves only its
//! drawing.

use bytes::Bytes;
use resvg::tiny_skia::{Pixmap, Transform};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::ops::RangeInclusive;
use usvg::roxmltree;

/// The settings key.
pub(super) const KEY: &str = "organisation.logo_file";

/// Maximum size of the file, larger than any logo needs. Every client loads the logo on its first request.
const MAX_BYTES: usize = 256 * 1024;
/// Maximum width and height of a PNG, in pixels.
const MAX_SIDE: u32 = 2048;
/// Maximum ratio of width to height, and of height to width. A longer logo would be unreadable in the header.
const MAX_RATIO: f32 = 8.0;
/// Height in pixels at which the drawing is rendered to measure its contrast.
const SAMPLE_HEIGHT: f32 = 64.0;
/// Minimum contrast of graphics with adjacent colours (WCAG 2.2, 1.4.11).
const MIN_CONTRAST: f32 = 3.0;
/// Minimum fraction of the visible pixels with that contrast. The rest allows for pale parts of a logo.
const MIN_CLEAR_OF_VISIBLE: f32 = 0.25;
/// Minimum fraction of all pixels with that contrast.
const MIN_CLEAR_OF_ALL: f32 = 0.02;

/// Accepted width and height of a drawing, in pixels. Other values are errors of the exporting program.
const SIDE_RANGE: RangeInclusive<f32> = 1.0..=10_000.0;
/// The height attribute of the image on the pages. With the width it lets the browser reserve space for the image.
const DISPLAY_HEIGHT: f32 = 100.0;

/// Accepted SVG elements: those that draw shapes. Other elements are active, load resources, need fonts, or (filters,
/// masks and patterns) need rendering time that grows faster than the file.
const ACCEPTED_ELEMENTS: [&str; 20] = [
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
const SVG_NAMESPACE: &str = "http://www.w3.org/2000/svg";

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
        let digest = crate::crypto::hex(Sha256::digest(&bytes).get(..8).unwrap_or_default());
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
    let (image, rendering) = if file.starts_with(b"\x89PNG\r\n\x1a\n") { png(file)? } else { svg(file)? };
    check_contrast(&rendering)?;
    Ok(image)
}

fn svg(file: &[u8]) -> Result<(LogoImage, Pixmap), String> {
    let text = std::str::from_utf8(file).map_err(|_| {
        let found = match file {
            [0xff, 0xd8, ..] => "a JPEG image",
            [0x1f, 0x8b, ..] => "a compressed file",
            _ => "a file that is neither PNG nor UTF-8 text",
        };
        format!("expected an SVG (as plain text in UTF-8) or PNG image, found {found}")
    })?;
    if text.contains("<!ENTITY") {
        return Err(format!("{PLAIN_SVG}, found an entity"));
    }
    // Drawing programs write a document type declaration; without entities it has no effect.
    let document = parse_xml(text, true)?;
    check_elements(&document)?;
    let tree = render(&document)?;
    let size = tree.size();
    check_sides(size.width(), size.height())?;
    // Writes only what the renderer has parsed: shapes, colours and gradients.
    let options = usvg::WriteOptions { indent: usvg::Indent::None, ..usvg::WriteOptions::default() };
    let written = tree.to_string(&options);
    // From here on the checks apply to the served file. The writer does not escape names (`id`).
    let served = parse_xml(&written, false)
        .map_err(|_| format!("{PLAIN_SVG}, found a name (id) with a character that XML reserves"))?;
    check_elements(&served)?;
    let tree = render(&served)?;
    let scale = SAMPLE_HEIGHT / size.height();
    let mut rendering = Pixmap::new(rounded_pixels(size.width() * scale), rounded_pixels(SAMPLE_HEIGHT))
        .ok_or("expected an image with a size")?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut rendering.as_mut());
    let image = LogoImage::new(written.into_bytes(), "image/svg+xml", size.width(), size.height())?;
    Ok((image, rendering))
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
        let is_svg = node.tag_name().namespace() == Some(SVG_NAMESPACE);
        // The renderer ignores elements in the namespaces of editors, but a script is refused in any namespace.
        if (is_svg && !ACCEPTED_ELEMENTS.contains(&name)) || name == "script" {
            let advice = if name == "text" { "; turn letters into outlines" } else { "" };
            return Err(format!("{PLAIN_SVG}, found <{name}>{advice}"));
        }
        check_attributes(node)?;
        // Nested clips: the rendering time doubles at each level.
        let is_clipped = |part: roxmltree::Node<'_, '_>| part.has_attribute("clip-path");
        if is_svg && name == "clipPath" && node.descendants().skip(1).any(is_clipped) {
            return Err(format!("{PLAIN_SVG}, found a clip inside a <clipPath>"));
        }
        // Nested references: the drawing doubles at each level.
        if is_svg && name == "use" && use_target(node).is_some_and(|target| has_use(target)) {
            return Err(format!("{PLAIN_SVG}, found a <use> of another <use>"));
        }
    }
    Ok(())
}

fn has_use(node: roxmltree::Node<'_, '_>) -> bool {
    node.descendants().any(|node| node.tag_name().name() == "use")
}

/// Returns the element that a `<use>` refers to.
fn use_target<'a, 'input>(node: roxmltree::Node<'a, 'input>) -> Option<roxmltree::Node<'a, 'input>> {
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

/// Returns whether CSS refers to anything outside the document.
fn refers_outside(css: &str) -> bool {
    let css = css.to_ascii_lowercase();
    css.split("url(").skip(1).any(|rest| !rest.trim_start_matches([' ', '"', '\'']).starts_with('#'))
}

fn png(file: &[u8]) -> Result<(LogoImage, Pixmap), String> {
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

/// Checks the contrast with white, because the pages show the logo on white in both colour schemes.
fn check_contrast(rendering: &Pixmap) -> Result<(), String> {
    let mut visible: u32 = 0;
    let mut clear: u32 = 0;
    for pixel in rendering.pixels() {
        let contrast = 1.05 / (luminance_on_white(*pixel) + 0.05);
        visible += u32::from(contrast > 1.1);
        clear += u32::from(contrast >= MIN_CONTRAST);
    }
    if visible == 0 {
        return Err("expected a logo that is visible on white".to_owned());
    }
    #[expect(clippy::cast_precision_loss, reason = "a fraction need not be exact")]
    let (of_visible, of_all) =
        (clear as f32 / visible as f32, clear as f32 / rendering.pixels().len() as f32);
    if of_all < MIN_CLEAR_OF_ALL {
        return Err("expected a logo that stands out on white in more than a hairline".to_owned());
    }
    if of_visible < MIN_CLEAR_OF_VISIBLE {
        return Err(format!(
            "expected a logo that stands out on white by {MIN_CONTRAST} : 1 in at least {:.0} % of what is visible, \
             found {:.0} %",
            MIN_CLEAR_OF_VISIBLE * 100.0,
            of_visible * 100.0
        ));
    }
    Ok(())
}

/// Returns the relative luminance (WCAG 2.2) of a pixel on a white background.
fn luminance_on_white(pixel: resvg::tiny_skia::PremultipliedColorU8) -> f32 {
    let white = 255 - pixel.alpha();
    let [red, green, blue] = [pixel.red(), pixel.green(), pixel.blue()].map(|channel| {
        let share = f32::from(channel.saturating_add(white)) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
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

    fn svg_file(content: &str) -> Vec<u8> {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\"0 0 120 40\">{content}</svg>")
            .into_bytes()
    }

    fn png_file(width: u32, height: u32, colour: [u8; 4]) -> Vec<u8> {
        let mut pixmap = Pixmap::new(width, height).unwrap();
        let [red, green, blue, alpha] = colour;
        pixmap.fill(resvg::tiny_skia::Color::from_rgba8(red, green, blue, alpha));
        pixmap.encode_png().unwrap()
    }

    #[test]
    fn svg_is_served_as_shapes_only() {
        let with_metadata = svg_file(
            "<!-- made by somebody --><metadata>a private note</metadata><title>Logo</title>\
             <style>.a{fill:#00637c}</style><rect class=\"a\" width=\"120\" height=\"40\"/>",
        );
        let image = parse(&with_metadata).unwrap();
        let text = String::from_utf8(image.bytes.to_vec()).unwrap();
        assert_eq!((image.content_type, image.width, image.height), ("image/svg+xml", 300, 100));
        assert!(text.contains("#00637c"), "{text}");
        for absent in ["note", "somebody", "<style", "Logo"] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
        let with_doctype = [b"<?xml version=\"1.0\"?><!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">".as_slice(), &svg_file("<path d=\"M0 0h90v39z\"/>")].concat();
        parse(&with_doctype).unwrap();
    }

    #[test]
    fn png_is_served_with_type_and_display_size() {
        let image = parse(&png_file(80, 40, [0, 99, 124, 255])).unwrap();
        assert_eq!((image.content_type, image.width, image.height), ("image/png", 200, 100));
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
            let error = parse(&svg_file(&format!("{shape}{content}"))).unwrap_err();
            assert!(error.contains(expected), "{content}: {error}");
        }
        parse(&svg_file("<defs><path id=\"p\" d=\"M0 0h120v40z\"/></defs><use href=\"#p\" fill=\"#333\"/>"))
            .unwrap();
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

    #[test]
    fn logo_with_low_contrast_to_white_is_refused() {
        for (colour, is_clear) in
            [("#ffffff", false), ("#ffe680", false), ("#00637c", true), ("#000000", true), ("#959595", false)]
        {
            let logo = svg_file(&format!("<rect width=\"120\" height=\"40\" fill=\"{colour}\"/>"));
            assert_eq!(parse(&logo).is_ok(), is_clear, "{colour}");
        }
        let error = parse(&png_file(8, 8, [255, 255, 255, 255])).unwrap_err();
        assert!(error.contains("visible on white"), "{error}");
        let hairline = "<rect width=\"120\" height=\"0.1\"/>";
        assert!(parse(&svg_file(hairline)).unwrap_err().contains("hairline"));
        // Dark letters on a pale background are accepted.
        let pale = "<rect width=\"120\" height=\"40\" fill=\"#e6f4f1\"/><rect width=\"60\" height=\"40\" fill=\"#123\"/>";
        parse(&svg_file(pale)).unwrap();
    }
}
