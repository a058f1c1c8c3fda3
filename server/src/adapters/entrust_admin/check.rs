//! Check of the Administration API: signs in and looks up the decoy; writes nothing.

use super::EntrustAdmin;
use crate::ports::authenticators::PART;
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;

pub(super) async fn check(admin: &EntrustAdmin) -> Vec<Finding> {
    let what = format!("{} credentials", admin.client().base());
    // Always a new sign-in: a cached session would prove nothing about the credentials.
    if let Err(error) = admin.session.sign_in().await {
        return vec![Finding::bad(PART, what, describe(&error))];
    }
    vec![Finding::good(PART, what, "accepted"), check_user_access(admin).await]
}

async fn check_user_access(admin: &EntrustAdmin) -> Finding {
    let Some(decoy) = admin.decoy_user.as_deref() else {
        let detail = "entrust.decoy_user is not set: whether users can be read cannot be checked";
        return Finding::warning(PART, "decoy", detail);
    };
    let what = format!("decoy {decoy}");
    match admin.find(decoy).await {
        Ok(Some(user)) if user.shows_tokens() => Finding::good(PART, what, "can be read, with its tokens"),
        Ok(Some(_)) => {
            let detail = "can be read, but not its tokens: allow the role of the Administration API application \
                          to view tokens, otherwise no app can be activated";
            Finding::bad(PART, what, detail)
        }
        Ok(None) => Finding::bad(PART, what, "does not exist in Entrust: create it or set another one"),
        Err(error) => {
            let detail = format!(
                "{}: allow the role of the Administration API application to view users",
                describe(&error)
            );
            Finding::bad(PART, what, detail)
        }
    }
}

fn describe(error: &OtpProviderError) -> String {
    match error {
        OtpProviderError::Unreachable { what, .. } | OtpProviderError::Unusable { what, .. } => what.clone(),
    }
}
