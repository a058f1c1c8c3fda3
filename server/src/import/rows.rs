//! All parsed rows of a file, and the decisions that need all of them: the order of their dates, and birthdates that
//! stand for an unknown one.

use super::date_order::DateOrders;
use super::person::Line;
use super::plan::Plan;
use super::report::{Implausible, RowError, Warning};
use super::row::ParsedRow;
use crate::date_text::{DateOrder, to_birthdate};
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use app::domain::birthdate::Birthdate;
use jiff::civil::{Date, date};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Day zero of many systems. Some employees were born on it, so it is a placeholder only if many have it.
const EPOCH: Date = date(1970, 1, 1);
/// A birthdate of at least this many persons, and of more than one in [`UNLIKELY_SHARE`], is unlikely: 20,000 persons have
/// at most about six birthdates in common, also on 1 January, which stands for an unknown day in some countries.
const UNLIKELY_PERSONS: usize = 5;
const UNLIKELY_SHARE: usize = 1000;

/// The parsed rows, and what their dates show about their order.
#[derive(Debug)]
pub(super) struct Rows {
    parsed: Vec<(u64, ParsedRow)>,
    refused: Vec<(u64, RowError)>,
    orders: DateOrders,
    today: Option<Birthdate>,
}

/// A row whose dates are certain.
struct DatedRow {
    account: AccountId,
    line: Line,
    born: Option<Date>,
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
        Self { parsed: Vec::new(), refused: Vec::new(), orders: DateOrders::new(order), today }
    }

    pub(super) fn add(&mut self, number: u64, row: ParsedRow) {
        for date in [row.birthdate, row.since].into_iter().flatten() {
            self.orders.observe(number, date);
        }
        self.parsed.push((number, row));
    }

    pub(super) fn refuse(&mut self, number: u64, reason: RowError) {
        self.refused.push((number, reason));
    }

    /// Decides the dates and groups the rows by person; also returns what the operator should look at.
    pub(super) fn into_plan(self) -> (Plan, Vec<Warning>) {
        let Self { parsed, refused, orders, today } = self;
        let mut plan = Plan::default();
        for (number, reason) in refused {
            plan.refuse(number, reason);
        }
        let mut dated = Vec::with_capacity(parsed.len());
        for (number, row) in parsed {
            match date_row(number, row, &orders, today.as_ref()) {
                Ok(row) => dated.push(row),
                Err(reason) => plan.refuse(number, reason),
            }
        }
        let (common, warnings) = unlikely_days(&dated);
        for row in dated {
            if row.born == Some(EPOCH) && common.contains(&EPOCH) {
                plan.refuse(row.line.number, RowError::ImplausibleBirthdate(Implausible::Placeholder));
            } else {
                plan.add(row.account, row.line);
            }
        }
        (plan, warnings)
    }
}

fn date_row(
    number: u64,
    row: ParsedRow,
    orders: &DateOrders,
    today: Option<&Birthdate>,
) -> Result<DatedRow, RowError> {
    let (account, mobile): (AccountId, Option<Mobile>) = row.result?;
    let born = row.birthdate.map(|date| orders.resolve(date)).transpose()?;
    let since = row.since.map(|date| orders.resolve(date)).transpose()?;
    let birthdate = born.map(|date| plausible(date, today)).transpose()?;
    Ok(DatedRow { account, line: Line { number, since, birthdate, mobile }, born })
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

/// Finds birthdates of unlikely many persons.
fn unlikely_days(rows: &[DatedRow]) -> (BTreeSet<Date>, Vec<Warning>) {
    let mut days: BTreeMap<Date, SameDay> = BTreeMap::new();
    let mut persons = HashSet::new();
    for row in rows {
        let Some(born) = row.born else { continue };
        let day = days.entry(born).or_default();
        day.persons.insert(row.account);
        day.lines.insert(row.line.number);
        persons.insert(row.account);
    }
    let is_unlikely = |day: &SameDay| {
        day.persons.len() >= UNLIKELY_PERSONS && day.persons.len() * UNLIKELY_SHARE > persons.len()
    };
    let unlikely: Vec<_> = days.into_iter().filter(|(_, day)| is_unlikely(day)).collect();
    let mut warnings: Vec<_> = unlikely
        .iter()
        .filter_map(|(_, day)| {
            let line = *day.lines.first()?;
            Some(Warning::SameBirthdate { line, same: day.persons.len(), persons: persons.len() })
        })
        .collect();
    warnings.sort_unstable();
    (unlikely.into_iter().map(|(date, _)| date).collect(), warnings)
}
