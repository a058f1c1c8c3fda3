//! Starts activations of new tokens and restarts abandoned ones.

use super::wire::{ActivateParms, ActivateResult, Created, Id, SOFT_TOKEN, TokenCreate};
use super::{EntrustAdmin, USER_BY_NAME};
use crate::adapters::entrust::http::{ExchangeOutcome, Method};
use crate::ports::authenticators::StartedActivation;
use crate::ports::otp_provider::OtpProviderError;
use zeroize::Zeroizing;

/// Longer than any real link, and short enough for a readable QR code.
const MAX_LINK_LENGTH: usize = 2000;

impl EntrustAdmin {
    /// Assigns a new token to the user and starts its activation.
    pub(super) async fn start_activation(
        &self,
        name: &str,
        user: &Id,
    ) -> Result<StartedActivation, OtpProviderError> {
        let path = format!("/api/web/v1/users/{user}/tokens/{SOFT_TOKEN}");
        let request = TokenCreate { activate_parms: ActivateParms::STANDARD };
        let created: Created = match self.session.call(Method::POST, &path, Some(&request)).await? {
            ExchangeOutcome::Ok { body, .. } => self.client().decode(&path, &body)?,
            ExchangeOutcome::Refused { status, code } => {
                return Err(self.unexpected_refusal(&path, status, &code));
            }
        };
        let token = match (&created.id, &created.serial_number) {
            (None, Some(serial)) => self.find_by_serial(name, serial, &path).await?,
            (id, _) => self.id(&path, id.as_deref())?,
        };
        if created.activation.url.is_some() {
            return self.started_activation(&path, &token, created.activation);
        }
        let path = activation_path(&token);
        match self.request_activation(&path).await? {
            Ok(result) => self.started_activation(&path, &token, result),
            Err((status, code)) => Err(self.unexpected_refusal(&path, status, &code)),
        }
    }

    /// Restarts the activation of a token that was never activated, so that abandoned attempts do not accumulate:
    /// Entrust allows five tokens. Returns `None` if Entrust refuses to activate this token.
    pub(super) async fn restart_activation(
        &self,
        token: &Id,
    ) -> Result<Option<StartedActivation>, OtpProviderError> {
        let path = activation_path(token);
        match self.request_activation(&path).await? {
            Ok(result) => self.started_activation(&path, token, result).map(Some),
            Err(_refusal) => Ok(None),
        }
    }

    /// Makes the latest activation of a token invalid. A new activation replaces it; its data are not shown. To delete
    /// the token would need one more permission of the application.
    pub(super) async fn invalidate_activation(&self, token: &Id) -> Result<(), OtpProviderError> {
        let path = activation_path(token);
        match self.request_activation(&path).await? {
            Ok(_unseen) => Ok(()),
            Err((status, code)) => Err(self.unexpected_refusal(&path, status, &code)),
        }
    }

    /// Requests activation data; the inner error is status and code of a refusal.
    async fn request_activation(
        &self,
        path: &str,
    ) -> Result<Result<ActivateResult, (u16, String)>, OtpProviderError> {
        Ok(match self.session.call(Method::POST, path, Some(&ActivateParms::STANDARD)).await? {
            ExchangeOutcome::Ok { body, .. } => Ok(self.client().decode(path, &body)?),
            ExchangeOutcome::Refused { status, code } => Err((status, code)),
        })
    }

    /// Finds the new token by serial number, for a response without its id.
    async fn find_by_serial(&self, name: &str, serial: &str, path: &str) -> Result<Id, OtpProviderError> {
        let user = self.find(name).await?;
        let id = user.and_then(|user| user.with_serial(serial));
        id.ok_or_else(|| self.client().unusable(path, &format!("a token that {USER_BY_NAME} does not know")))
    }

    fn started_activation(
        &self,
        path: &str,
        token: &Id,
        result: ActivateResult,
    ) -> Result<StartedActivation, OtpProviderError> {
        let ActivateResult { url, online_url, online_http_url, password } = result;
        let non_empty = |text: Option<Zeroizing<String>>| text.filter(|text| !text.is_empty());
        let unusable = |what: &str| self.client().unusable(path, what);
        let scan = non_empty(url).ok_or_else(|| unusable("no activationURL"))?;
        let link =
            non_empty(online_http_url).or_else(|| non_empty(online_url)).unwrap_or_else(|| scan.clone());
        if !is_link(&scan) || !is_link(&link) {
            return Err(unusable("an invalid activation link"));
        }
        Ok(StartedActivation { token: token.to_string(), scan, link, password: non_empty(password) })
    }
}

fn activation_path(token: &Id) -> String {
    format!("/api/web/v1/tokens/{token}/activation")
}

/// Whether the page may offer the link: a URL of the web or of an app, not a script.
fn is_link(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let script_schemes = ["javascript", "data", "vbscript", "blob", "file", "about", "view-source"];
    is_scheme
        && text.len() <= MAX_LINK_LENGTH
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !script_schemes.iter().any(|script_scheme| scheme.eq_ignore_ascii_case(script_scheme))
}

#[cfg(test)]
mod tests {
    use super::is_link;

    #[test]
    fn activation_links_with_script_schemes_are_refused() {
        for good in ["https://a.example/x?y=1", "http://127.0.0.1:8081/t/x", "igmobileotp://activate?sn=1"] {
            assert!(is_link(good), "{good}");
        }
        let long = format!("https://{}", "a".repeat(2000));
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "https://a b",
            "https://a\nb",
            "1x://a",
            "no link",
            "",
            ":x",
            long.as_str(),
        ] {
            assert!(!is_link(bad), "{bad}");
        }
    }
}
