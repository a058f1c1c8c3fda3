//! Parses a logo in SVG, refuses all but plain shapes, and rewrites it.

use super::{LogoImage, check_sides, rounded_pixels};
use resvg::tiny_skia::{Pixmap, Transform};
use usvg::roxmltree;

/// Height in pixels at which the drawing is rendered to measure its contrast.
const SAMPLE_HEIGHT: f32 = 64.0;

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

pub(super) fn parse(file: &[u8]) -> Result<(LogoImage, Pixmap), String> {
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

#[cfg(test)]
mod tests {
    use crate::config::logo::parse;
    use crate::config::logo::tests::svg_file;

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
}
