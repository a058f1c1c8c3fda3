//! The findings as text: grouped by component and ending with a summary; on a terminal wrapped to its width and in
//! colour, otherwise one line for each row, for `grep`.

use console::{Style, Term, measure_text_width};
use server::ports::health_finding::{Finding, State};
use std::io::IsTerminal as _;

/// The indentation of a row on a terminal, below the name of its component.
const INDENT: usize = 2;
/// The longest name of a state.
const STATE_WIDTH: usize = 7;
/// The space between columns.
const GAP: usize = 2;
/// Narrower terminals are treated like this: columns of a few characters cannot be read.
const MIN_WIDTH: usize = 40;
/// Wider lines are hard to read.
const MAX_WIDTH: usize = 160;

/// How the findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One line for each row, however long.
    Lines,
    /// For people: wrapped to `width` columns.
    Terminal {
        /// Columns.
        width: usize,
        /// Whether states are coloured.
        color: bool,
    },
}

impl Layout {
    /// The layout for standard output.
    pub(super) fn of_stdout() -> Self {
        if !std::io::stdout().is_terminal() {
            return Self::Lines;
        }
        let variable = |name: &str| std::env::var(name).ok();
        let size = Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        Self::of_terminal(size, variable)
    }

    /// The layout for a terminal with this many columns. `COLUMNS` precedes them.
    fn of_terminal(columns: Option<usize>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let configured = variable("COLUMNS").and_then(|columns| columns.trim().parse().ok());
        let width = configured.filter(|columns| *columns > 0).or(columns).unwrap_or(80);
        // https://no-color.org: any value but an empty one.
        let color = variable("NO_COLOR").is_none_or(|value| value.is_empty())
            && variable("TERM").is_none_or(|terminal| terminal != "dumb");
        Self::Terminal { width: width.clamp(MIN_WIDTH, MAX_WIDTH), color }
    }

    /// Returns all findings, grouped by component in the order in which the components first appear.
    pub(super) fn render(self, findings: &[Finding]) -> String {
        let groups = groups(findings);
        let mut lines = match self {
            Self::Lines => table(&groups),
            Self::Terminal { width, color } => Page { width, color }.render(groups),
        };
        lines.push(self.summary(findings));
        lines.join("\n")
    }

    fn summary(self, findings: &[Finding]) -> String {
        let count = |state| findings.iter().filter(|finding| finding.state == state).count();
        let (good, warnings, bad) = (count(State::Good), count(State::Warning), count(State::Bad));
        let plural = if warnings == 1 { "" } else { "s" };
        let text = format!("{good} good, {warnings} warning{plural}, {bad} bad");
        match self {
            Self::Lines => text,
            Self::Terminal { color, .. } => {
                let worst = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Good);
                style(worst, color).apply_to(text).to_string()
            }
        }
    }
}

/// The findings of each component.
fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in findings {
        let row = Row { subject: &finding.what, finding };
        match groups.iter_mut().find(|group| group.part == finding.part) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { part: finding.part, server: None, rows: vec![row] }),
        }
    }
    groups
}

/// The findings of a component, or those about one of its servers.
struct Group<'a> {
    part: &'a str,
    server: Option<&'a str>,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    /// The subject, without the server if that heads the group.
    subject: &'a str,
    finding: &'a Finding,
}

impl<'a> Group<'a> {
    /// Splits off each server that several rows are about, so that they need not repeat its address.
    fn by_server(self) -> Vec<Group<'a>> {
        let servers: Vec<_> = self.rows.iter().map(|row| split_server(row.subject).0).collect();
        let is_shared = |server: Option<&str>| {
            server.is_some() && servers.iter().filter(|other| **other == server).count() > 1
        };
        let mut groups: Vec<Group<'a>> = Vec::new();
        for row in &self.rows {
            let (server, rest) = split_server(row.subject);
            let (server, subject) = if is_shared(server) { (server, rest) } else { (None, row.subject) };
            let row = Row { subject, finding: row.finding };
            match groups.iter_mut().find(|group| group.server == server) {
                Some(group) => group.rows.push(row),
                None => groups.push(Group { part: self.part, server, rows: vec![row] }),
            }
        }
        groups
    }
}

/// Splits `ldaps://dc1.example.org bind` into server and rest.
fn split_server(subject: &str) -> (Option<&str>, &str) {
    match subject.split_once(' ') {
        Some((server, rest)) if server.contains("://") => (Some(server), rest),
        Some(_) | None => (None, subject),
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Good => "good",
        State::Warning => "WARNING",
        State::Bad => "BAD",
    }
}

fn style(state: State, color: bool) -> Style {
    let style = match state {
        State::Good => Style::new().green(),
        State::Warning => Style::new().yellow(),
        State::Bad => Style::new().red().bold(),
    };
    // `console` decides for the process; this decides for the layout.
    style.force_styling(color)
}

/// One line for each row, with aligned columns.
fn table(groups: &[Group<'_>]) -> Vec<String> {
    let rows = || groups.iter().flat_map(|group| group.rows.iter().map(|row| row.finding));
    let parts = rows().map(|row| measure_text_width(row.part)).max().unwrap_or(0);
    let subjects = rows().map(|row| measure_text_width(&row.what)).max().unwrap_or(0);
    let mut lines = Vec::new();
    for row in rows() {
        let (state, part, what) = (state_name(row.state), row.part, &row.what);
        lines.push(format!("{state:STATE_WIDTH$}  {part:parts$}  {what:subjects$}  {}", row.detail));
        // On its own line, so that it can be copied.
        lines.extend(row.remediation.iter().map(|command| format!("         fix:   {command}")));
    }
    lines
}

/// The layout of a terminal.
struct Page {
    width: usize,
    color: bool,
}

impl Page {
    fn render(&self, groups: Vec<Group<'_>>) -> Vec<String> {
        let mut lines = Vec::new();
        for group in groups.into_iter().flat_map(Group::by_server) {
            let bold = Style::new().bold().force_styling(self.color);
            let server = group.server.map(|server| format!(" {server}")).unwrap_or_default();
            lines.push(format!("{}{server}", bold.apply_to(group.part)));
            let longest = group.rows.iter().map(|row| measure_text_width(row.subject)).max().unwrap_or(0);
            for row in &group.rows {
                self.push_row(row.subject, row.finding, longest, &mut lines);
            }
            lines.push(String::new());
        }
        lines
    }

    fn push_row(&self, subject: &str, row: &Finding, longest: usize, lines: &mut Vec<String>) {
        let name = state_name(row.state);
        let padding = " ".repeat(STATE_WIDTH.saturating_sub(name.len()) + GAP);
        let start = format!("{}{}{padding}", " ".repeat(INDENT), style(row.state, self.color).apply_to(name));
        let indent = INDENT + STATE_WIDTH + GAP;
        // A subject may take half of the line; the detail of a longer one begins on the next line.
        let column = longest.min(self.width.saturating_sub(indent) / 2);
        let subject_width = measure_text_width(subject);
        if subject_width <= column {
            let column = indent + column + GAP;
            let padding = " ".repeat(column.saturating_sub(indent + subject_width));
            let mut detail = self.wrap(&row.detail, column).into_iter();
            let first = detail.next().unwrap_or_default();
            lines.push(format!("{start}{subject}{padding}{first}").trim_end().to_owned());
            lines.extend(detail.map(|line| format!("{}{line}", " ".repeat(column))));
        } else {
            let mut subject = self.wrap(subject, indent).into_iter();
            lines.push(format!("{start}{}", subject.next().unwrap_or_default()));
            lines.extend(subject.map(|line| format!("{}{line}", " ".repeat(indent))));
            let column = indent + GAP;
            let detail = self.wrap(&row.detail, column).into_iter();
            lines.extend(detail.map(|line| format!("{}{line}", " ".repeat(column))));
        }
        // Not wrapped, so that it can be copied.
        lines.extend(row.remediation.iter().map(|command| format!("{}fix:   {command}", " ".repeat(indent))));
    }

    /// Wraps a text that begins in this column. A word that is longer than a line, such as a DN, is not split.
    fn wrap(&self, text: &str, column: usize) -> Vec<String> {
        let width = self.width.saturating_sub(column).max(1);
        // The defaults depend on features that other crates of the workspace may enable; one of them breaks paths.
        let options = textwrap::Options::new(width)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
    }
}

#[cfg(test)]
mod tests;
