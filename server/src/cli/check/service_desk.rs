//! Checks that the groups of the service desk exist: one that does not exist closes the page to all agents.

use server::config::Settings;
use server::ports::directory::{AccountId, DirectoryError};
use server::ports::health_finding::Finding;
use server::reset::ServiceDeps;

const PART: &str = "service desk";

pub(super) async fn check(settings: &Settings, deps: &ServiceDeps) -> Vec<Finding> {
    if !settings.has_service_desk() {
        return Vec::new();
    }
    let desk = &settings.service_desk;
    let agents = desk.groups.iter().map(|dn| ("service_desk.groups", dn));
    let leads = desk.lead_groups.iter().map(|dn| ("service_desk.lead_groups", dn));
    let mut findings = Vec::new();
    for (key, dn) in agents.chain(leads) {
        findings.extend(group(deps, key, dn).await);
    }
    findings
}

async fn group(deps: &ServiceDeps, key: &str, dn: &String) -> Option<Finding> {
    let what = format!("{key} {dn}");
    // An account that does not exist is in no group, and the answer shows whether the group exists.
    match deps.directory.is_member(AccountId(uuid::Uuid::nil()), std::slice::from_ref(dn)).await {
        Ok(_) => Some(Finding::good(PART, what, "the group exists")),
        // The findings of the directory say what is wrong.
        Err(DirectoryError::Unreachable { .. }) => None,
        Err(error @ (DirectoryError::Answer { .. } | DirectoryError::Unusable { .. })) => {
            let detail =
                format!("{error}: no agent can sign in until {key} has the DNs of groups that exist");
            Some(Finding::bad(PART, what, detail))
        }
    }
}
