//! Compares the classes and prints the result.

use super::answer::Shape;
use super::statistics::{auc, percentile};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A pair of classes may be distinguished with at most this AUC.
pub const MAX_AUC: f64 = 0.55;

/// The samples of one class.
#[derive(Debug, Default)]
pub struct Samples {
    /// For the report.
    pub label: String,
    /// How long the answer to the code took, in microseconds.
    pub durations: Vec<u64>,
    /// How often each call got an answer of each shape.
    pub shapes: BTreeMap<(&'static str, Shape), usize>,
}

impl Samples {
    /// Counts an answer to a call.
    pub fn count(&mut self, call: &'static str, shape: Shape) {
        *self.shapes.entry((call, shape)).or_default() += 1;
    }
}

/// The result of a measurement.
#[derive(Debug)]
pub struct Report {
    /// The text for the operator.
    pub text: String,
    /// Whether the classes cannot be distinguished.
    pub uniform: bool,
}

/// Compares each class with every other.
pub fn compare(classes: &[Samples]) -> Report {
    let (mut text, mut uniform) = (String::new(), true);
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    line(format_args!(
        "{:<22} {:>8} {:>10} {:>10} {:>10}  answers to the code",
        "class", "samples", "p5 ms", "median ms", "p95 ms"
    ));
    for class in classes {
        let mut sorted = class.durations.clone();
        sorted.sort_unstable();
        let ms = |percent| milliseconds(percentile(&sorted, percent));
        line(format_args!(
            "{:<22} {:>8} {:>10} {:>10} {:>10}  {}",
            class.label,
            sorted.len(),
            ms(5),
            ms(50),
            ms(95),
            statuses(class)
        ));
    }
    line(format_args!(""));
    line(format_args!("{:<46} {:>6}  {:<15}  result", "pair", "AUC", "95 % interval"));
    let pairs = || {
        let others = |index: usize| classes.iter().skip(index + 1);
        classes.iter().enumerate().flat_map(move |(index, one)| others(index).map(move |other| (one, other)))
    };
    for (one, other) in pairs() {
        let pair = format!("{} / {}", one.label, other.label);
        if let Some(auc) = auc(&one.durations, &other.durations) {
            let good = auc.separation() <= MAX_AUC;
            uniform &= good;
            let result = if good { "alike" } else { "DIFFERENT" };
            line(format_args!("{pair:<46} {:>6.3}  {:.3} to {:.3}   {result}", auc.value, auc.low, auc.high));
        } else {
            uniform = false;
            line(format_args!("{pair:<46}      -  -                NO SAMPLES"));
        }
    }
    line(format_args!(""));
    let mut differences = Vec::new();
    for (one, other) in pairs() {
        differences.extend(shape_differences(one, other));
    }
    uniform &= differences.is_empty();
    if differences.is_empty() {
        line(format_args!("status, body, size, headers and cookies: the same in every class"));
    }
    for difference in &differences {
        line(format_args!("DIFFERENT: {difference}"));
    }
    Report { text, uniform }
}

fn milliseconds(microseconds: u64) -> String {
    format!("{}.{}", microseconds / 1000, microseconds % 1000 / 100)
}

/// How often each status was the answer to the code.
fn statuses(class: &Samples) -> String {
    let mut counts = BTreeMap::<u16, usize>::new();
    for ((call, shape), count) in &class.shapes {
        if *call == "code" {
            *counts.entry(shape.status()).or_default() += count;
        }
    }
    counts.iter().map(|(status, count)| format!("{count} x {status}")).collect::<Vec<_>>().join(", ")
}

/// Shapes that one class got and the other did not.
fn shape_differences(one: &Samples, other: &Samples) -> Vec<String> {
    let mut differences = Vec::new();
    for (class, reference) in [(one, other), (other, one)] {
        for (call, shape) in class.shapes.keys() {
            if reference.shapes.contains_key(&(*call, shape.clone())) {
                continue;
            }
            let nearest = reference.shapes.keys().filter(|(other_call, _)| other_call == call);
            let what = nearest
                .map(|(_, other)| shape.differences(other))
                .min_by_key(Vec::len)
                .map_or_else(|| shape.to_string(), |what| what.join("; "));
            differences.push(format!("{call}, {} but not {}: {what}", class.label, reference.label));
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::super::answer::RawAnswer;
    use super::*;

    fn class(label: &str, durations: &[u64], status: u16) -> Samples {
        let mut samples =
            Samples { label: label.to_owned(), durations: durations.to_vec(), shapes: BTreeMap::new() };
        let answer = RawAnswer { status, headers: vec![], body: "{}".to_owned() };
        samples.count("code", Shape::of(&answer, "A.Janssen"));
        samples
    }

    #[test]
    fn classes_that_differ_in_time_or_in_an_answer_are_reported() {
        let alike = compare(&[class("a", &[1, 2, 3], 403), class("b", &[1, 2, 3], 403)]);
        assert!(alike.uniform, "{}", alike.text);
        let slower = compare(&[class("a", &[1, 2, 3], 403), class("b", &[3, 4, 5], 403)]);
        assert!(!slower.uniform && slower.text.contains("DIFFERENT"), "{}", slower.text);
        let status = compare(&[class("a", &[1, 2, 3], 403), class("b", &[1, 2, 3], 503)]);
        assert!(!status.uniform && status.text.contains("status 403 / 503"), "{}", status.text);
        assert!(!compare(&[class("a", &[], 403), class("b", &[1], 403)]).uniform);
    }
}
