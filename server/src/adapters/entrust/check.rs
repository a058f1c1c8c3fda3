//! Check of the Authentication API: one finding per aspect. It queries, and opens a challenge of the app for the decoy:
//! no code is sent and no attempt is used.

use super::http::Reply;
use super::wire::{Lockout, QueryAnswer, authenticator};
use super::{Entrust, is_first_factor};
use crate::ports::health_finding::{Finding, State};
use crate::ports::otp_provider::OtpProviderError;
use app::api::step::OtpMethod;

const PART: &str = "entrust";

/// Queried if no decoy is configured. Entrust answers a query for an unknown name too, which is enough to prove
/// reachability.
const UNASSIGNED_NAME: &str = "wachtwoord-reset-check";

pub(super) async fn check(entrust: &Entrust) -> Vec<Finding> {
    let decoy = entrust.config.decoy_user.as_deref();
    let reply = entrust.query(decoy.unwrap_or(UNASSIGNED_NAME)).await;
    let mut rows = vec![check_reachability(entrust, &reply)];
    let (Some(decoy), Ok(reply)) = (decoy, reply) else {
        if decoy.is_none() {
            rows.push(Finding::warning(
                PART,
                "decoy",
                "entrust.decoy_user is not set: an unknown user name causes no calls to Entrust, which is \
                 visible from outside, and the resource rule cannot be checked",
            ));
        }
        return rows;
    };
    match reply {
        Reply::Answer(answer) => {
            check_resource_rule(entrust, decoy, &answer, &mut rows);
            if rows.iter().all(|row| row.state != State::Bad)
                && entrust.config.methods.contains(&OtpMethod::Token)
            {
                let auth_token = answer.token.as_deref().map(String::as_str);
                rows.push(check_challenge(entrust, decoy, auth_token).await);
            }
        }
        Reply::Refusal(code) => rows.push(Finding::bad(
            PART,
            format!("decoy {decoy}"),
            format!(
                "Entrust refuses it ({code}): is entrust.application_id right, and does this user exist?"
            ),
        )),
    }
    rows
}

/// The challenge is the decoy's second call in a verification. One that fails, or that Entrust refuses at once, would take
/// another time than an employee's.
async fn check_challenge(entrust: &Entrust, decoy: &str, auth_token: Option<&str>) -> Finding {
    let what = format!("decoy {decoy}, challenge");
    match entrust.challenge(decoy, OtpMethod::Token, auth_token).await {
        Ok(Reply::Answer(answer)) if answer.token.as_ref().is_some_and(|token| !token.is_empty()) => {
            Finding::good(PART, what, "is opened, as for an employee")
        }
        Ok(Reply::Answer(_)) => Finding::bad(PART, what, "Entrust answers without a token"),
        Ok(Reply::Refusal(code)) => Finding::bad(
            PART,
            what,
            format!(
                "Entrust refuses it ({code}): give the decoy the same authenticators as employees, e.g. a soft token"
            ),
        ),
        Err(error) => Finding::bad(PART, what, error.to_string()),
    }
}

fn check_reachability(entrust: &Entrust, reply: &Result<Reply<QueryAnswer>, OtpProviderError>) -> Finding {
    let base = entrust.client.base();
    match reply {
        Ok(_) if base.starts_with("https:") => {
            Finding::good(PART, base, "answers; its certificate is trusted")
        }
        Ok(_) => {
            Finding::warning(PART, base, "answers, on this machine and without TLS: not the real Entrust")
        }
        Err(OtpProviderError::Unreachable { what, .. }) => Finding::bad(PART, base, what),
        Err(OtpProviderError::Unusable { what, .. }) => {
            Finding::bad(PART, base, format!("answers, but not like Entrust: {what}"))
        }
    }
}

fn check_resource_rule(entrust: &Entrust, decoy: &str, answer: &QueryAnswer, rows: &mut Vec<Finding>) {
    entrust.end_unused_session(answer.authentication_completed, answer.token.as_ref());
    if answer.authentication_completed == Some(true) {
        rows.push(Finding::bad(
            PART,
            format!("decoy {decoy}"),
            "Entrust authenticates it without a code: the resource rule must require a code as first factor",
        ));
        return;
    }
    for &method in &entrust.config.methods {
        let name = authenticator(method);
        let what = format!("decoy {decoy}, {name}");
        let offered = answer.authentication_types.as_deref().unwrap_or_default();
        let second = answer.available_second_factor.as_deref().unwrap_or_default();
        let others: Vec<&str> = offered
            .iter()
            .map(String::as_str)
            .filter(|kind| entrust.config.methods.iter().all(|method| authenticator(*method) != *kind))
            .collect();
        let locked = |status: &Lockout| status.kind.as_deref() == Some(name) && status.locked == Some(true);
        rows.push(if !is_first_factor(answer, method) {
            let detail = format!(
                "the resource rule offers [{}]: {name} must be the first factor, or every reset fails",
                offered.join(", ")
            );
            Finding::bad(PART, what, detail)
        } else if !second.is_empty() {
            let detail = format!(
                "after {name} the resource rule requires one of [{}]: every reset fails",
                second.join(", ")
            );
            Finding::bad(PART, what, detail)
        } else if answer.authenticator_lockout_status.iter().flatten().any(locked) {
            Finding::warning(
                PART,
                what,
                "the decoy is locked: unlock it, so that its calls take as long as those for other users",
            )
        } else if !others.is_empty() {
            let detail = format!(
                "is the first factor, but the resource rule also offers [{}]: remove these",
                others.join(", ")
            );
            Finding::warning(PART, what, detail)
        } else {
            Finding::good(PART, what, "is the first and only factor")
        });
    }
}
