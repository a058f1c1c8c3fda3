//! What an operator wants to know about the Administration API, row by row. It signs in and looks the decoy up;
//! nothing is written.

use super::EntrustAdmin;
use crate::ports::authenticators::PART;
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;

pub(super) async fn check(admin: &EntrustAdmin) -> Vec<Finding> {
    let what = format!("{} credentials", admin.caller().base());
    // A new session: the one that is kept would tell nothing about the credentials.
    if let Err(error) = admin.session.sign_in().await {
        return vec![Finding::bad(PART, what, tell(&error))];
    }
    vec![Finding::good(PART, what, "accepted"), reading(admin).await]
}

async fn reading(admin: &EntrustAdmin) -> Finding {
    let Some(decoy) = admin.decoy_user.as_deref() else {
        let detail = "entrust.decoy_user is not set: whether users can be read cannot be checked";
        return Finding::warning(PART, "decoy", detail);
    };
    let what = format!("decoy {decoy}");
    match admin.find(decoy).await {
        Ok(Some(user)) if user.shows_tokens() => Finding::good(PART, what, "can be read, with its tokens"),
        Ok(Some(_)) => {
            let detail = "can be read, without its tokens: let the role of the Administration API application \
                          view tokens, or nobody can be given the app";
            Finding::bad(PART, what, detail)
        }
        Ok(None) => Finding::bad(PART, what, "does not exist in Entrust: make it, or set another one"),
        Err(error) => {
            let detail =
                format!("{}: let the role of the Administration API application view users", tell(&error));
            Finding::bad(PART, what, detail)
        }
    }
}

fn tell(error: &OtpProviderError) -> String {
    match error {
        OtpProviderError::Unreachable { what, .. } => {
            format!("{what}; check the address, the firewall and the certificate")
        }
        OtpProviderError::Unusable { what, .. } => what.clone(),
    }
}
