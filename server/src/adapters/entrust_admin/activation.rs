//! Beginning an activation, of a new token or of one that was begun before. Not the waiting for its end.

use super::wire::{ActivateParms, ActivateResult, Created, Id, SOFT_TOKEN, TokenCreate};
use super::{EntrustAdmin, USER_BY_NAME};
use crate::adapters::entrust::http::{Exchanged, Method};
use crate::ports::authenticators::StartedActivation;
use crate::ports::otp_provider::OtpProviderError;
use zeroize::Zeroizing;

/// Longer than any link, and shorter than what makes a QR code unreadable.
const LINK_LIMIT: usize = 2000;

impl EntrustAdmin {
    /// Gives the user a new token, and begins its activation.
    pub(super) async fn begin(&self, holder: &str, user: &Id) -> Result<StartedActivation, OtpProviderError> {
        let path = format!("/api/web/v1/users/{user}/tokens/{SOFT_TOKEN}");
        let request = TokenCreate { activate_parms: ActivateParms::OURS };
        let created: Created = match self.session.call(Method::POST, &path, Some(&request)).await? {
            Exchanged::Ok { body, .. } => self.caller().decode(&path, &body)?,
            Exchanged::Refused { status, code } => return Err(self.refused(&path, status, &code)),
        };
        let token = match (&created.id, &created.serial_number) {
            (None, Some(serial)) => self.by_serial(holder, serial, &path).await?,
            (id, _) => self.id(&path, id.as_deref())?,
        };
        if created.activation.url.is_some() {
            return self.begun(&path, &token, created.activation);
        }
        let path = activation_path(&token);
        match self.activation(&path).await? {
            Ok(result) => self.begun(&path, &token, result),
            Err((status, code)) => Err(self.refused(&path, status, &code)),
        }
    }

    /// Begins the activation of a token that was begun before, so that abandoned attempts do not pile up: Entrust
    /// allows five tokens. `None` where Entrust will not have this one activated.
    pub(super) async fn begin_again(
        &self,
        token: &Id,
    ) -> Result<Option<StartedActivation>, OtpProviderError> {
        let path = activation_path(token);
        match self.activation(&path).await? {
            Ok(result) => self.begun(&path, token, result).map(Some),
            Err(_refused) => Ok(None),
        }
    }

    /// The activation's values, or status and code of the refusal.
    async fn activation(
        &self,
        path: &str,
    ) -> Result<Result<ActivateResult, (u16, String)>, OtpProviderError> {
        Ok(match self.session.call(Method::POST, path, Some(&ActivateParms::OURS)).await? {
            Exchanged::Ok { body, .. } => Ok(self.caller().decode(path, &body)?),
            Exchanged::Refused { status, code } => Err((status, code)),
        })
    }

    /// The new token by its serial number, where the answer names it so only.
    async fn by_serial(&self, holder: &str, serial: &str, path: &str) -> Result<Id, OtpProviderError> {
        let user = self.find(holder).await?;
        let id = user.and_then(|user| user.with_serial(serial));
        id.ok_or_else(|| self.caller().unusable(path, &format!("a token that {USER_BY_NAME} does not know")))
    }

    fn begun(
        &self,
        path: &str,
        token: &Id,
        result: ActivateResult,
    ) -> Result<StartedActivation, OtpProviderError> {
        let ActivateResult { url, online_url, online_http_url, password } = result;
        let said = |text: Option<Zeroizing<String>>| text.filter(|text| !text.is_empty());
        let unusable = |what: &str| self.caller().unusable(path, what);
        let scan = said(url).ok_or_else(|| unusable("no activationURL"))?;
        let link = said(online_http_url).or_else(|| said(online_url)).unwrap_or_else(|| scan.clone());
        if !is_link(&scan) || !is_link(&link) {
            return Err(unusable("an activation link that is none"));
        }
        Ok(StartedActivation { token: token.to_string(), scan, link, password: said(password) })
    }
}

fn activation_path(token: &Id) -> String {
    format!("/api/web/v1/tokens/{token}/activation")
}

/// Whether a page may offer it: an address of the web or of an app, not a script.
fn is_link(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let scripts = ["javascript", "data", "vbscript", "blob", "file", "about", "view-source"];
    is_scheme
        && text.len() <= LINK_LIMIT
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !scripts.iter().any(|script| scheme.eq_ignore_ascii_case(script))
}

#[cfg(test)]
mod tests {
    use super::is_link;

    #[test]
    fn a_link_opens_a_page_or_an_app_and_never_a_script() {
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
