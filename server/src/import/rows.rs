//! All parsed rows of a file, and the decisions that need all of them: the order of their dates, and birthdates that
//! stand for an unknown one.

use super::date_order::DateOrders;
use super::person::Line;
use super::plan::Plan;
use super::report::{Implausible, RowError, Warning};
use super::row::{CellValue, ParsedRow};
use crate::date_text::{DateOrder, Notation, to_birthdate};
use crate::ports::directory::AccountId;
use app::domain::birthdate::Birthdate;
use jiff::civil::{Date, date};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Day zero of many systems. Some employees were born on it, so it is a placeholder only if many have it.
const EPOCH: Date = date(1970, 1, 1);

/// The parsed rows, and what their dates show about their order.
#[derive(Debug)]
pub(super) struct Rows {
    parsed: Vec<(u64, ParsedRow)>,
    refused: Vec<(u64, RowError)>,
    orders: DateOrders,
    today: Option<Birthdate>,
    /// The first lines whose birthdate has the year first and last.
    year_first: Option<u64>,
    year_last: Option<u64>,
}

/// The persons and lines of each birthdate.
#[derive(Default)]
struct SameDay {
    persons: HashSet<AccountId>,
    lines: BTreeSet<u64>,
}

impl Rows {
    /// Birthdates must be plausible on the day `today`.
    pub(super) fn new(order: Option<DateOrder>, today: Option<Birthdate>) -> Self {
        Self {
            parsed: Vec::new(),
            refused: Vec::new(),
            orders: DateOrders::new(order),
            today,
            year_first: None,
            year_last: None,
        }
    }

    pub(super) fn add(&mut self, number: u64, row: ParsedRow) {
        for date in [&row.birthdate, &row.since].into_iter().filter_map(CellValue::value) {
            self.orders.observe(number, *date);
        }
        match row.birthdate.value().map(|date| date.notation()) {
            Some(Notation::YearFirst) => {
                self.year_first.get_or_insert(number);
            }
            Some(Notation::YearLast) => {
                self.year_last.get_or_insert(number);
            }
            Some(Notation::Named) | None => {}
        }
        self.parsed.push((number, row));
    }

    pub(super) fn refuse(&mut self, number: u64, reason: RowError) {
        self.refused.push((number, reason));
    }

    /// Decides the dates and groups the rows by person; also returns what the operator should look at.
    pub(super) fn into_plan(self) -> (Plan, Vec<Warning>) {
        let Self { parsed, refused, orders, today, year_first, year_last } = self;
        let mut plan = Plan::default();
        for (number, reason) in refused {
            plan.refuse(number, reason);
        }
        let mut lines = Vec::with_capacity(parsed.len());
        for (number, row) in parsed {
            match row.account {
                Some(account) => lines.push((account, date_line(number, row, &orders, today.as_ref()))),
                None => plan.refuse(number, row.refused.unwrap_or(RowError::UnknownName)),
            }
        }
        let epoch = to_birthdate(EPOCH);
        let (unlikely, mut warnings) = unlikely_days(&lines, epoch.as_ref());
        if let (Some(year_first), Some(line)) = (year_first, year_last) {
            warnings.push(Warning::TwoNotations { line, year_first });
        }
        for (account, mut line) in lines {
            if unlikely && epoch.is_some() && line.birthdate.value() == epoch.as_ref() {
                line.birthdate = CellValue::Invalid;
                line.refused.get_or_insert(RowError::ImplausibleBirthdate(Implausible::Placeholder));
            }
            plan.add(account, line);
        }
        (plan, warnings)
    }
}

fn date_line(number: u64, row: ParsedRow, orders: &DateOrders, today: Option<&Birthdate>) -> Line {
    let mut refused = row.refused;
    let birthdate = match row.birthdate {
        CellValue::Value(date) => {
            CellValue::from_result(orders.resolve(date).and_then(|day| plausible(day, today)), &mut refused)
        }
        CellValue::Absent => CellValue::Absent,
        CellValue::Invalid => CellValue::Invalid,
    };
    let since = row.since.value().map(|date| {
        let start = orders.resolve(*date).and_then(|day| plausible_start(day, today));
        CellValue::from_result(start, &mut refused)
    });
    let since = since.and_then(|since| since.value().copied());
    Line { number, since, birthdate, mobile: row.mobile, refused }
}

/// The start of an employment: not a placeholder far in the past or the future.
fn plausible_start(day: Date, today: Option<&Birthdate>) -> Result<Date, RowError> {
    let Some(start) = to_birthdate(day) else { return Err(RowError::NoSince) };
    let is_far = today.is_some_and(|today| start.parts().0 > today.parts().0 + 1);
    if is_far { Err(RowError::NoSince) } else { Ok(day) }
}

fn plausible(date: Date, today: Option<&Birthdate>) -> Result<Birthdate, RowError> {
    let implausible = |why| Err(RowError::ImplausibleBirthdate(why));
    let Some(birthdate) = to_birthdate(date) else { return implausible(Implausible::TooOld) };
    match today {
        Some(today) if birthdate.is_after(today) => implausible(Implausible::Future),
        Some(today) if !birthdate.is_plausible(today) => {
            let is_old = birthdate.parts().0 + 50 < today.parts().0;
            implausible(if is_old { Implausible::TooOld } else { Implausible::TooYoung })
        }
        Some(_) | None => Ok(birthdate),
    }
}

/// Finds birthdates of unlikely many persons; also returns whether `epoch` is one of them.
fn unlikely_days(lines: &[(AccountId, Line)], epoch: Option<&Birthdate>) -> (bool, Vec<Warning>) {
    let mut days: BTreeMap<&Birthdate, SameDay> = BTreeMap::new();
    let mut persons = HashSet::new();
    for (account, line) in lines {
        let Some(birthdate) = line.birthdate.value() else { continue };
        let day = days.entry(birthdate).or_default();
        day.persons.insert(*account);
        day.lines.insert(line.number);
        persons.insert(*account);
    }
    days.retain(|day, same| is_unlikely(same.persons.len(), persons.len(), Some(*day) == epoch));
    let mut warnings: Vec<_> = days
        .values()
        .filter_map(|day| {
            let (line, same) = (*day.lines.first()?, day.persons.len());
            Some(Warning::SameBirthdate { line, same, persons: persons.len() })
        })
        .collect();
    warnings.sort_unstable();
    (epoch.is_some_and(|epoch| days.contains_key(epoch)), warnings)
}

/// Whether a birthdate of `same` among `persons` is unlikely. 20,000 persons have at most about six in common, also on
/// 1 January, which stands for an unknown day in some countries.
fn is_unlikely(same: usize, persons: usize, is_epoch: bool) -> bool {
    let few = if is_epoch { 2 } else { 3 };
    (same >= few && same * 50 > persons) || (same >= 5 && same * 1000 > persons)
}
