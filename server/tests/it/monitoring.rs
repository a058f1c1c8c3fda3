//! Tests of the monitoring: the reference page, the alert rules, the dashboard and the runbook agree with the metrics of
//! the code. `promtool` tests the rules themselves, in `cargo verify`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests, also where a helper needs it"
)]

use super::documentation::{anchors, files, workspace};
use server::telemetry::catalog::{METRICS, Metric, MetricKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const RUNBOOK: &str = "docs/operations/runbook.md";

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

/// The words in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

/// Name, kind and labels of each metric on the reference page.
fn documented() -> Vec<(String, String, Vec<String>)> {
    let page = read("docs/reference/metrics.md");
    let rows = page.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        (cells[1].trim_matches('`').to_owned(), cells[2].to_owned(), quoted(cells[3]))
    });
    rows.filter(|(_, kind, _)| ["counter", "gauge", "histogram"].contains(&kind.as_str())).collect()
}

#[test]
fn reference_page_has_exactly_the_metrics_of_the_code() {
    let in_code = METRICS.iter().map(|Metric { name, kind, labels, .. }| {
        ((*name).to_owned(), kind.name().to_owned(), labels.iter().map(|label| (*label).to_owned()).collect())
    });
    let in_code: BTreeSet<(String, String, Vec<String>)> = in_code.collect();
    let on_page = documented();
    assert_eq!(on_page.len(), in_code.len(), "each metric once");
    let on_page: BTreeSet<_> = on_page.into_iter().collect();
    assert_eq!(on_page.difference(&in_code).collect::<Vec<_>>(), Vec::<&_>::new(), "not in the code");
    assert_eq!(in_code.difference(&on_page).collect::<Vec<_>>(), Vec::<&_>::new(), "not on the page");
}

#[test]
fn each_label_is_explained() {
    let page = read("docs/reference/metrics.md");
    let (_, labels) = page.split_once("## Labels").unwrap();
    let explained: BTreeSet<String> = labels
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| quoted(line.split('|').nth(1).unwrap()))
        .collect();
    for metric in METRICS {
        for label in metric.labels {
            assert!(explained.contains(*label), "{label} of {}", metric.name);
        }
    }
}

/// Kind, name and labels of each use of a macro of `metrics` with a literal name.
fn uses(code: &str) -> Vec<(&'static str, String, Vec<String>)> {
    let mut found = Vec::new();
    for kind in ["counter", "gauge", "histogram"] {
        for rest in code.split(&format!("metrics::{kind}!(")).skip(1) {
            let Some(rest) = rest.trim_start().strip_prefix('"') else { continue };
            let (name, rest) = rest.split_once('"').unwrap();
            // The labels end with the bracket that closes the macro.
            let mut depth = 1;
            let end = rest.find(|character| {
                match character {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let mut labels: Vec<&str> = rest[..end.unwrap()].split("=>").map(str::trim_end).collect();
            // What follows the last arrow is a value.
            labels.pop();
            let labels = labels.iter().filter_map(|before| before.strip_suffix('"')?.rsplit('"').next());
            found.push((kind, name.to_owned(), labels.map(ToOwned::to_owned).collect()));
        }
    }
    found
}

#[test]
fn code_emits_exactly_the_metrics_of_the_catalog() {
    let mut sources = Vec::new();
    files(&workspace().join("server/src"), "rs", &mut sources);
    sources.retain(|file| !file.ends_with("telemetry/catalog.rs"));
    let code: String = sources.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let catalog: BTreeMap<&str, &Metric> = METRICS.iter().map(|metric| (metric.name, metric)).collect();
    assert_eq!(catalog.len(), METRICS.len(), "each name once");
    let uses = uses(&code);
    assert!(uses.len() > 35, "{}", uses.len());
    for (kind, name, labels) in &uses {
        let metric = catalog.get(name.as_str()).unwrap_or_else(|| panic!("{name} is not in the catalog"));
        assert_eq!((metric.kind.name(), metric.labels), (*kind, &*to_str(labels)), "{name}");
    }
    for name in catalog.keys() {
        assert!(code.contains(&format!("\"{name}\"")), "nothing emits {name}");
    }
}

fn to_str(labels: &[String]) -> Vec<&str> {
    labels.iter().map(String::as_str).collect()
}

/// The value of a key of a rule, which may go on in the next, deeper indented lines.
fn rule_value(rule: &str, key: &str) -> Option<String> {
    let (_, rest) = rule.split_once(&format!("\n        {key}: "))?;
    let mut lines = rest.lines();
    let first = lines.next()?.trim();
    if first != ">-" {
        return Some(first.to_owned());
    }
    Some(lines.take_while(|line| line.starts_with("          ")).collect::<Vec<_>>().join(" "))
}

struct Alert {
    name: String,
    expression: String,
    runbook: String,
}

fn alerts() -> Vec<Alert> {
    let rules = read("server/packaging/prometheus/alerts.yml");
    let alerts: Vec<Alert> = rules
        .split("- alert: ")
        .skip(1)
        .map(|rule| Alert {
            name: rule.lines().next().unwrap().to_owned(),
            expression: rule_value(rule, "expr").unwrap(),
            runbook: rule.split_once("runbook: ").unwrap().1.lines().next().unwrap().to_owned(),
        })
        .collect();
    assert!(alerts.len() > 15, "{}", alerts.len());
    alerts
}

#[test]
fn each_alert_has_an_entry_in_the_runbook_that_names_it() {
    let runbook = read(RUNBOOK);
    let anchors = anchors(&runbook);
    for Alert { name, runbook: target, .. } in alerts() {
        let (page, anchor) = target.split_once('#').unwrap();
        assert_eq!(page, RUNBOOK, "{name}");
        assert!(anchors.contains(anchor), "{name}: {target}");
        assert!(runbook.contains(&format!("`{name}`")), "the runbook does not name {name}");
    }
    // No entry names an alert that does not exist.
    let names: BTreeSet<String> = alerts().into_iter().map(|alert| alert.name).collect();
    for word in quoted(&runbook).into_iter().filter(|word| word.starts_with("WachtwoordReset")) {
        assert!(names.contains(&word), "{word}");
    }
}

/// Words of `PromQL` that are no metrics.
const PROMQL: [&str; 19] = [
    "abs",
    "and",
    "by",
    "clamp_min",
    "count",
    "histogram_quantile",
    "increase",
    "max",
    "min",
    "offset",
    "on",
    "or",
    "rate",
    "sum",
    "time",
    "topk",
    "unless",
    "vector",
    "without",
];

/// The metrics and labels of a query.
fn words_of(query: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut metrics, mut labels) = (BTreeSet::new(), BTreeSet::new());
    // Values of labels are in quotation marks.
    let query: String = query.split('"').step_by(2).collect();
    let (mut in_matcher, mut in_list, mut after_by) = (false, false, false);
    for word in query.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let name = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase());
        if is_name && (in_matcher || in_list) {
            labels.insert(name.to_owned());
        } else if is_name && !PROMQL.contains(&name) {
            metrics.insert(name.to_owned());
        }
        after_by = if is_name { name == "by" } else { after_by };
        match word.chars().last().unwrap() {
            '{' => in_matcher = true,
            '}' => in_matcher = false,
            '(' if after_by => (in_list, after_by) = (true, false),
            ')' => in_list = false,
            // A duration such as `[15m]` starts with a digit.
            _ => {}
        }
    }
    (metrics, labels)
}

fn assert_known(place: &str, query: &str) {
    let (metrics, labels) = words_of(query);
    assert!(!metrics.is_empty(), "{place}: {query}");
    let mut known_labels = BTreeSet::from(["job", "instance", "le"]);
    for name in &metrics {
        if name == "up" {
            continue;
        }
        let found = METRICS.iter().find(|metric| match metric.kind {
            MetricKind::Counter | MetricKind::Gauge => metric.name == name,
            MetricKind::Histogram(_) => {
                let part = name.strip_prefix(metric.name);
                part.is_some_and(|part| ["_bucket", "_sum", "_count"].contains(&part))
            }
        });
        known_labels
            .extend(found.unwrap_or_else(|| panic!("{place}: unknown metric {name} in {query}")).labels);
    }
    for label in labels {
        assert!(known_labels.contains(label.as_str()), "{place}: unknown label {label} in {query}");
    }
}

#[test]
fn alert_rules_use_existing_metrics_and_labels() {
    for Alert { name, expression, .. } in alerts() {
        assert_known(&name, &expression);
    }
}

/// All values of the key `expr`, with the title of their panel.
fn queries(value: &serde_json::Value, title: &str, found: &mut Vec<(String, String)>) {
    if let Some(fields) = value.as_object() {
        let title = fields.get("title").and_then(serde_json::Value::as_str).unwrap_or(title);
        for (key, value) in fields {
            match (key.as_str(), value.as_str()) {
                ("expr", Some(query)) => found.push((title.to_owned(), query.to_owned())),
                _ => queries(value, title, found),
            }
        }
    }
    value.as_array().into_iter().flatten().for_each(|value| queries(value, title, found));
}

#[test]
fn dashboard_uses_existing_metrics_and_labels() {
    let dashboard = read("server/packaging/grafana/wachtwoord-reset.json");
    let dashboard: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    let mut found = Vec::new();
    queries(&dashboard, "", &mut found);
    assert!(found.len() > 20, "{}", found.len());
    for (title, query) in &found {
        assert_known(title, &query.replace("$__rate_interval", "5m"));
    }
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has its own id");
}

#[test]
fn queries_are_taken_apart_into_metrics_and_labels() {
    let (metrics, labels) = words_of(
        "histogram_quantile(0.95, sum by (le, backend) (rate(a_bucket{backend=~\"b|c\"}[10m]))) > 2 or up == 0",
    );
    assert_eq!(metrics.into_iter().collect::<Vec<_>>(), ["a_bucket", "up"]);
    assert_eq!(labels.into_iter().collect::<Vec<_>>(), ["backend", "le"]);
}
