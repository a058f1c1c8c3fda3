//! The rows of the `check` command for `OpenLDAP`.

use super::super::config::SECTION;
use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::context::{PolicyContext, PolicyRules};
use super::probe::{WriteAccess, may_write, policy_applies};
use super::slapd_info::{PERSON, Pool, Server, Session, readable_filter};
use crate::ports::health_finding::Finding;

/// A lock time that no account has.
const LONG_AGO: &str = "19700101000000Z";
/// Attributes that the service account must be able to write, with a value of their syntax.
const REQUIRED_WRITES: [(&str, Option<&str>); 2] =
    [("userPassword", None), ("pwdAccountLockedTime", Some(LONG_AGO))];
/// Attributes that it must not be able to write, as a sample.
const EXCESS_WRITES: [&str; 3] = ["cn", "uid", "description"];
/// Password hashes, which the product never reads.
const PASSWORD_HASHES: [&str; 2] = ["userPassword", "pwdHistory"];

/// Checks all servers one after the other.
pub(super) async fn check(pool: &Pool) -> Vec<Finding> {
    let mut rows = Vec::new();
    for server in pool.servers() {
        check_server(pool, &server, &mut rows).await;
    }
    rows
}

async fn check_server(pool: &Pool, server: &Server, rows: &mut Vec<Finding>) {
    let what = |part: &str| format!("{} {part}", server.url.text);
    let connection = match pool.open_unbound(server).await {
        Ok(connection) => connection,
        Err(failure) => return rows.push(Finding::bad(SECTION, what("TLS"), failure.to_string())),
    };
    rows.push(Finding::good(SECTION, what("TLS"), "connected, certificate trusted"));
    let mut session: Session = match connection.bind_as_service().await {
        Ok(session) => session,
        Err(failure) => return rows.push(Finding::bad(SECTION, what("bind"), failure.to_string())),
    };
    rows.push(Finding::good(SECTION, what("bind"), format!("as {}", pool.config.bind_dn)));
    rows.push(administrators(&session, what("administrators")));
    if let Err((part, failure)) = add_session_rows(pool, &mut session, what, rows).await {
        rows.push(Finding::bad(SECTION, what(part), failure.to_string()));
    }
}

/// Adds the rows that need a session; returns the part and the failure that ended it early.
async fn add_session_rows(
    pool: &Pool,
    session: &mut Session,
    what: impl Fn(&str) -> String,
    rows: &mut Vec<Finding>,
) -> Result<(), (&'static str, LdapFailure)> {
    let base = &pool.config.base_dn;
    let person = session.connection.find_any(base, PERSON, &["pwdPolicySubentry"]).await;
    let person = person.and_then(|person| {
        person.ok_or_else(|| LdapFailure::Unusable(format!("no person is visible under {base}")))
    });
    let person = person.map_err(|failure| ("base DN", failure))?;
    rows.push(Finding::good(SECTION, what("base DN"), session.info.base_suffix.trim_start_matches(',')));
    let (default_rules, person_rules) =
        rules(session, &person).await.map_err(|failure| ("policy", failure))?;
    rows.push(Finding::good(SECTION, what("policy"), describe(&default_rules)));
    for (part, result) in [
        ("rights", rights(session, &person, &person_rules).await),
        ("secrets", secrets(session).await),
        ("history", history(session, &person, &person_rules, pool.config.require_history).await),
    ] {
        let (finding, detail) = result.map_err(|failure| (part, failure))?;
        rows.push(finding(SECTION, what(part), detail));
    }
    if let Some(attribute) = &pool.config.mobile_write_attribute {
        rows.push(mobile(session, &person, attribute, what("mobile number")).await);
    }
    Ok(())
}

/// Reports the protected groups; slapd has no built-in ones.
fn administrators(session: &Session, what: String) -> Finding {
    let protected = &session.info.protected;
    if protected.is_empty() {
        let advice =
            "directory.protected_groups is empty: administrators can be reset like any other account";
        return Finding::warning(SECTION, what, advice);
    }
    Finding::good(SECTION, what, format!("not reset: members of {}", protected.join("; ")))
}

/// Constructor and detail text of a row.
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

/// Returns the default rules and the rules of `person`.
async fn rules(session: &mut Session, person: &Entry) -> Result<(PolicyRules, PolicyRules), LdapFailure> {
    let context = PolicyContext::read(session).await?;
    let person_rules = context.rules(person.text("pwdPolicySubentry"))?.clone();
    Ok((context.rules(None)?.clone(), person_rules))
}

fn describe(rules: &PolicyRules) -> String {
    let lockout = rules.max_failure.map_or_else(|| "none".to_owned(), |limit| format!("after {limit}"));
    format!(
        "{} characters, history {}, minimum age {} h, lockout {lockout}",
        rules.min_length,
        rules.history,
        rules.min_age.as_secs() / 3600,
    )
}

async fn rights(session: &mut Session, person: &Entry, rules: &PolicyRules) -> Result<Row, LdapFailure> {
    let must_change = rules.must_change.then_some(("pwdReset", Some("FALSE")));
    for (attribute, value) in REQUIRED_WRITES.into_iter().chain(must_change) {
        if may_write(session, &person.dn, attribute, value).await? == WriteAccess::Denied {
            return Ok(bad(format!(
                "may not write {attribute}; give the service account =w, or write, on it"
            )));
        }
    }
    let unused_dn = format!("cn=nobody,{}", session.info.root);
    let attributes = EXCESS_WRITES.map(|attribute| (attribute, None));
    for (attribute, value) in attributes.into_iter().chain([("pwdPolicySubentry", Some(unused_dn.as_str()))])
    {
        if may_write(session, &person.dn, attribute, value).await? == WriteAccess::Allowed {
            return Ok(warning(format!("may write {attribute} too, which it does not need")));
        }
    }
    Ok(good("may reset and unlock, and none of the other writes that were tried"))
}

async fn secrets(session: &mut Session) -> Result<Row, LdapFailure> {
    let base = session.connection.config.base_dn.clone();
    for attribute in PASSWORD_HASHES {
        let filter = format!("(&{PERSON}{})", readable_filter(attribute));
        if session.connection.find_any(&base, &filter, &["1.1"]).await?.is_some() {
            return Ok(warning(format!("may read {attribute}: hashes of passwords, which it does not need")));
        }
    }
    Ok(good("no hashes of passwords are shown"))
}

async fn history(
    session: &mut Session,
    person: &Entry,
    rules: &PolicyRules,
    required: bool,
) -> Result<Row, LdapFailure> {
    let not_enforced = if required { bad } else { warning };
    if rules.history == 0 {
        return Ok(not_enforced("the policy remembers no passwords".to_owned()));
    }
    if rules.min_length < 2 {
        return Ok(good("the policy remembers passwords; whether it applies to a reset cannot be tested"));
    }
    Ok(if policy_applies(session, &person.dn).await? {
        good("length and history are enforced on a reset")
    } else {
        not_enforced("neither length nor history is enforced on a reset: give the service account =w on userPassword, and not \
            manage"
            .to_owned())
    })
}

async fn mobile(session: &mut Session, person: &Entry, attribute: &str, what: String) -> Finding {
    match may_write(session, &person.dn, attribute, Some("+31 6 00000000")).await {
        Ok(WriteAccess::Allowed) => Finding::good(SECTION, what, format!("may write {attribute}")),
        Ok(WriteAccess::Denied) => {
            let advice = "give the service account write on it, or empty records.mobile_write_attribute";
            Finding::bad(SECTION, what, format!("may not write {attribute}; {advice}"))
        }
        Err(failure) => Finding::bad(SECTION, what, failure.to_string()),
    }
}
