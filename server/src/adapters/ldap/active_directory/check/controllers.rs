//! Checks whether all domain controllers of the domain are configured.

use super::super::super::config::SECTION;
use super::super::super::connection::ANY_ENTRY;
use super::super::super::failure::LdapFailure;
use super::super::domain_info::Session;
use crate::ports::health_finding::Finding;
use ldap3::{Scope, ldap_escape};

const WHAT: &str = "domain controllers";

/// DN of the server's NTDS settings; identifies a server that is configured under several addresses.
pub(super) async fn ntds_settings_dn(session: &mut Session) -> Option<String> {
    let root_dse = session.connection.read_entry("", ANY_ENTRY, &["dsServiceName"]).await.ok()??;
    root_dse.text("dsServiceName").map(str::to_lowercase)
}

pub(super) async fn row(session: &mut Session, seen: &[String], configured: usize) -> Finding {
    match writable_controllers(session).await {
        Ok(all) if all.is_empty() => Finding::warning(
            SECTION,
            WHAT,
            "the configuration of the domain shows none: they cannot be counted",
        ),
        Ok(all) => summarize(&all, seen, configured),
        Err(failure) => Finding::warning(SECTION, WHAT, format!("they cannot be counted: {failure}")),
    }
}

fn summarize(all: &[String], seen: &[String], configured: usize) -> Finding {
    let missing: Vec<&str> =
        all.iter().filter(|dn| !seen.contains(&dn.to_lowercase())).map(|dn| controller_name(dn)).collect();
    let detail = format!("the domain has {} that can be written, {configured} configured", all.len());
    if missing.is_empty() {
        return Finding::good(SECTION, WHAT, detail);
    }
    let missing = missing.join(", ");
    Finding::warning(
        SECTION,
        WHAT,
        format!(
            "{detail}; not among those that answered here: {missing}. A controller that is not in directory.urls \
             is not used for failover, and not queried for a new password"
        ),
    )
}

/// DNs of the NTDS settings of all controllers with a writable copy of this domain; other domains of the forest have
/// their own.
async fn writable_controllers(session: &mut Session) -> Result<Vec<String>, LdapFailure> {
    let connection = &mut session.connection;
    let root_dse = connection.read_entry("", ANY_ENTRY, &["configurationNamingContext"]).await?;
    let root_dse = root_dse.ok_or_else(|| LdapFailure::Unusable("there is no rootDSE".to_owned()))?;
    let sites = format!("CN=Sites,{}", root_dse.required("configurationNamingContext")?);
    let root = ldap_escape(session.info.root.as_str()).into_owned();
    let filter = format!("(&(objectClass=nTDSDSA)(|(msDS-hasMasterNCs={root})(hasMasterNCs={root})))");
    let found = connection.search(&sites, Scope::Subtree, &filter, &["1.1"], 0).await;
    Ok(found?.into_iter().map(|entry| entry.dn).collect())
}

/// Returns `DC1` for `CN=NTDS Settings,CN=DC1,CN=Servers,…`.
fn controller_name(settings: &str) -> &str {
    let name = settings.split(',').nth(1).and_then(|part| part.split_once('='));
    name.map_or(settings, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::health_finding::State;

    #[test]
    fn controllers_that_are_not_configured_are_named() {
        let dn = |name: &str| {
            format!("CN=NTDS Settings,CN={name},CN=Servers,CN=Site,CN=Sites,CN=Configuration,DC=a")
        };
        let all = [dn("DC1"), dn("DC2")];
        let one = summarize(&all, &[dn("dc1").to_lowercase()], 1);
        assert_eq!(one.state, State::Warning);
        assert!(
            one.detail.starts_with("the domain has 2 that can be written, 1 configured; "),
            "{}",
            one.detail
        );
        assert!(one.detail.contains("here: DC2."), "{}", one.detail);
        let both = summarize(&all, &all.clone().map(|dn| dn.to_lowercase()), 2);
        assert_eq!(both.state, State::Good);
    }
}
