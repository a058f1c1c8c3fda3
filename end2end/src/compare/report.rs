//! The tables of a comparison, as Markdown.

use super::browser::FirstPage;
use super::memory::Memory;
use super::pages::{CONNECTIONS, PageRates};
use super::resets::{self, ResetRates, Steps};
use std::fmt;

/// The figures beside LTB.
#[derive(Debug, Clone)]
pub(super) struct Beside {
    /// The product's memory after its start and after all load.
    pub(super) idle: Memory,
    pub(super) after: Memory,
    /// The first pages of the product and of LTB; empty without a browser.
    pub(super) in_browser: Vec<FirstPage>,
    /// Or the reason why there are no figures.
    pub(super) ltb: Result<Ltb, String>,
}

/// The figures of LTB.
#[derive(Debug, Clone)]
pub(super) struct Ltb {
    pub(super) version: String,
    /// Changed passwords per second.
    pub(super) changes: f64,
    /// Its memory after its start and after all load.
    pub(super) idle: Memory,
    pub(super) after: Memory,
}

/// All figures of one run. Its text has two Markdown tables.
#[derive(Debug, Clone)]
pub struct Report {
    pub(super) beside: Beside,
    pub(super) pages: PageRates,
    pub(super) resets: ResetRates,
    pub(super) steps: Steps,
    pub(super) seed: u64,
}

const MISSING: &str = "not available";

/// Writes one figure of a first page.
type PageFigure = fn(&FirstPage) -> String;

impl Report {
    /// Rows of the product beside LTB: what, product, LTB.
    fn beside_rows(&self) -> Vec<[String; 3]> {
        let ltb = self.beside.ltb.as_ref().ok();
        let of_ltb = |figure: &dyn Fn(&Ltb) -> String| ltb.map_or_else(|| MISSING.to_owned(), figure);
        let in_browser = |figure: PageFigure| {
            [0, 1].map(|index| self.beside.in_browser.get(index).map_or_else(|| MISSING.to_owned(), figure))
        };
        let mut rows = Vec::new();
        let figures: [(&str, PageFigure); 3] = [
            ("first page: requests, transferred", |page| {
                format!("{}, {}", page.requests, kilobytes(page.bytes))
            }),
            ("first page, slow line: painted with a field to type in", |page| seconds(page.painted)),
            ("first page, slow line: last transfer ended", |page| seconds(page.loaded)),
        ];
        for (what, figure) in figures {
            let [product, other] = in_browser(figure);
            rows.push([what.to_owned(), product, other]);
        }
        rows.push([
            format!("HTML of the first page per second, {CONNECTIONS} connections"),
            number(self.pages.product),
            self.pages.ltb.map_or_else(|| MISSING.to_owned(), number),
        ]);
        rows.push([
            format!("passwords per second, {} and {} at a time", resets::AT_ONCE, resets::CONNECTIONS),
            format!("{:.1} (whole resets)", self.resets.product),
            of_ltb(&|ltb| format!("{:.1} (changes)", ltb.changes)),
        ]);
        rows.push([
            "memory after the start: resident, proportional".to_owned(),
            memory(self.beside.idle),
            of_ltb(&|ltb| memory(ltb.idle)),
        ]);
        rows.push([
            "memory after all load: resident, proportional".to_owned(),
            memory(self.beside.after),
            of_ltb(&|ltb| memory(ltb.after)),
        ]);
        rows
    }

    /// Rows of the goals: what, figure, goal.
    fn goal_rows(&self) -> Vec<[String; 3]> {
        let ratio = self.pages.product / self.pages.nginx;
        let mut rows = vec![[
            format!("first page per second, {} B with brotli: product, nginx, ratio", self.pages.bytes),
            format!("{}, {}, {ratio:.2}", number(self.pages.product), number(self.pages.nginx)),
            goal("≥ 0.8", ratio >= 0.8),
        ]];
        let ratio = self.resets.product / self.resets.bare;
        rows.push([
            "resets per second: product, bare client, ratio".to_owned(),
            format!("{:.1}, {:.1}, {ratio:.2}", self.resets.product, self.resets.bare),
            goal("≥ 0.70", ratio >= 0.7),
        ]);
        for step in &self.steps.all {
            let own = step.p99.saturating_sub(step.calls_p99);
            let [median, p99, calls, own] =
                [step.median, step.p99, step.calls_p99, own].map(|time| time.as_secs_f64() * 1000.0);
            rows.push([
                format!(
                    "`{}` at {:.0} resets per second: median, 99th percentile, that of its calls, difference",
                    step.step, self.steps.rate
                ),
                format!("{median:.1}, {p99:.1}, {calls:.1}, {own:.1} ms"),
                goal("≤ 5 ms", own <= 5.0),
            ]);
        }
        rows
    }
}

fn goal(limit: &str, met: bool) -> String {
    if met { limit.to_owned() } else { format!("{limit}, missed") }
}

fn number(value: f64) -> String {
    let digits = format!("{value:.0}");
    match digits.len().checked_sub(3).and_then(|split| digits.split_at_checked(split)) {
        Some((thousands, rest)) if !thousands.is_empty() => format!("{thousands},{rest}"),
        Some(_) | None => digits,
    }
}

fn kilobytes(bytes: u64) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}

fn memory(memory: Memory) -> String {
    let [resident, proportional] = [memory.resident, memory.proportional]
        .map(|kilobytes| format!("{}.{} MB", kilobytes / 1000, kilobytes % 1000 / 100));
    format!("{resident}, {proportional}")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ltb = match &self.beside.ltb {
            Ok(ltb) => format!("LTB {} (nginx, php-fpm)", ltb.version),
            Err(_) => "LTB".to_owned(),
        };
        writeln!(f, "\n`cargo compare`, SEED={}\n\n| | this product | {ltb} |\n|---|---|---|", self.seed)?;
        for [what, product, other] in self.beside_rows() {
            writeln!(f, "| {what} | {product} | {other} |")?;
        }
        if let Err(reason) = &self.beside.ltb {
            writeln!(f, "\nLTB is not available: {reason}")?;
        }
        writeln!(f, "\n| what | figure | goal |\n|---|---|---|")?;
        for [what, figure, goal] in self.goal_rows() {
            writeln!(f, "| {what} | {figure} | {goal} |")?;
        }
        writeln!(f, "\nrequests to slapd of one reset, of both: {:?}", self.resets.requests)?;
        writeln!(f, "processor time of the product for one reset: {:.1} ms", self.resets.processor)?;
        writeln!(f, "answers of the product that were no step: {:?}", self.resets.errors)?;
        write!(f, "time of the product's calls for one reset:")?;
        self.steps.backends.iter().try_for_each(|(name, time)| write!(f, " {name} {time:.1} ms"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_their_units() {
        assert_eq!([950.4, 12_345.6].map(number), ["950", "12,346"]);
        assert_eq!(kilobytes(208_834), "208.8 kB");
        assert_eq!(seconds(1_460), "1.4 s");
        assert_eq!(memory(Memory { resident: 30_100, proportional: 29_950 }), "30.1 MB, 29.9 MB");
        assert_eq!([goal("≥ 0.8", true), goal("≥ 0.8", false)], ["≥ 0.8", "≥ 0.8, missed"]);
    }
}
