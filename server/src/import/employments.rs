//! Imports the HR source's entries by the rules of a file: an entry is a line, numbered from 1 in the order
//! received.

use super::accounts::Accounts;
use super::row::{CellValue, RowFields, RowParser};
use super::rows::Rows;
use super::{ImportConfig, ImportDeps, ImportError, Report, RowError, store};
use crate::date_text::today;
use crate::mobile::{Countries, Mobile, MobileError};
use crate::ports::hr::Employment;
use jiff::Timestamp;

/// Yield to other tasks after this many entries: this also runs in the server, beside its requests.
const YIELD_INTERVAL: u64 = 250;

/// Imports all entries; also returns how many contain no value: those are no error and not in the report.
///
/// All entries at once and not page by page: whether two employments agree, and whether two persons share a number,
/// is only known once all entries are read.
pub async fn take(
    people: &[Employment],
    config: &ImportConfig,
    deps: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<(Report, u64), ImportError> {
    let accounts = Accounts::read(deps.directory).await?;
    let parser = RowParser { config, accounts: &accounts };
    let (mut rows, mut empty) = (Rows::new(config.date_order, today(now)), 0);
    for (number, employment) in (1..).zip(people) {
        if employment.has_no_values() {
            empty += 1;
            continue;
        }
        let mobile = select_mobile(employment, &config.countries);
        let fields = RowFields {
            username: &employment.username,
            employee_number: &employment.employee_number,
            birthdate: &employment.birthdate,
            mobile: mobile.unwrap_or_default(),
            since: &employment.since,
        };
        let mut row = parser.parse(fields);
        if let Err(reason) = mobile {
            row.mobile = CellValue::Invalid;
            row.refused = Some(reason);
        }
        rows.add(number, row);
        if number % YIELD_INTERVAL == 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok((store(rows, accounts, config, deps, now).await?, empty))
}

/// Returns the one valid mobile number of an entry. Without one it returns the first other number, so that parsing
/// it yields the reason.
fn select_mobile<'a>(employment: &'a Employment, countries: &Countries) -> Result<&'a str, RowError> {
    let mut valid: Option<(&str, Mobile)> = None;
    let mut first_invalid = "";
    for text in &employment.mobiles {
        match (Mobile::parse(text, countries), &valid) {
            (Ok(mobile), None) => valid = Some((text, mobile)),
            (Ok(mobile), Some((_, first))) if mobile != *first => return Err(RowError::SeveralMobiles),
            (Ok(_), Some(_)) | (Err(MobileError::Empty), _) => {}
            (Err(MobileError::TooLong | MobileError::NotMobile | MobileError::OtherCountry), _) => {
                if first_invalid.is_empty() {
                    first_invalid = text;
                }
            }
        }
    }
    Ok(valid.map_or(first_invalid, |(text, _)| text))
}
