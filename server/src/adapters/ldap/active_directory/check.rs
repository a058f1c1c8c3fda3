//! What an operator wants to know of each domain controller, row by row. Never part of a reset.

use super::super::entry::{Entry, moment};
use super::account::USER_ACCOUNT;
use super::policy;
use super::self_written;
use super::sign_in::counters_are_shown;
use super::{Pool, Server, Session};
use crate::ports::finding::Finding;
use jiff::Timestamp;

const PART: &str = "directory";
/// Kerberos lets clocks differ by five minutes; a minute is already worth a look.
const CLOCK_WARNING: i64 = 60;
const CLOCK_BAD: i64 = 300;

/// All servers, one after the other: a check is in no hurry.
pub(super) async fn check(pool: &Pool, now: Timestamp) -> Vec<Finding> {
    let mut rows = self_written::doubts(&pool.config);
    for server in pool.servers() {
        one(pool, &server, now, &mut rows).await;
    }
    rows
}

async fn one(pool: &Pool, server: &Server, now: Timestamp, rows: &mut Vec<Finding>) {
    let what = |part: &str| format!("{} {part}", server.url.text);
    let connection = match pool.unbound(server).await {
        Ok(connection) => connection,
        Err(trouble) => return rows.push(Finding::bad(PART, what("TLS"), trouble.to_string())),
    };
    rows.push(Finding::good(PART, what("TLS"), "connected, certificate trusted"));
    let mut session = match connection.enter().await {
        Ok(session) => session,
        Err(trouble) => return rows.push(Finding::bad(PART, what("bind"), trouble.to_string())),
    };
    rows.push(Finding::good(PART, what("bind"), format!("as {}", pool.config.bind_dn)));
    rows.push(base(&mut session, &pool.config.base_dn, what("base DN")).await);
    rights(pool, &mut session, what, rows).await;
    rows.push(counters(&mut session, what("wrong passwords")).await);
    rows.push(match policy::described(&mut session).await {
        Ok(described) => Finding::good(PART, what("policy"), described),
        Err(trouble) => Finding::bad(PART, what("policy"), trouble.to_string()),
    });
    if session.realm.read_only {
        let advice = "a read-only controller: writes go to another one; leave it out of directory.urls";
        rows.push(Finding::warning(PART, what("kind"), advice));
    }
    rows.push(match session.realm.history_control {
        Some(oid) => Finding::good(PART, what("history"), format!("enforced by control {oid}")),
        None => Finding::warning(PART, what("history"), "not enforced on a reset by this directory"),
    });
    rows.push(clock(session.realm.time.as_deref(), now, what("clock")));
}

async fn base(session: &mut Session, base_dn: &str, what: String) -> Finding {
    match session.connection.one(base_dn, "(objectClass=*)", &["distinguishedName"]).await {
        Ok(Some(entry)) => Finding::good(PART, what, entry.dn),
        Ok(None) => Finding::bad(PART, what, format!("there is no {base_dn}, or it cannot be read")),
        Err(trouble) => Finding::bad(PART, what, trouble.to_string()),
    }
}

/// What can be seen of the rights without using them: the unlocking. The right to reset shows itself
/// only in a reset, but both come from one delegation.
async fn rights(pool: &Pool, session: &mut Session, what: impl Fn(&str) -> String, rows: &mut Vec<Finding>) {
    let base_dn = &pool.config.base_dn;
    let filter = format!("(&{USER_ACCOUNT}(!(adminCount=1)))");
    let row = what("rights");
    let someone = match session.connection.any(base_dn, &filter, &["allowedAttributesEffective"]).await {
        Ok(Some(entry)) => entry,
        Ok(None) => return rows.push(Finding::bad(PART, row, format!("no account is seen under {base_dn}"))),
        Err(trouble) => return rows.push(Finding::bad(PART, row, trouble.to_string())),
    };
    rows.push(reset_rights(&someone, row));
    if let Some(attribute) = &pool.config.mobile_write_attribute {
        let row = what("mobile number");
        rows.push(if may_write(&someone, attribute) {
            Finding::good(PART, row, format!("may write {attribute}"))
        } else {
            Finding::bad(
                PART,
                row,
                format!("may not write {attribute}; delegate it, or empty records.mobile_write_attribute"),
            )
        });
    }
}

fn may_write(someone: &Entry, name: &str) -> bool {
    let writable = someone.texts("allowedAttributesEffective");
    writable.iter().any(|writable| writable.eq_ignore_ascii_case(name))
}

fn reset_rights(someone: &Entry, what: String) -> Finding {
    if !may_write(someone, "lockoutTime") {
        Finding::bad(PART, what, "may not write lockoutTime; delegate reset, lockoutTime and pwdLastSet")
    } else if may_write(someone, "userAccountControl") {
        Finding::warning(
            PART,
            what,
            "may write more than it needs; delegate reset, lockoutTime and pwdLastSet only",
        )
    } else {
        Finding::good(PART, what, "may unlock, and may not switch accounts on")
    }
}

async fn counters(session: &mut Session, what: String) -> Finding {
    match counters_are_shown(session).await {
        Ok(true) => Finding::good(PART, what, "their counters can be read"),
        Ok(false) => Finding::warning(
            PART,
            what,
            "no account shows badPwdCount or lastLogon: let the service account read them, or nobody can sign in to \
             register: the distance from the lockout cannot be kept",
        ),
        Err(trouble) => Finding::bad(PART, what, trouble.to_string()),
    }
}

fn clock(theirs: Option<&str>, now: Timestamp, what: String) -> Finding {
    let Some(theirs) = theirs.and_then(moment) else {
        return Finding::warning(PART, what, "the server does not tell its time");
    };
    let apart = (now.as_second() - theirs.as_second()).abs();
    let detail = format!("{apart} s apart");
    if apart > CLOCK_BAD {
        Finding::bad(PART, what, detail)
    } else if apart > CLOCK_WARNING {
        Finding::warning(PART, what, detail)
    } else {
        Finding::good(PART, what, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::finding::State;

    #[test]
    fn clocks_apart_are_told() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let state = |text| clock(text, now, String::new()).state;
        assert_eq!(state(Some("20261122115950.0Z")), State::Good);
        assert_eq!(state(Some("20261122115800.0Z")), State::Warning);
        assert_eq!(state(Some("20261122110000.0Z")), State::Bad);
        assert_eq!(state(Some("gisteren")), State::Warning);
        assert_eq!(state(None), State::Warning);
    }
}
