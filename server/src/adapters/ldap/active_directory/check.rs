//! What an operator wants to know of each domain controller, row by row, proven without changing anything. Never
//! part of a reset.
//!
//! | room | what is in it |
//! |---|---|
//! | `service` | who the service account is to the directory |
//! | `need` | what the product needs, and the lines that give it |
//! | `rights` | whether it is held |
//! | `excess`, `around` | what is held beyond that |
//! | `controllers` | whether all domain controllers are configured |

mod controllers;
mod domain;
mod excess;
mod required_right;
mod rights;
mod service;

use super::super::connection::{Connection, LdapFailure, Realm as _};
use super::super::entry::moment;
use super::realm::Realm;
use super::sign_in::counters_are_shown;
use super::{LdapConfig, Pool, Server, Session, policy, self_writable};
use crate::ports::health_finding::Finding;
use jiff::Timestamp;
use required_right::Need;
use service::Service;
use std::sync::Arc;
use tokio::time::Instant;

const PART: &str = "directory";
/// A part of its own: whether earlier passwords are refused is what an auditor asks first.
const HISTORY: &str = "history control";
/// Kerberos lets clocks differ by five minutes; a minute is already worth a look.
const CLOCK_WARNING: i64 = 60;
const CLOCK_BAD: i64 = 300;
const ANY: &str = "(objectClass=*)";

/// All servers, one after the other: a check is in no hurry.
pub(super) async fn check(pool: &Pool, now: Timestamp) -> Vec<Finding> {
    let mut round = Round { pool, now, rows: self_writable::warnings(&pool.config), ..Round::of(pool, now) };
    for server in pool.servers() {
        round.one(&server).await;
    }
    let Round { mut rows, met, first, .. } = round;
    if let Some(mut first) = first {
        rows.push(controllers::row(&mut first.session, &met, pool.servers().len()).await);
        if let (Some(service), Some(need)) = (&first.service, &first.need) {
            rows.extend(excess::rows(&mut first.session, service, need).await);
        }
    }
    rows
}

/// One look at all of them.
struct Round<'a> {
    pool: &'a Pool,
    now: Timestamp,
    rows: Vec<Finding>,
    /// Where the service's bind was refused: more of the same would lock the service account.
    refused: Option<String>,
    /// What the servers say they are: the DN of their settings.
    met: Vec<String>,
    /// Who is asked what is the same everywhere.
    first: Option<First>,
}

struct First {
    session: Session,
    service: Option<Service>,
    need: Option<Need>,
}

impl<'a> Round<'a> {
    fn of(pool: &'a Pool, now: Timestamp) -> Self {
        Self { pool, now, rows: Vec::new(), refused: None, met: Vec::new(), first: None }
    }

    fn bad(&mut self, what: String, trouble: &LdapFailure) {
        self.rows.push(Finding::bad(PART, what, trouble.to_string()));
    }

    /// Until the first thing without which nothing more can be asked.
    async fn one(&mut self, server: &Server) {
        let name = server.url.text.as_str();
        let what = |part: &str| format!("{name} {part}");
        let mut connection = match self.pool.unbound(server).await {
            Ok(connection) => connection,
            Err(trouble) => {
                let detail = explained(&trouble, &self.pool.config);
                return self.rows.push(Finding::bad(PART, what("TLS"), detail));
            }
        };
        self.rows.push(Finding::good(PART, what("TLS"), trusted(&self.pool.config, &server.url.host)));
        if !self.bind(&mut connection, name).await {
            return;
        }
        let mut session = match self.enter(connection, name).await {
            Ok(session) => session,
            Err(trouble) => return self.bad(what("domain"), &trouble),
        };
        self.facts(&mut session, name).await;
        let (service, need) = self.rights(&mut session, name).await;
        if self.first.is_none() {
            self.first = Some(First { session, service, need });
        }
    }

    async fn bind(&mut self, connection: &mut Connection, name: &str) -> bool {
        let what = format!("{name} bind");
        if let Some(elsewhere) = &self.refused {
            let detail = format!(
                "not tried after the refusal by {elsewhere}: it would count as one more wrong password"
            );
            self.rows.push(Finding::bad(PART, what, detail));
            return false;
        }
        if let Some(trouble) = self.pool.terms.held_off() {
            let detail = format!("{trouble}; not tried again yet: it would count as one more wrong password");
            self.rows.push(Finding::bad(PART, what, detail));
            return false;
        }
        let config = Arc::clone(&self.pool.config);
        let row = match connection.bind(&config.bind_dn, &config.bind_password).await {
            Ok((0, _)) => Finding::good(PART, what, format!("as {}", config.bind_dn)),
            Ok((code, diagnostic)) => {
                self.refused = Some(name.to_owned());
                self.pool.terms.note_refused(&diagnostic);
                let reason = super::outcome::bind_reason(&diagnostic).and_then(meaning).unwrap_or_default();
                let detail = format!("as {}: result code {code}: {diagnostic}{reason}", config.bind_dn);
                Finding::bad(PART, what, detail)
            }
            Err(trouble) => Finding::bad(PART, what, trouble.to_string()),
        };
        let good = row.state == crate::ports::health_finding::State::Good;
        self.rows.push(row);
        good
    }

    /// The history is a row of its own here, so that a server without it is looked at all the same.
    async fn enter(&mut self, mut connection: Connection, name: &str) -> Result<Session, LdapFailure> {
        connection.config =
            Arc::new(LdapConfig { require_history: false, ..LdapConfig::clone(&self.pool.config) });
        let realm = Realm::read(&mut connection).await?;
        let required = self.pool.config.require_history;
        self.rows.push(history(&realm, required, name));
        self.rows.push(clock(realm.time.as_deref(), self.now, format!("{name} clock")));
        if realm.read_only {
            let advice = "a read-only controller: writes go to another one; leave it out of directory.urls";
            self.rows.push(Finding::warning(PART, format!("{name} kind"), advice));
        }
        let now = Instant::now();
        Ok(Session { connection, realm, opened: now, answered: now })
    }

    async fn facts(&mut self, session: &mut Session, name: &str) {
        let what = |part: &str| format!("{name} {part}");
        self.rows.push(base(session, &self.pool.config.base_dn, what("base DN")).await);
        self.rows.push(match policy::described(session).await {
            Ok(described) => Finding::good(PART, what("policy"), described),
            Err(trouble) => Finding::bad(PART, what("policy"), trouble.to_string()),
        });
        self.rows.push(counters(session, what("wrong passwords")).await);
        if let Some(settings) = controllers::own_settings(session).await {
            self.met.push(settings);
        }
    }

    async fn rights(&mut self, session: &mut Session, name: &str) -> (Option<Service>, Option<Need>) {
        let what = format!("{name} rights");
        let service = match Service::read(session).await {
            Ok(service) => service,
            Err(trouble) => {
                self.bad(what, &trouble);
                return (None, None);
            }
        };
        let need = match Need::read(session).await {
            Ok(need) => need,
            Err(trouble) => {
                self.bad(what, &trouble);
                return (Some(service), None);
            }
        };
        match rights::rows(session, &service, &need, name).await {
            Ok(rows) => self.rows.extend(rows),
            Err(trouble) => self.bad(what, &trouble),
        }
        (Some(service), Some(need))
    }
}

/// With what was expected, where only that tells an operator what to mend.
fn explained(trouble: &LdapFailure, config: &LdapConfig) -> String {
    let text = trouble.to_string();
    let why = if ["UnknownIssuer", "BadSignature"].iter().any(|why| text.contains(why)) {
        format!("; expected a certificate signed by an authority in {}", trust(config))
    } else if text.contains("NotValidForName") || text.contains("not valid for name") {
        "; directory.urls has to give one of the names in the certificate".to_owned()
    } else {
        String::new()
    };
    format!("{text}{why}")
}

fn trusted(config: &LdapConfig, host: &str) -> String {
    format!("the certificate is for {host} and signed by an authority in {}", trust(config))
}

fn trust(config: &LdapConfig) -> String {
    config.ca_file.as_ref().map_or("the system's store".to_owned(), |file| file.display().to_string())
}

/// The `data` of a refused bind, in words.
fn meaning(data: &str) -> Option<&'static str> {
    match data {
        "52e" | "525" => Some(" (wrong name or password)"),
        "530" | "531" => Some(" (it may not sign in at this time or from here)"),
        "532" | "773" => Some(" (its password has to be changed: let it never expire)"),
        "533" => Some(" (it is disabled)"),
        "701" => Some(" (it is past its end date)"),
        "775" => Some(" (it is locked out)"),
        _ => None,
    }
}

fn history(realm: &Realm, required: bool, name: &str) -> Finding {
    match (realm.history_control, required) {
        (Some(oid), _) => {
            Finding::good(HISTORY, name, format!("a reset is held to the history by control {oid}"))
        }
        (None, false) => Finding::warning(
            HISTORY,
            name,
            "not enforced: this directory does not hold a reset to the history, and earlier passwords are accepted",
        ),
        (None, true) => Finding::bad(
            HISTORY,
            name,
            "this directory cannot hold a reset to the history, and directory.require_history is on: this server is \
             not used",
        ),
    }
}

async fn base(session: &mut Session, base_dn: &str, what: String) -> Finding {
    match session.connection.one(base_dn, ANY, &["distinguishedName"]).await {
        Ok(Some(entry)) => Finding::good(PART, what, entry.dn),
        Ok(None) => Finding::bad(PART, what, format!("there is no {base_dn}, or it cannot be read")),
        Err(trouble) => Finding::bad(PART, what, trouble.to_string()),
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
    use crate::ports::health_finding::State;

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
