//! JavaScript for the browser: references between files, and the minifier (oxc).

use anyhow::bail;
use oxc::allocator::Allocator;
use oxc::codegen::{Codegen, CodegenOptions};
use oxc::minifier::{Minifier, MinifierOptions};
use oxc::parser::Parser;
use oxc::span::SourceType;

/// Replaces the file name in `"./name"`, the form in which our scripts refer to a file in the same folder. Returns
/// `None` if the script does not refer to it, which would otherwise show only in the browser.
pub(crate) fn with_reference(script: &str, name: &str, hashed: &str) -> Option<String> {
    let reference = format!("\"./{name}\"");
    script.contains(&reference).then(|| script.replace(&reference, &format!("\"./{hashed}\"")))
}

/// Minifies an ES module; exports keep their names. It saves 1.4 kB (brotli) on the wizard's glue.
pub(crate) fn minify(name: &str, script: &str) -> anyhow::Result<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, script, SourceType::mjs()).parse();
    if let Some(error) = parsed.diagnostics.first() {
        bail!("{name} is not valid JavaScript: {error}");
    }
    let mut program = parsed.program;
    let minified = Minifier::new(MinifierOptions::default()).minify(&allocator, &mut program);
    let options = CodegenOptions::minify();
    Ok(Codegen::new().with_options(options).with_scoping(minified.scoping).build(&program).code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_gets_the_hashed_name_and_longer_names_are_unchanged() {
        let script = r#"import init from "./a.js"; new URL("./a.js", x); import "./aa.js";"#;
        assert_eq!(
            with_reference(script, "a.js", "a.1.js").unwrap(),
            r#"import init from "./a.1.js"; new URL("./a.1.js", x); import "./aa.js";"#
        );
    }

    #[test]
    fn a_missing_reference_is_reported() {
        assert_eq!(with_reference("import \"./b.js\";", "a.js", "a.1.js"), None);
    }

    #[test]
    fn comments_and_local_names_are_shortened_and_exports_are_kept() {
        let script = "// why\nexport function estimate(password) {\n    return password.length;\n}\n";
        assert_eq!(minify("a.js", script).unwrap(), "export function estimate(e){return e.length}");
    }

    #[test]
    fn a_script_that_cannot_be_parsed_fails_by_name() {
        let error = minify("start.js", "let = ;").unwrap_err().to_string();
        assert!(error.starts_with("start.js is not valid JavaScript: "), "{error}");
    }
}
