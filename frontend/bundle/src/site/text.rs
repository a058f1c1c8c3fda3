//! Small changes to scripts and style sheets: references, comments, indentation. It is not a
//! minifier: brotli takes most of what one would save, and nothing here needs to understand a language.

/// Replaces the one way our scripts refer to a file beside them, `"./name"`, by the hashed name.
/// None where the file is not referred to: a renamed file would otherwise break in the browser only.
pub(crate) fn with_reference(script: &str, name: &str, hashed: &str) -> Option<String> {
    let reference = format!("\"./{name}\"");
    script.contains(&reference).then(|| script.replace(&reference, &format!("\"./{hashed}\"")))
}

/// Takes off indentation, empty lines and lines that are comments only. Meant for scripts without
/// text over several lines, as wasm-bindgen's and ours are.
pub(crate) fn without_indentation(text: &str) -> String {
    let mut inside = false;
    let mut lines = String::new();
    for line in text.lines().map(str::trim) {
        let opens = line.starts_with("/*");
        inside |= opens;
        if !inside && !line.is_empty() && !line.starts_with("//") {
            lines.push_str(line);
            lines.push('\n');
        }
        inside &= !line.ends_with("*/");
    }
    lines
}

/// Takes the comments out of a style sheet; what looks like one inside a string stays.
pub(crate) fn without_comments(sheet: &str) -> String {
    let mut rest = sheet;
    let mut kept = String::new();
    let mut quote: Option<char> = None;
    while let Some(next) = rest.chars().next() {
        if quote.is_none() && rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, after)| after);
            continue;
        }
        match quote {
            Some(open) if open == next => quote = None,
            None if next == '"' || next == '\'' => quote = Some(next),
            Some(_) | None => {}
        }
        kept.push(next);
        rest = rest.strip_prefix(next).unwrap_or_default();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_gets_the_hashed_name_and_longer_names_are_left_alone() {
        let script = r#"import init from "./a.js"; new URL("./a.js", x); import "./aa.js";"#;
        assert_eq!(
            with_reference(script, "a.js", "a.1.js").unwrap(),
            r#"import init from "./a.1.js"; new URL("./a.1.js", x); import "./aa.js";"#
        );
    }

    #[test]
    fn a_file_that_is_not_referred_to_is_noticed() {
        assert_eq!(with_reference("import \"./b.js\";", "a.js", "a.1.js"), None);
    }

    #[test]
    fn indentation_and_comment_lines_are_taken_off() {
        let script =
            "/** Says\n * something. */\nlet a = 1;\n\n    // why\n    let b = 2; // kept\n/* one */\nc();\n";
        assert_eq!(without_indentation(script), "let a = 1;\nlet b = 2; // kept\nc();\n");
    }

    #[test]
    fn comments_go_and_strings_stay() {
        assert_eq!(without_comments("a{/* x */b:c}/* é"), "a{b:c}");
        assert_eq!(without_comments(r#"a{b:"/* é */"}"#), r#"a{b:"/* é */"}"#);
    }
}
