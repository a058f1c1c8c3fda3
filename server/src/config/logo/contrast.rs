//! Checks that a logo stands out on white.

use crate::config::contrast::with_white;
use resvg::tiny_skia::Pixmap;

/// Minimum contrast of graphics with adjacent colours (WCAG 2.2, 1.4.11).
const MIN_CONTRAST: f64 = 3.0;
/// Minimum fraction of the visible pixels with that contrast. The rest allows for pale parts of a logo.
const MIN_CLEAR_OF_VISIBLE: f32 = 0.25;
/// Minimum fraction of all pixels with that contrast.
const MIN_CLEAR_OF_ALL: f32 = 0.02;

/// Checks the contrast with white, because the pages show the logo on white in both colour schemes.
pub(super) fn check(rendering: &Pixmap) -> Result<(), String> {
    let mut visible: u32 = 0;
    let mut clear: u32 = 0;
    for pixel in rendering.pixels() {
        let white = 255 - pixel.alpha();
        let on_white =
            [pixel.red(), pixel.green(), pixel.blue()].map(|channel| channel.saturating_add(white));
        let contrast = with_white(on_white);
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

#[cfg(test)]
mod tests {
    use crate::config::logo::parse;
    use crate::config::logo::tests::{png_file, svg_file};

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
