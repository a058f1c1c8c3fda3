//! What the HR source gave, read by the rules of a file: an entry is a line, numbered from 1 in the order in which
//! they came. Not how HR is asked.

use super::accounts::Accounts;
use super::plan::Plan;
use super::row::{Reading, Said};
use super::{ImportConfig, ImportDeps, ImportError, Reason, Report, store, today};
use crate::mobile::{Countries, Mobile, MobileError};
use crate::ports::hr::Employment;
use jiff::Timestamp;

/// Others get their turn after so many: this runs in the server too, beside its requests.
const TURN: u64 = 250;

/// Takes everybody's values over, and how many entries say nothing: those are no fault, and not in the report.
///
/// Everybody at once and not page by page: whether two employments agree, and whether a number is of two persons,
/// only the whole tells.
pub async fn take(
    people: &[Employment],
    terms: &ImportConfig,
    parts: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<(Report, u64), ImportError> {
    let accounts = Accounts::read(parts.directory).await?;
    let reading = Reading { terms, accounts: &accounts, today: today(now) };
    let (mut plan, mut silent) = (Plan::default(), 0);
    for (number, employed) in (1..).zip(people) {
        if employed.says_nothing() {
            silent += 1;
            continue;
        }
        let read = mobile(employed, &terms.countries).and_then(|mobile| {
            let said = Said {
                username: &employed.username,
                employee_number: &employed.employee_number,
                birthdate: &employed.birthdate,
                mobile,
                since: &employed.since,
            };
            reading.read(number, said)
        });
        match read {
            Ok((account, line)) => plan.add(account, line),
            Err(reason) => plan.refuse(number, reason),
        }
        if number % TURN == 0 {
            tokio::task::yield_now().await;
        }
    }
    Ok((store(plan, accounts, terms, parts, now).await?, silent))
}

/// Of an entry's numbers the one that is a mobile number; where none is, the first, for the reason why not.
fn mobile<'a>(employed: &'a Employment, countries: &Countries) -> Result<&'a str, Reason> {
    let mut found: Option<(&str, Mobile)> = None;
    let mut other = "";
    for text in &employed.mobiles {
        match (Mobile::parse(text, countries), &found) {
            (Ok(mobile), None) => found = Some((text, mobile)),
            (Ok(mobile), Some((_, first))) if mobile != *first => return Err(Reason::SeveralMobiles),
            (Ok(_), Some(_)) | (Err(MobileError::Empty), _) => {}
            (Err(MobileError::TooLong | MobileError::NotMobile | MobileError::OtherCountry), _) => {
                if other.is_empty() {
                    other = text;
                }
            }
        }
    }
    Ok(found.map_or(other, |(text, _)| text))
}
