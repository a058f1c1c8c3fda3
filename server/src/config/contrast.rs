//! The WCAG 2.2 contrast of a colour with white.

/// The contrast ratio of an opaque sRGB colour with white.
pub(super) fn with_white(rgb: [u8; 3]) -> f64 {
    let [red, green, blue] = rgb.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

/// The contrast ratio of `#rrggbb` with white; `None` for text of another form.
pub(super) fn of_hex_with_white(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some(with_white([red, green, blue]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_ratio_follows_wcag() {
        assert!((of_hex_with_white("#000000").unwrap() - 21.0).abs() < 0.01);
        assert!((of_hex_with_white("#767676").unwrap() - 4.54).abs() < 0.01);
        for invalid in ["red", "#fff", "#12345é", ""] {
            assert_eq!(of_hex_with_white(invalid), None, "{invalid}");
        }
    }
}
