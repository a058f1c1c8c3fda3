//! What a bound program loses before it is sent: what nobody calls, and the long names by which the module and its
//! script know each other. It changes nothing that either does.

use anyhow::Context;
use std::collections::HashMap;
use walrus::Module;

/// Classes of `wasm-streams`, which Leptos brings along; nothing of ours streams.
const UNUSED: &str = "IntoUnderlying";
/// What wasm-bindgen calls its own imports and exports, with a hash each. Ours keep their names.
const OWN: [&str; 3] = ["__wbg_", "__wbindgen", "wasm_bindgen__"];

/// Takes out what nobody calls, and gives short names to the rest.
pub(crate) fn shrink(glue: &str, module: &[u8]) -> anyhow::Result<(String, Vec<u8>)> {
    let mut module = Module::from_buffer(module).context("cannot read the bound module")?;
    let unused = UNUSED.to_lowercase();
    let exports: Vec<_> = module
        .exports
        .iter()
        .filter(|export| export.name.contains(&unused))
        .map(walrus::Export::id)
        .collect();
    for export in exports {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(&mut module);
    let mut short = HashMap::new();
    for import in module.imports.iter_mut() {
        shorten(&mut import.name, &mut short);
    }
    for export in module.exports.iter_mut() {
        shorten(&mut export.name, &mut short);
    }
    Ok((renamed(&without_classes(glue), &short), module.emit_wasm()))
}

fn shorten(name: &mut String, short: &mut HashMap<String, String>) {
    if OWN.iter().any(|own| name.starts_with(own)) {
        let next = format!("${:x}", short.len());
        name.clone_from(short.entry(name.clone()).or_insert(next));
    }
}

/// The script without the classes that are unused; wasm-bindgen writes each from `export class` to a brace at the
/// beginning of a line, and what it does once for each on lines of their own.
fn without_classes(script: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in script.lines() {
        inside |= line.starts_with(&format!("export class {UNUSED}"));
        if !inside && !line.starts_with(&format!("if (Symbol.dispose) {UNUSED}")) {
            kept.push_str(line);
            kept.push('\n');
        }
        inside &= line != "}";
    }
    kept
}

/// The script with every whole word that has a short name replaced by it.
fn renamed(script: &str, short: &HashMap<String, String>) -> String {
    let of_a_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut text = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let end = rest.find(|c| !of_a_word(c)).unwrap_or(rest.len()).max(if of_a_word(c) {
            1
        } else {
            c.len_utf8()
        });
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        text.push_str(short.get(word).map_or(word, String::as_str));
        rest = after;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_get_their_short_names_and_no_parts_of_words() {
        let short = HashMap::from([("__wbg_a".to_owned(), "$0".to_owned())]);
        assert_eq!(renamed("wasm.__wbg_a(x); __wbg_ab: «é» __wbg_a", &short), "wasm.$0(x); __wbg_ab: «é» $0");
    }

    #[test]
    fn an_unused_class_goes_with_what_is_done_for_it() {
        let script = "export class IntoUnderlyingSink {\n    free() {\n    }\n}\nif (Symbol.dispose) IntoUnderlyingSink.x = 1;\nexport class Estimate {\n}\n";
        assert_eq!(without_classes(script), "export class Estimate {\n}\n");
    }

    #[test]
    fn only_the_binders_own_names_are_shortened_and_the_same_name_the_same_way() {
        let mut short = HashMap::new();
        let mut names = ["memory", "__wbg_x_1", "estimate", "__wbg_x_1"].map(str::to_owned);
        for name in &mut names {
            shorten(name, &mut short);
        }
        assert_eq!(names, ["memory", "$0", "estimate", "$0"]);
    }
}
