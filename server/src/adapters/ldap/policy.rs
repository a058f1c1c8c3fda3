//! Which password policy holds for an account, as the directory shows it. Not the judging by it.

use super::account::by_id;
use super::connection::{Session, Trouble};
use super::pool::Question;
use crate::ports::directory::{AccountId, Policy};
use async_trait::async_trait;

/// The policy that holds for the account: its fine-grained one, else the domain's. One that is named
/// and cannot be read is an error: guessing would promise what the directory then refuses.
pub(super) struct PolicyOf(pub(super) AccountId);

#[async_trait]
impl Question for PolicyOf {
    type Answer = Policy;

    async fn ask(&self, session: &mut Session) -> Result<Policy, Trouble> {
        const PSO: [&str; 3] =
            ["msDS-MinimumPasswordLength", "msDS-PasswordComplexityEnabled", "msDS-PasswordHistoryLength"];
        const ANY: &str = "(objectClass=*)";
        let user = session.connection.one(&by_id(self.0), ANY, &["msDS-ResultantPSO"]).await?;
        let user = user.ok_or_else(|| Trouble::Unusable("the account is gone".to_owned()))?;
        let history_control = session.realm.history_control.is_some();
        let (min_length, complexity, remembered) = match user.text("msDS-ResultantPSO") {
            Some(dn) => {
                let pso = session.connection.one(dn, ANY, &PSO).await?.ok_or_else(|| {
                    Trouble::Unusable(format!(
                        "{dn} cannot be read: let the service account read the policy objects"
                    ))
                })?;
                let [length, complexity, history] = PSO;
                (pso.number(length)?, pso.required(complexity)? == "TRUE", pso.number(history)?)
            }
            None => domain_policy(session).await?,
        };
        let number =
            |n: i64| u16::try_from(n).map_err(|_| Trouble::Unusable(format!("a policy value of {n}")));
        let remembered = number(remembered)?;
        let history = (history_control && remembered > 0).then_some(remembered);
        Ok(Policy { min_length: number(min_length)?, complexity, history })
    }
}

/// Length, complexity and history of the domain's own policy.
pub(super) async fn domain_policy(session: &mut Session) -> Result<(i64, bool, i64), Trouble> {
    /// `DOMAIN_PASSWORD_COMPLEX` of `pwdProperties`.
    const COMPLEX: i64 = 1;
    let root = session.realm.root.clone();
    let attributes = ["minPwdLength", "pwdProperties", "pwdHistoryLength"];
    let head = session.connection.one(&root, "(objectClass=*)", &attributes).await?;
    let head = head.ok_or_else(|| Trouble::Unusable(format!("{root} cannot be read")))?;
    Ok((
        head.number("minPwdLength")?,
        head.number("pwdProperties")? & COMPLEX != 0,
        head.number("pwdHistoryLength")?,
    ))
}
