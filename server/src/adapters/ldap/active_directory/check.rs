//! The rows of the `check` command for Active Directory. Reads only; it changes nothing in the directory.
//!
//! | module | content |
//! |---|---|
//! | `service` | the service account and its groups |
//! | `required_rights` | the rights that the product needs, and the commands that grant them |
//! | `sample` | accounts with the service account's rights to them |
//! | `rights` | whether the required rights are held |
//! | `excess`, `outside_base` | rights beyond the required ones |
//! | `controllers` | whether all domain controllers are configured |

mod controllers;
mod excess;
mod outside_base;
mod required_rights;
mod rights;
mod sample;
mod service;

use super::super::config::{LdapConfig, SECTION};
use super::super::connection::{ANY_ENTRY, Connection, DirectoryInfo as _};
use super::super::entry::parse_generalized_time;
use super::super::failure::LdapFailure;
use super::domain_info::{DomainInfo, Pool, Server, Session};
use super::sign_in::counters_are_readable;
use super::{outcome, policy, self_writable};
use crate::ports::health_finding::{Finding, State};
use jiff::Timestamp;
use required_rights::RequiredRights;
use service::ServiceAccount;
use std::sync::Arc;
use tokio::time::Instant;

/// A part of its own in the output, because auditors ask for it first: whether earlier passwords are refused.
const HISTORY: &str = "history control";
/// Kerberos tolerates five minutes of clock difference; one minute deserves a warning.
const CLOCK_WARNING_SECONDS: i64 = 60;
const CLOCK_BAD_SECONDS: i64 = 300;

/// Checks all servers one after the other.
pub(super) async fn check(pool: &Pool, now: Timestamp) -> Vec<Finding> {
    let mut run =
        CheckRun { pool, now, rows: self_writable::warnings(&pool.config), ..CheckRun::new(pool, now) };
    for server in pool.servers() {
        run.check_server(&server).await;
    }
    let CheckRun { mut rows, controllers_seen, first, .. } = run;
    if let Some(mut first) = first {
        rows.push(controllers::row(&mut first.session, &controllers_seen, pool.servers().len()).await);
        if let (Some(service), Some(required)) = (&first.service, &first.required) {
            rows.extend(excess::rows(&mut first.session, service, required).await);
        }
    }
    rows
}

/// State of one run over all servers.
struct CheckRun<'a> {
    pool: &'a Pool,
    now: Timestamp,
    rows: Vec<Finding>,
    /// The server that refused the service account's bind. No further bind is tried: it would lock the service
    /// account.
    refused_by: Option<String>,
    /// DNs of the NTDS settings of the servers that answered.
    controllers_seen: Vec<String>,
    /// The first usable server, queried for everything that is the same on all servers.
    first: Option<FirstServer>,
}

struct FirstServer {
    session: Session,
    service: Option<ServiceAccount>,
    required: Option<RequiredRights>,
}

impl<'a> CheckRun<'a> {
    fn new(pool: &'a Pool, now: Timestamp) -> Self {
        Self { pool, now, rows: Vec::new(), refused_by: None, controllers_seen: Vec::new(), first: None }
    }

    fn push_bad(&mut self, what: String, failure: &LdapFailure) {
        self.rows.push(Finding::bad(SECTION, what, failure.to_string()));
    }

    /// Adds the rows of one server; stops at the first failure that makes the rest impossible.
    async fn check_server(&mut self, server: &Server) {
        let name = server.url.text.as_str();
        let what = |part: &str| format!("{name} {part}");
        let mut connection = match self.pool.open_unbound(server).await {
            Ok(connection) => connection,
            Err(failure) => {
                return self.rows.push(Finding::bad(SECTION, what("TLS"), failure.to_string()));
            }
        };
        self.rows.push(Finding::good(
            SECTION,
            what("TLS"),
            tls_success_detail(&self.pool.config, &server.url.host),
        ));
        if !self.bind(&mut connection, name).await {
            return;
        }
        let mut session = match self.read_info(connection, name).await {
            Ok(session) => session,
            Err(failure) => return self.push_bad(what("domain"), &failure),
        };
        self.add_directory_rows(&mut session, name).await;
        let (service, required) = self.add_rights_rows(&mut session, name).await;
        if self.first.is_none() {
            self.first = Some(FirstServer { session, service, required });
        }
    }

    async fn bind(&mut self, connection: &mut Connection, name: &str) -> bool {
        let what = format!("{name} bind");
        if let Some(refused_by) = &self.refused_by {
            let detail = format!(
                "not tried after the refusal by {refused_by}: it would count as one more wrong password"
            );
            self.rows.push(Finding::bad(SECTION, what, detail));
            return false;
        }
        if let Some(failure) = self.pool.context.bind_suspended() {
            let detail = format!("{failure}; not tried again yet: it would count as one more wrong password");
            self.rows.push(Finding::bad(SECTION, what, detail));
            return false;
        }
        let config = Arc::clone(&self.pool.config);
        let row = match connection.bind(&config.bind_dn, &config.bind_password).await {
            Ok((0, _)) => Finding::good(SECTION, what, format!("as {}", config.bind_dn)),
            Ok((code, diagnostic)) => {
                self.refused_by = Some(name.to_owned());
                self.pool.context.record_refused_bind(&diagnostic);
                let reason = outcome::bind_reason(&diagnostic).and_then(bind_reason_text).unwrap_or_default();
                let detail = format!("as {}: result code {code}: {diagnostic}{reason}", config.bind_dn);
                Finding::bad(SECTION, what, detail)
            }
            Err(failure) => Finding::bad(SECTION, what, failure.to_string()),
        };
        let good = row.state == State::Good;
        self.rows.push(row);
        good
    }

    /// Reports the history control in its own row, so that a server without it is still checked.
    async fn read_info(&mut self, mut connection: Connection, name: &str) -> Result<Session, LdapFailure> {
        connection.config =
            Arc::new(LdapConfig { require_history: false, ..LdapConfig::clone(&self.pool.config) });
        let info = DomainInfo::read(&mut connection).await?;
        let required = self.pool.config.require_history;
        self.rows.push(history_row(&info, required, name));
        self.rows.push(clock_row(info.current_time.as_deref(), self.now, format!("{name} clock")));
        if info.read_only {
            let advice = "a read-only controller: writes go to another one; leave it out of directory.urls";
            self.rows.push(Finding::warning(SECTION, format!("{name} kind"), advice));
        }
        let now = Instant::now();
        Ok(Session { connection, info, opened_at: now, last_answer_at: now })
    }

    async fn add_directory_rows(&mut self, session: &mut Session, name: &str) {
        let what = |part: &str| format!("{name} {part}");
        self.rows.push(base_row(session, &self.pool.config.base_dn, what("base DN")).await);
        self.rows.push(match policy::describe_domain_policy(session).await {
            Ok(description) => Finding::good(SECTION, what("policy"), description),
            Err(failure) => Finding::bad(SECTION, what("policy"), failure.to_string()),
        });
        self.rows.push(counters_row(session, what("wrong passwords")).await);
        if let Some(settings) = controllers::ntds_settings_dn(session).await {
            self.controllers_seen.push(settings);
        }
    }

    async fn add_rights_rows(
        &mut self,
        session: &mut Session,
        name: &str,
    ) -> (Option<ServiceAccount>, Option<RequiredRights>) {
        let what = format!("{name} rights");
        let service = match ServiceAccount::read(session).await {
            Ok(service) => service,
            Err(failure) => {
                self.push_bad(what, &failure);
                return (None, None);
            }
        };
        let required = match RequiredRights::read(session).await {
            Ok(required) => required,
            Err(failure) => {
                self.push_bad(what, &failure);
                return (Some(service), None);
            }
        };
        match rights::rows(session, &service, &required, name).await {
            Ok(rows) => self.rows.extend(rows),
            Err(failure) => self.push_bad(what, &failure),
        }
        (Some(service), Some(required))
    }
}

/// Adds the expected certificate authority or name if the error suggests it.
fn tls_success_detail(config: &LdapConfig, host: &str) -> String {
    format!("the certificate is for {host} and signed by an authority in {}", trust_source(config))
}

fn trust_source(config: &LdapConfig) -> String {
    config.ca_file.as_ref().map_or("the system's store".to_owned(), |file| file.display().to_string())
}

/// Meaning of the `data` field of a refused bind.
fn bind_reason_text(data: &str) -> Option<&'static str> {
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

fn history_row(info: &DomainInfo, required: bool, name: &str) -> Finding {
    match (info.history_control, required) {
        (Some(oid), _) => Finding::good(
            HISTORY,
            name,
            format!("the password history is enforced on a reset by control {oid}"),
        ),
        (None, false) => Finding::warning(
            HISTORY,
            name,
            "not enforced: this directory does not apply the password history to a reset, and earlier passwords are accepted",
        ),
        (None, true) => Finding::bad(
            HISTORY,
            name,
            "this directory cannot enforce the password history on a reset, and directory.require_history is on: this server is \
             not used",
        ),
    }
}

async fn base_row(session: &mut Session, base_dn: &str, what: String) -> Finding {
    match session.connection.read_entry(base_dn, ANY_ENTRY, &["distinguishedName"]).await {
        Ok(Some(entry)) => Finding::good(SECTION, what, entry.dn),
        Ok(None) => Finding::bad(SECTION, what, format!("there is no {base_dn}, or it cannot be read")),
        Err(failure) => Finding::bad(SECTION, what, failure.to_string()),
    }
}

async fn counters_row(session: &mut Session, what: String) -> Finding {
    match counters_are_readable(session).await {
        Ok(true) => Finding::good(SECTION, what, "their counters can be read"),
        Ok(false) => Finding::warning(
            SECTION,
            what,
            "no account shows badPwdCount or lastLogon: let the service account read them, or users cannot sign in to \
             register, because the lockout margin cannot be checked",
        ),
        Err(failure) => Finding::bad(SECTION, what, failure.to_string()),
    }
}

fn clock_row(server_time: Option<&str>, now: Timestamp, what: String) -> Finding {
    let Some(server_time) = server_time.and_then(parse_generalized_time) else {
        return Finding::warning(SECTION, what, "the server does not report its time");
    };
    let difference = (now.as_second() - server_time.as_second()).abs();
    let detail = format!("{difference} s apart");
    if difference > CLOCK_BAD_SECONDS {
        Finding::bad(SECTION, what, detail)
    } else if difference > CLOCK_WARNING_SECONDS {
        Finding::warning(SECTION, what, detail)
    } else {
        Finding::good(SECTION, what, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_difference_is_reported() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let state = |text| clock_row(text, now, String::new()).state;
        assert_eq!(state(Some("20261122115950.0Z")), State::Good);
        assert_eq!(state(Some("20261122115800.0Z")), State::Warning);
        assert_eq!(state(Some("20261122110000.0Z")), State::Bad);
        assert_eq!(state(Some("gisteren")), State::Warning);
        assert_eq!(state(None), State::Warning);
    }
}
