//! Tests of the documentation: its links point to existing targets, and the tests that it names exist.
#![expect(clippy::unwrap_used, reason = "in tests, also where a helper needs it")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

const SKIPPED: [&str; 3] = ["target", "node_modules", ".git"];

pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

pub(crate) fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    files(&workspace().join("docs"), "md", &mut pages);
    for entry in fs::read_dir(workspace()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    assert!(pages.len() > 20, "{pages:?}");
    pages
}

/// The text without its code blocks, in which brackets are not links.
fn prose(markdown: &str) -> String {
    let mut is_code = false;
    let lines = markdown.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The targets of `[text](target)` and `src="target"`.
fn targets(markdown: &str) -> Vec<String> {
    let prose = prose(markdown);
    let links = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let images = prose.split("src=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    links.chain(images).map(|(target, _)| target.to_owned()).collect()
}

/// The anchors of the headings, as GitHub generates them.
pub(crate) fn anchors(markdown: &str) -> HashSet<String> {
    let prose = prose(markdown);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let text = heading.trim_start_matches('#').trim().to_lowercase();
            text.chars()
                .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[test]
fn every_link_points_to_an_existing_file_and_heading() {
    let mut broken = Vec::new();
    for page in pages() {
        let markdown = fs::read_to_string(&page).unwrap();
        for target in targets(&markdown) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let has_anchor = || anchors(&fs::read_to_string(&file).unwrap_or_default()).contains(anchor);
            if !file.exists() || (!anchor.is_empty() && !has_anchor()) {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_test_named_in_the_documentation_exists() {
    let mut sources = Vec::new();
    for directory in ["app/src", "server/src", "server/tests", "frontend/strength/estimator/src"] {
        files(&workspace().join(directory), "rs", &mut sources);
    }
    let code: String = sources.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let functions: HashSet<&str> = code
        .split("fn ")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
        .collect();
    let security = fs::read_to_string(workspace().join("docs/security.md")).unwrap();
    let named: Vec<&str> = security
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| {
            let digits = word.strip_prefix('a').and_then(|rest| rest.split_once('_'));
            digits.is_some_and(|(number, _)| number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit()))
        })
        .collect();
    assert!(named.len() > 50, "{named:?}");
    for name in named {
        // `a31_a32_…` is one name. A macro creates the tests of the contract suite from functions of the same name.
        assert!(functions.contains(name), "docs/security.md names {name}");
    }
}

#[test]
fn every_log_message_in_the_reference_exists() {
    let mut sources = Vec::new();
    files(&workspace().join("server/src"), "rs", &mut sources);
    let code: String = sources.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    // A string may go on in the next line.
    let code = code.split("\\\n").map(str::trim_start).collect::<String>();
    let reference = fs::read_to_string(workspace().join("docs/reference/logs.md")).unwrap();
    let (_, events) = reference.split_once("## Events").unwrap();
    let mut checked = 0;
    for row in events.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| level")) {
        let cell = row.split('|').nth(2).unwrap().trim();
        let Some(message) = cell.trim_start_matches('`').split('`').next() else { continue };
        if message == "finished processing request" || message == "response failed" {
            // Messages of tower-http.
            continue;
        }
        // A word in capitals stands for a value.
        let is_value = |word: &&str| {
            word.bytes().all(|b| b.is_ascii_uppercase()) && !["SMS", "HR", "DNS"].contains(word)
        };
        let words: Vec<&str> = message.split_inclusive([' ', ':', ',']).collect();
        let literals = words.split(|word| is_value(&word.trim_end_matches([' ', ':', ','])));
        let longest = literals.map(<[&str]>::concat).max_by_key(String::len).unwrap();
        if longest.trim().is_empty() {
            // `KEY REASON`: all of it is values.
            continue;
        }
        assert!(code.contains(longest.trim()), "docs/reference/logs.md names `{message}`");
        checked += 1;
    }
    assert!(checked > 40, "{checked}");
}

/// The names of the values of an enum in a source file, as its derived `Serialize` with `snake_case` writes them.
fn serialized_names(source: &str, name: &str) -> Vec<String> {
    let source = fs::read_to_string(workspace().join(source)).unwrap();
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let (mut names, mut renamed) = (Vec::new(), None);
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("    #[serde(rename = \"") {
            renamed = rest.split('"').next();
            continue;
        }
        // Values are indented by four spaces, their fields by more.
        let Some(value) = line.strip_prefix("    ").filter(|rest| rest.starts_with(char::is_uppercase))
        else {
            continue;
        };
        let value = value.split(|c: char| !c.is_alphanumeric()).next().unwrap();
        let mut snake = String::new();
        for character in value.chars() {
            if character.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.extend(character.to_lowercase());
        }
        names.push(renamed.take().map_or(snake, ToOwned::to_owned));
    }
    names
}

/// What stands in backticks in the first cells of the table that follows a text.
fn first_cells_after(page: &str, text: &str) -> HashSet<String> {
    let page = fs::read_to_string(workspace().join(page)).unwrap();
    let (_, rest) = page.split_once(text).unwrap();
    let table =
        rest.lines().skip_while(|line| !line.starts_with("| ")).take_while(|line| line.starts_with('|'));
    // After the names of the columns and the line below them.
    let cells: Vec<&str> = table.skip(2).map(|row| row.split('|').nth(1).unwrap()).collect();
    cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(ToOwned::to_owned).collect()
}

#[test]
fn every_event_and_reason_of_the_audit_log_is_documented_and_every_reason_has_an_action() {
    const AUDIT: &str = "server/src/ports/audit.rs";
    const PAGE: &str = "docs/reference/audit.md";
    let reasons = serialized_names(AUDIT, "NotVerifiedReason");
    assert!(reasons.len() > 20 && reasons.contains(&"no_holder_name".to_owned()), "{reasons:?}");
    let mut tables = vec![
        (reasons.clone(), PAGE, first_cells_after(PAGE, "### Reasons of `not_verified`")),
        (
            serialized_names(AUDIT, "DeskSessionEnd"),
            PAGE,
            first_cells_after(PAGE, "### Reasons of `desk_session_ended`"),
        ),
    ];
    let runbook = "docs/operations/runbook.md";
    tables.push((reasons, runbook, first_cells_after(runbook, "whose identity is not established")));
    let events = serialized_names(AUDIT, "Event");
    assert!(events.len() > 40 && events.contains(&"visit_begun".to_owned()), "{events:?}");
    let mut documented = first_cells_after(PAGE, "## Events");
    documented.extend(first_cells_after(PAGE, "Commands and background tasks:"));
    tables.push((events, PAGE, documented));
    for (names, page, table) in tables {
        let missing: Vec<_> = names.iter().filter(|name| !table.contains(*name)).collect();
        assert!(missing.is_empty(), "{page}: {missing:?}");
        let unknown: Vec<_> = table.iter().filter(|name| !names.contains(name)).collect();
        assert!(unknown.is_empty(), "{page}: {unknown:?}");
    }
}

/// The `wachtwoord-reset` commands of a page, up to a comment.
fn product_commands(markdown: &str) -> Vec<String> {
    let starts = markdown.split("wachtwoord-reset ").skip(1);
    let command = |rest: &str| rest.split(['`', '\n', '#']).next().unwrap_or_default().trim().to_owned();
    starts.map(command).filter(|command| command.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

#[test]
fn every_documented_command_is_accepted_by_the_product() {
    let mut checked = 0;
    for page in pages() {
        for command in product_commands(&fs::read_to_string(&page).unwrap()) {
            // `--help` after the command parses its options without running it.
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_wachtwoord-reset"))
                .args(command.split_whitespace())
                .arg("--help")
                .output()
                .unwrap();
            assert!(output.status.success(), "{}: wachtwoord-reset {command}", page.display());
            let help = String::from_utf8_lossy(&output.stdout).into_owned();
            for option in command.split_whitespace().filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{}: wachtwoord-reset {command}", page.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 15, "{checked}");
}

#[test]
fn readme_has_at_most_150_lines() {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 150);
}

/// The calls of the log macros in a source file: message and names of the fields. Tests at its end are left out.
fn log_calls(source: &str) -> Vec<(String, Vec<String>)> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let mut calls = Vec::new();
    for macro_name in ["error!(", "warn!(", "info!(", "debug!("] {
        for (start, _) in code.match_indices(macro_name) {
            // `tracing::error!` or `error!`, not the end of another name.
            if code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let call = &code[start + macro_name.len()..];
            let (mut arguments, mut current) = (Vec::new(), String::new());
            let (mut depth, mut in_text) = (0, false);
            for character in call.chars() {
                match character {
                    '"' => in_text = !in_text,
                    '(' | '[' if !in_text => depth += 1,
                    ')' | ']' if !in_text => depth -= 1,
                    _ => {}
                }
                if depth < 0 {
                    break;
                }
                if character == ',' && depth == 0 && !in_text {
                    arguments.push(std::mem::take(&mut current));
                } else {
                    current.push(character);
                }
            }
            arguments.push(current);
            let arguments: Vec<&str> = arguments.iter().map(|text| text.trim()).collect();
            let is_field = |argument: &&&str| !argument.starts_with('"');
            let Some(message) = arguments.iter().find(|argument| !is_field(argument)) else { continue };
            let fields = arguments.iter().take_while(is_field).map(|field| {
                let name = field.split('=').next().unwrap().trim();
                name.trim_start_matches(['?', '%']).to_owned()
            });
            calls.push((message.trim_matches('"').to_owned(), fields.collect()));
        }
    }
    calls
}

#[test]
fn every_log_message_of_the_code_is_in_the_reference_with_its_fields() {
    let mut sources = Vec::new();
    files(&workspace().join("server/src"), "rs", &mut sources);
    let reference = fs::read_to_string(workspace().join("docs/reference/logs.md")).unwrap();
    let (_, events) = reference.split_once("## Events").unwrap();
    let rows: Vec<&str> = events.lines().filter(|line| line.starts_with("| ")).collect();
    let (mut missing, mut checked) = (Vec::new(), 0);
    for source in sources {
        let name = source.display().to_string();
        if name.contains("/test_support") {
            continue;
        }
        let code = fs::read_to_string(&source).unwrap();
        let code = code.split("\\\n").map(str::trim_start).collect::<String>();
        for (message, fields) in log_calls(&code) {
            checked += 1;
            // What stands between two values is literal.
            let literals: Vec<&str> =
                message.split(['{', '}']).step_by(2).filter(|text| !text.trim().is_empty()).collect();
            let matching: Vec<&&str> = rows
                .iter()
                .filter(|row| literals.iter().all(|literal| row.contains(literal.trim())))
                .collect();
            let documents_fields =
                |row: &&&str| fields.iter().all(|field| row.contains(&format!("`{field}`")));
            if !literals.is_empty() && !matching.iter().any(documents_fields) {
                missing.push(format!("{name}: {message} {fields:?}"));
            }
        }
    }
    assert!(checked > 60, "{checked}");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
