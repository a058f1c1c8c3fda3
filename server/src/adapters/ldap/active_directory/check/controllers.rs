//! Whether all domain controllers of the domain are configured. Not which of them are alive.

use super::super::super::connection::LdapFailure;
use super::super::Session;
use super::{ANY, PART};
use crate::ports::health_finding::Finding;
use ldap3::{Scope, ldap_escape};

const WHAT: &str = "domain controllers";

/// The DN of the server's own settings, by which two addresses of one server are one.
pub(super) async fn own_settings(session: &mut Session) -> Option<String> {
    let root_dse = session.connection.one("", ANY, &["dsServiceName"]).await.ok()??;
    root_dse.text("dsServiceName").map(str::to_lowercase)
}

pub(super) async fn row(session: &mut Session, met: &[String], configured: usize) -> Finding {
    match of_the_domain(session).await {
        Ok(all) if all.is_empty() => {
            Finding::warning(PART, WHAT, "the configuration of the domain shows none: they cannot be counted")
        }
        Ok(all) => told(&all, met, configured),
        Err(trouble) => Finding::warning(PART, WHAT, format!("they cannot be counted: {trouble}")),
    }
}

fn told(all: &[String], met: &[String], configured: usize) -> Finding {
    let missing: Vec<&str> =
        all.iter().filter(|dn| !met.contains(&dn.to_lowercase())).map(|dn| server(dn)).collect();
    let detail = format!("the domain has {} that can be written, {configured} configured", all.len());
    if missing.is_empty() {
        return Finding::good(PART, WHAT, detail);
    }
    let missing = missing.join(", ");
    Finding::warning(
        PART,
        WHAT,
        format!(
            "{detail}; not among those that answered here: {missing}. What is not in directory.urls cannot take over, \
             and is not asked whether it knows a new password"
        ),
    )
}

/// The settings of every controller that holds this domain for writing; the forest's other domains have their own.
async fn of_the_domain(session: &mut Session) -> Result<Vec<String>, LdapFailure> {
    let connection = &mut session.connection;
    let root_dse = connection.one("", ANY, &["configurationNamingContext"]).await?;
    let root_dse = root_dse.ok_or_else(|| LdapFailure::Unusable("there is no rootDSE".to_owned()))?;
    let sites = format!("CN=Sites,{}", root_dse.required("configurationNamingContext")?);
    let root = ldap_escape(session.realm.root.as_str()).into_owned();
    let filter = format!("(&(objectClass=nTDSDSA)(|(msDS-hasMasterNCs={root})(hasMasterNCs={root})))");
    let found = connection.search(&sites, Scope::Subtree, &filter, &["1.1"], 0).await;
    Ok(found?.into_iter().map(|entry| entry.dn).collect())
}

/// `DC1` of `CN=NTDS Settings,CN=DC1,CN=Servers,…`.
fn server(settings: &str) -> &str {
    let name = settings.split(',').nth(1).and_then(|part| part.split_once('='));
    name.map_or(settings, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::health_finding::State;

    #[test]
    fn those_that_are_not_configured_are_named() {
        let dn = |name: &str| {
            format!("CN=NTDS Settings,CN={name},CN=Servers,CN=Site,CN=Sites,CN=Configuration,DC=a")
        };
        let all = [dn("DC1"), dn("DC2")];
        let one = told(&all, &[dn("dc1").to_lowercase()], 1);
        assert_eq!(one.state, State::Warning);
        assert!(
            one.detail.starts_with("the domain has 2 that can be written, 1 configured; "),
            "{}",
            one.detail
        );
        assert!(one.detail.contains("here: DC2."), "{}", one.detail);
        let both = told(&all, &all.clone().map(|dn| dn.to_lowercase()), 2);
        assert_eq!(both.state, State::Good);
    }
}
