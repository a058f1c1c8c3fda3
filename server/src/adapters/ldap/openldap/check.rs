//! What an operator wants to know of each server, row by row. Never part of a reset.

use super::super::connection::LdapFailure;
use super::super::entry::Entry;
use super::account::PERSON;
use super::context::{PolicyContext, Rules};
use super::probe::{Right, is_held_to_policy, may_write};
use super::realm::is_shown;
use super::{Pool, Server, Session};
use crate::ports::health_finding::Finding;

const PART: &str = "directory";
/// Long ago: a lock of that time is nobody's.
const LONG_AGO: &str = "19700101000000Z";
/// What it needs.
const NEEDED: [(&str, Option<&str>); 2] = [("userPassword", None), ("pwdAccountLockedTime", Some(LONG_AGO))];
/// What it must not: some of what an account is, and which policy holds for it.
const EXCESS: [&str; 3] = ["cn", "uid", "description"];
/// Hashes of passwords: nothing of this product reads them.
const SECRET: [&str; 2] = ["userPassword", "pwdHistory"];

/// All servers, one after the other: a check is in no hurry.
pub(super) async fn check(pool: &Pool) -> Vec<Finding> {
    let mut rows = Vec::new();
    for server in pool.servers() {
        one(pool, &server, &mut rows).await;
    }
    rows
}

async fn one(pool: &Pool, server: &Server, rows: &mut Vec<Finding>) {
    let what = |part: &str| format!("{} {part}", server.url.text);
    let connection = match pool.unbound(server).await {
        Ok(connection) => connection,
        Err(trouble) => return rows.push(Finding::bad(PART, what("TLS"), trouble.to_string())),
    };
    rows.push(Finding::good(PART, what("TLS"), "connected, certificate trusted"));
    let mut session: Session = match connection.enter().await {
        Ok(session) => session,
        Err(trouble) => return rows.push(Finding::bad(PART, what("bind"), trouble.to_string())),
    };
    rows.push(Finding::good(PART, what("bind"), format!("as {}", pool.config.bind_dn)));
    rows.push(administrators(&session, what("administrators")));
    if let Err((part, trouble)) = seen(pool, &mut session, what, rows).await {
        rows.push(Finding::bad(PART, what(part), trouble.to_string()));
    }
}

/// What is seen through a session; or where it ended.
async fn seen(
    pool: &Pool,
    session: &mut Session,
    what: impl Fn(&str) -> String,
    rows: &mut Vec<Finding>,
) -> Result<(), (&'static str, LdapFailure)> {
    let base = &pool.config.base_dn;
    let someone = session.connection.any(base, PERSON, &["pwdPolicySubentry"]).await;
    let someone = someone.and_then(|someone| {
        someone.ok_or_else(|| LdapFailure::Unusable(format!("no person is seen under {base}")))
    });
    let someone = someone.map_err(|trouble| ("base DN", trouble))?;
    rows.push(Finding::good(PART, what("base DN"), session.realm.staff.trim_start_matches(',')));
    let (general, own) = rules(session, &someone).await.map_err(|trouble| ("policy", trouble))?;
    rows.push(Finding::good(PART, what("policy"), described(&general)));
    for (part, row) in [
        ("rights", rights(session, &someone, &own).await),
        ("secrets", secrets(session).await),
        ("history", history(session, &someone, &own, pool.config.require_history).await),
    ] {
        let (make, detail) = row.map_err(|trouble| (part, trouble))?;
        rows.push(make(PART, what(part), detail));
    }
    if let Some(attribute) = &pool.config.mobile_write_attribute {
        rows.push(mobile(session, &someone, attribute, what("mobile number")).await);
    }
    Ok(())
}

/// There are no built-in ones.
fn administrators(session: &Session, what: String) -> Finding {
    let protected = &session.realm.protected;
    if protected.is_empty() {
        let advice = "directory.protected_groups is empty: an administrator is reset like anybody else";
        return Finding::warning(PART, what, advice);
    }
    Finding::good(PART, what, format!("not reset: members of {}", protected.join("; ")))
}

/// How a row is made, and what it says.
type Row = (fn(&'static str, String, String) -> Finding, String);

fn good(detail: impl Into<String>) -> Row {
    (Finding::good, detail.into())
}

fn warning(detail: impl Into<String>) -> Row {
    (Finding::warning, detail.into())
}

fn bad(detail: impl Into<String>) -> Row {
    (Finding::bad, detail.into())
}

/// The general ones, and those of somebody.
async fn rules(session: &mut Session, someone: &Entry) -> Result<(Rules, Rules), LdapFailure> {
    let all = PolicyContext::read(session).await?;
    let own = all.rules(someone.text("pwdPolicySubentry"))?.clone();
    Ok((all.rules(None)?.clone(), own))
}

fn described(rules: &Rules) -> String {
    let lockout = rules.max_failure.map_or_else(|| "none".to_owned(), |most| format!("after {most}"));
    format!(
        "{} characters, history {}, minimum age {} h, lockout {lockout}",
        rules.min_length,
        rules.history,
        rules.min_age.as_secs() / 3600,
    )
}

async fn rights(session: &mut Session, someone: &Entry, rules: &Rules) -> Result<Row, LdapFailure> {
    let must_change = rules.must_change.then_some(("pwdReset", Some("FALSE")));
    for (attribute, value) in NEEDED.into_iter().chain(must_change) {
        if may_write(session, &someone.dn, attribute, value).await? == Right::Not {
            return Ok(bad(format!(
                "may not write {attribute}; give the service account =w, or write, on it"
            )));
        }
    }
    let nobody = format!("cn=nobody,{}", session.realm.root);
    let excess = EXCESS.map(|attribute| (attribute, None));
    for (attribute, value) in excess.into_iter().chain([("pwdPolicySubentry", Some(nobody.as_str()))]) {
        if may_write(session, &someone.dn, attribute, value).await? == Right::Held {
            return Ok(warning(format!("may write {attribute} too, which it does not need")));
        }
    }
    Ok(good("may reset and unlock, and no more of what was tried"))
}

async fn secrets(session: &mut Session) -> Result<Row, LdapFailure> {
    let base = session.connection.config.base_dn.clone();
    for attribute in SECRET {
        let filter = format!("(&{PERSON}{})", is_shown(attribute));
        if session.connection.any(&base, &filter, &["1.1"]).await?.is_some() {
            return Ok(warning(format!("may read {attribute}: hashes of passwords, which it does not need")));
        }
    }
    Ok(good("no hashes of passwords are shown"))
}

async fn history(
    session: &mut Session,
    someone: &Entry,
    rules: &Rules,
    required: bool,
) -> Result<Row, LdapFailure> {
    let no = if required { bad } else { warning };
    if rules.history == 0 {
        return Ok(no("the policy remembers no passwords".to_owned()));
    }
    if rules.min_length < 2 {
        return Ok(good("the policy remembers passwords; whether it holds for a reset cannot be tried"));
    }
    Ok(if is_held_to_policy(session, &someone.dn).await? {
        good("a reset is held to length and history")
    } else {
        no("a reset is held to neither length nor history: give the service account =w on userPassword, and not \
            manage"
            .to_owned())
    })
}

async fn mobile(session: &mut Session, someone: &Entry, attribute: &str, what: String) -> Finding {
    match may_write(session, &someone.dn, attribute, Some("+31 6 00000000")).await {
        Ok(Right::Held) => Finding::good(PART, what, format!("may write {attribute}")),
        Ok(Right::Not) => {
            let advice = "give the service account write on it, or empty records.mobile_write_attribute";
            Finding::bad(PART, what, format!("may not write {attribute}; {advice}"))
        }
        Err(trouble) => Finding::bad(PART, what, trouble.to_string()),
    }
}
