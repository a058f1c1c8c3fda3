//! The section `[service_desk]`. `settings.toml` explains each key.

use super::Settings;
use super::values::{duration, limit, networks};
use crate::ports::rate_limits::Limit;
use ipnet::IpNet;
use serde::Deserialize;
use std::time::Duration;

/// The keys of `[service_desk]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ServiceDeskSettings {
    #[serde(deserialize_with = "networks")]
    pub allowed_networks: Vec<IpNet>,
    pub groups: Vec<String>,
    pub lead_groups: Vec<String>,
    #[serde(deserialize_with = "duration")]
    pub session_max: Duration,
    #[serde(deserialize_with = "duration")]
    pub session_idle: Duration,
    #[serde(deserialize_with = "limit")]
    pub wrong_call_codes: Limit,
    #[serde(deserialize_with = "limit")]
    pub look_ups: Limit,
    #[serde(deserialize_with = "limit")]
    pub start_codes: Limit,
}

/// Longest session: a day of work, with a margin.
const MAX_SESSION: Duration = Duration::from_hours(24);

impl Settings {
    /// Validates `[service_desk]`. An error is the key and the expected value.
    pub(super) fn validate_service_desk(&self) -> Result<(), (&'static str, &'static str)> {
        let ServiceDeskSettings { session_max, session_idle, .. } = &self.service_desk;
        if session_max.is_zero() || *session_max > MAX_SESSION {
            return Err(("service_desk.session_max", "more than 0 and at most 24h"));
        }
        if session_idle.is_zero() || session_idle > session_max {
            return Err(("service_desk.session_idle", "more than 0 and at most service_desk.session_max"));
        }
        Ok(())
    }

    /// Returns what makes a service desk that is on useless, or one that seems to be on absent: the key and the reason.
    pub(super) fn service_desk_warnings(&self) -> Vec<(&'static str, &'static str)> {
        let ServiceDeskSettings { allowed_networks, groups, lead_groups, .. } = &self.service_desk;
        if allowed_networks.is_empty() {
            let has_groups = !groups.is_empty() || !lead_groups.is_empty();
            let reason = "empty, although there are groups of agents: there is no page of the service desk. List the networks of \
                          its workplaces";
            return has_groups.then_some(("service_desk.allowed_networks", reason)).into_iter().collect();
        }
        let mut warnings = Vec::new();
        if groups.is_empty() && lead_groups.is_empty() {
            warnings.push((
                "service_desk.groups",
                "empty, and so is service_desk.lead_groups: no agent can sign in",
            ));
        } else if lead_groups.is_empty() {
            warnings.push((
                "service_desk.lead_groups",
                "empty: without a lead the page lifts no freeze and issues no start code for a lost phone",
            ));
        }
        if groups.iter().any(|group| lead_groups.iter().any(|lead| lead.eq_ignore_ascii_case(group))) {
            warnings.push((
                "service_desk.lead_groups",
                "contains a group that is in service_desk.groups too: each of its members is a lead",
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::{MINIMAL, load};

    const NETWORKS: &str = "allowed_networks = [\"10.20.30.0/24\"]";

    fn desk(lines: &[&str]) -> String {
        format!("trusted_proxies = [\"10.9.0.1\"]\n{MINIMAL}\n[service_desk]\n{}", lines.join("\n"))
    }

    #[test]
    fn length_of_a_session_is_limited() {
        for (line, key) in [
            ("session_max = \"0s\"", "session_max"),
            ("session_max = \"25h\"", "session_max"),
            ("session_idle = \"0s\"", "session_idle"),
            ("session_idle = \"9h\"", "session_idle"),
        ] {
            let error = load(&desk(&[line])).unwrap_err();
            assert!(error.starts_with(&format!("FILE: service_desk.{key}: expected more than 0")), "{error}");
        }
        load(&desk(&["session_max = \"24h\"", "session_idle = \"24h\""])).unwrap();
    }

    #[test]
    fn service_desk_without_agents_leads_or_networks_is_a_warning() {
        let (groups, leads) = ("groups = [\"CN=Desk,DC=x\"]", "lead_groups = [\"CN=Leads,DC=x\"]");
        for (lines, expected) in [
            (vec![], vec![]),
            (vec![NETWORKS, groups, leads], vec![]),
            (vec![NETWORKS, leads], vec![]),
            (vec![NETWORKS], vec!["groups"]),
            (vec![NETWORKS, groups], vec!["lead_groups"]),
            (vec![groups, leads], vec!["allowed_networks"]),
            (vec![leads], vec!["allowed_networks"]),
            (vec![NETWORKS, groups, "lead_groups = [\"cn=desk,dc=x\"]"], vec!["lead_groups"]),
        ] {
            let warnings = load(&desk(&lines)).unwrap().service_desk_warnings();
            let keys: Vec<_> =
                warnings.iter().map(|(key, _)| key.trim_start_matches("service_desk.")).collect();
            assert_eq!(keys, expected, "{lines:?}");
        }
    }

    #[test]
    fn calls_are_offered_only_if_the_networks_of_clients_are_known() {
        let offers_calls = |text: &str| load(text).unwrap().site().calls;
        assert!(offers_calls(&desk(&[NETWORKS])));
        assert!(!offers_calls(&desk(&[])));
        assert!(!offers_calls(&format!("{MINIMAL}\n[service_desk]\n{NETWORKS}")), "behind an unnamed proxy");
    }
}
