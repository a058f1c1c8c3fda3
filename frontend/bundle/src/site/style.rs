//! Style sheets for the browser: one file per folder, without comments and indentation.

use crate::files;
use anyhow::Context;
use std::fs;
use std::path::Path;

/// All style sheets of a folder in the order of their names, without those in subfolders, which belong to one page
/// only.
pub(crate) fn joined(folder: &Path) -> anyhow::Result<String> {
    let mut sheets = String::new();
    for path in files::below(folder)? {
        let is_direct_child = path.parent() == Some(folder);
        if is_direct_child && path.extension().is_some_and(|extension| extension == "css") {
            let sheet =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            sheets.push_str(&without_indentation(&without_comments(&sheet)));
        }
    }
    Ok(sheets)
}

fn without_indentation(sheet: &str) -> String {
    sheet.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

/// Removes the comments, but no text inside a string.
fn without_comments(sheet: &str) -> String {
    let mut rest = sheet;
    let mut output = String::new();
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
        output.push(next);
        rest = rest.strip_prefix(next).unwrap_or_default();
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_removed_and_strings_are_kept() {
        assert_eq!(without_comments("a{/* x */b:c}/* é"), "a{b:c}");
        assert_eq!(without_comments(r#"a{b:"/* é */"}"#), r#"a{b:"/* é */"}"#);
    }

    #[test]
    fn indentation_and_empty_lines_are_removed() {
        assert_eq!(without_indentation("a {\n\n    b: c;\n}\n"), "a {\nb: c;\n}\n");
    }
}
