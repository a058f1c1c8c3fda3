//! What an operator wants to know about Entrust, row by row. It only queries: nothing is sent to
//! anybody, and no attempt is spent.

use super::http::Reply;
use super::wire::{Lockout, QueryAnswer, authenticator};
use super::{Entrust, offers};
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;

const PART: &str = "entrust";

/// Asked for where no decoy is configured. That nobody has this name is answered too, and the
/// answer is what is wanted.
const NOBODY: &str = "wachtwoord-reset-check";

pub(super) async fn check(entrust: &Entrust) -> Vec<Finding> {
    let decoy = entrust.config.decoy_user.as_deref();
    let reply = entrust.query(decoy.unwrap_or(NOBODY)).await;
    let mut rows = vec![reached(entrust, &reply)];
    let (Some(decoy), Ok(reply)) = (decoy, reply) else {
        if decoy.is_none() {
            rows.push(Finding::warning(
                PART,
                "decoy",
                "entrust.decoy_user is not set: a name without an account makes no calls to Entrust, which \
                 can be told from outside, and the rule for the ways cannot be checked",
            ));
        }
        return rows;
    };
    match reply {
        Reply::Answer(answer) => judge(entrust, decoy, &answer, &mut rows),
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

fn reached(entrust: &Entrust, reply: &Result<Reply<QueryAnswer>, OtpProviderError>) -> Finding {
    let base = entrust.caller.base();
    match reply {
        Ok(_) if base.starts_with("https:") => {
            Finding::good(PART, base, "answers; its certificate is trusted")
        }
        Ok(_) => {
            Finding::warning(PART, base, "answers, on this machine and without TLS: not the real Entrust")
        }
        Err(OtpProviderError::Unreachable { what, .. }) => {
            Finding::bad(PART, base, format!("{what}; check the address, the firewall and the certificate"))
        }
        Err(OtpProviderError::Unusable { what, .. }) => {
            Finding::bad(PART, base, format!("answers, but not as Entrust does: {what}"))
        }
    }
}

fn judge(entrust: &Entrust, decoy: &str, answer: &QueryAnswer, rows: &mut Vec<Finding>) {
    entrust.leave(answer.authentication_completed, answer.token.as_ref());
    if answer.authentication_completed == Some(true) {
        rows.push(Finding::bad(
            PART,
            format!("decoy {decoy}"),
            "Entrust lets it in before any code: the resource rule must ask for a code as its first factor",
        ));
        return;
    }
    for &way in &entrust.config.ways {
        let name = authenticator(way);
        let what = format!("decoy {decoy}, {name}");
        let offered = answer.authentication_types.as_deref().unwrap_or_default();
        let second = answer.available_second_factor.as_deref().unwrap_or_default();
        let others: Vec<&str> = offered
            .iter()
            .map(String::as_str)
            .filter(|kind| entrust.config.ways.iter().all(|way| authenticator(*way) != *kind))
            .collect();
        let locked = |status: &Lockout| status.kind.as_deref() == Some(name) && status.locked == Some(true);
        rows.push(if !offers(answer, way) {
            let detail = format!(
                "the resource rule offers [{}]: {name} must be the first factor, or every reset fails",
                offered.join(", ")
            );
            Finding::bad(PART, what, detail)
        } else if !second.is_empty() {
            let detail = format!(
                "after {name} the resource rule asks for one of [{}]: every reset fails",
                second.join(", ")
            );
            Finding::bad(PART, what, detail)
        } else if answer.authenticator_lockout_status.iter().flatten().any(locked) {
            Finding::warning(
                PART,
                what,
                "the decoy is locked: unlock it, so that its calls cost what others cost",
            )
        } else if !others.is_empty() {
            let detail = format!(
                "is the first factor, but the resource rule also offers [{}]: take those away",
                others.join(", ")
            );
            Finding::warning(PART, what, detail)
        } else {
            Finding::good(PART, what, "is the first and only factor")
        });
    }
}
