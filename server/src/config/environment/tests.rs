//! Tests of environment variables, over all keys of the shipped defaults.

use super::super::tests::{MINIMAL, load_with};
use super::*;
use crate::config::DEFAULTS;
use figment::providers::{Format as _, Toml};

/// Texts that a reader of numbers, dates, lists or booleans would change.
const TEXTS: [&str; 24] = [
    "1234567",
    "00012",
    "0",
    "-1",
    "1.0",
    "1.50",
    "1e5",
    "0x1F",
    "1_000",
    "inf",
    "nan",
    "true",
    "false",
    "True",
    "2026-01-01",
    "08:00",
    "+31485845900",
    "[a]",
    "[a, b]",
    "{a=b}",
    "a, b",
    "say \"hi\"",
    "'a'",
    "null",
];

fn keys(defaults: &Dict, prefix: &str, found: &mut Vec<(String, Value)>) {
    for (name, value) in defaults {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        if let Value::Dict(_, fields) = value {
            keys(fields, &key, found);
        } else {
            found.push((key, value.clone()));
        }
    }
}

fn all_keys() -> Vec<(String, Value)> {
    let defaults: Dict = Figment::from(Toml::string(DEFAULTS)).extract().unwrap();
    let mut found = Vec::new();
    keys(&defaults, "", &mut found);
    assert!(found.len() > 120, "{}", found.len());
    found
}

fn merged(key: &str, text: &str) -> Value {
    let defaults = Figment::from(Toml::string(DEFAULTS));
    merge(defaults.clone(), &defaults, vec![(key.to_owned(), text.to_owned())]).find_value(key).unwrap()
}

#[test]
fn every_text_setting_keeps_its_value_as_text() {
    let texts: Vec<_> = all_keys().into_iter().filter(|(_, value)| value.as_str().is_some()).collect();
    assert!(texts.len() > 80, "{}", texts.len());
    let defaults = Figment::from(Toml::string(DEFAULTS));
    for text in TEXTS {
        let variables = texts.iter().map(|(key, _)| (key.clone(), text.to_owned())).collect();
        let settings = merge(defaults.clone(), &defaults, variables);
        for (key, _) in &texts {
            assert_eq!(settings.find_value(key).unwrap().as_str(), Some(text), "{key}={text}");
        }
    }
    // No key refuses a text because of its type, whatever it thinks of its content.
    for ((key, _), text) in texts.iter().zip(TEXTS.iter().cycle()) {
        let error = load_with(MINIMAL, &[(key.as_str(), text)]).err().unwrap_or_default();
        assert!(!error.contains("invalid type"), "{key}={text}: {error}");
    }
}

#[test]
fn every_list_setting_accepts_a_list_and_a_single_value() {
    let lists: Vec<_> = all_keys().into_iter().filter(|(_, value)| value.as_array().is_some()).collect();
    assert!(lists.len() >= 12, "{lists:?}");
    for (key, _) in lists {
        for (text, expected) in [
            ("one", &["one"][..]),
            ("ldaps://dc1.example.org:636", &["ldaps://dc1.example.org:636"]),
            ("OU=Staff,DC=example,DC=org", &["OU=Staff,DC=example,DC=org"]),
            ("00012", &["00012"]),
            ("2026-01-01", &["2026-01-01"]),
            ("\"a, b\"", &["a, b"]),
            ("[]", &[]),
            ("", &[]),
            ("[one]", &["one"]),
            ("[ 00012, true, 1e5 ]", &["00012", "true", "1e5"]),
            ("[\"OU=a,DC=b\", \"x]\", ]", &["OU=a,DC=b", "x]"]),
            ("[\"say \\\"a, b\\\"\"]", &["say \"a, b\""]),
        ] {
            let value = merged(&key, text);
            let found: Vec<_> =
                value.as_array().unwrap().iter().map(|entry| entry.as_str().unwrap()).collect();
            assert_eq!(found, expected, "{key}={text}");
        }
        for text in ["[one", "[\"one]", "[one]]", "[a,,b]", "[a], [b]"] {
            let error = load_with(MINIMAL, &[(key.as_str(), text)]).unwrap_err();
            let name = key.to_ascii_uppercase().replace('.', "__");
            let expected = format!(
                "environment variable RESET__{name}: {key}: expected a list like [\"a\", \"b\"], or one value"
            );
            assert_eq!(error, expected, "{text}");
        }
    }
}

#[test]
fn numbers_and_booleans_are_read_and_other_texts_are_refused_with_the_variable() {
    let mut seen = 0;
    for (key, default) in all_keys() {
        let (good, bad): (&[&str], &[&str]) = if default.to_bool().is_some() {
            (&["true", "false", " TRUE ", "\"true\""], &["yes", "1", "", "[true]"])
        } else if default.to_num().is_some() {
            (&["2", " 3 ", "04", "\"2\""], &["many", "", "1e5", "[1]", "2.5"])
        } else {
            continue;
        };
        seen += 1;
        for text in good {
            let error = load_with(MINIMAL, &[(key.as_str(), text)]).err().unwrap_or_default();
            assert!(!error.contains("invalid type"), "{key}={text}: {error}");
        }
        for text in bad {
            let error = load_with(MINIMAL, &[(key.as_str(), text)]).unwrap_err();
            let name = key.to_ascii_uppercase().replace('.', "__");
            assert!(error.starts_with(&format!("environment variable RESET__{name}: {key}: ")), "{error}");
        }
    }
    assert!(seen >= 12, "{seen}");
}

#[test]
fn values_reach_the_settings() {
    let settings = load_with(
        MINIMAL,
        &[
            ("hr.tenant_id", "00012"),
            ("organisation.service_desk.phone_link", "+31485845900"),
            ("organisation.title.nl", "2026"),
            ("organisation.name", "[Zorg]"),
            ("limits.per_address", "0"),
            ("limits.codes_per_visit", "7"),
            ("directory.urls", "ldaps://dc9.example.org"),
            ("directory.offer_unlock", "true"),
            ("policy.banned_words", "[1234, 007]"),
            ("registration.countries", "BE"),
            ("entrust.decoy_user", "1e5"),
            ("entrust.authenticators", "OTP"),
            ("organisation.applications", "[Visma, { name = \"HiX\", group = computer }]"),
            ("organisation.welcome", "{ nl = \"Hoi, jij\", en = 1.50 }"),
        ],
    )
    .unwrap();
    assert_eq!(settings.hr.tenant_id, "00012");
    assert_eq!(settings.organisation.service_desk.phone_link, "+31485845900");
    assert_eq!(settings.organisation.title.nl, "2026");
    assert_eq!(settings.organisation.name, "[Zorg]");
    assert_eq!(settings.limits.per_address.max, 0);
    assert_eq!(settings.limits.codes_per_session, 7);
    assert_eq!(settings.directory.urls, ["ldaps://dc9.example.org"]);
    assert!(settings.directory.offer_unlock);
    assert_eq!(settings.policy.banned_words, ["1234", "007"]);
    assert_eq!(settings.registration.countries, ["BE"]);
    assert_eq!(settings.entrust.decoy_user.as_deref(), Some("1e5"));
    assert_eq!(settings.organisation.applications, ["Visma", "HiX"]);
    assert_eq!(
        (settings.organisation.welcome.nl.as_str(), settings.organisation.welcome.en.as_str()),
        ("Hoi, jij", "1.50")
    );
}

#[test]
fn quoted_value_is_unquoted_and_spaces_around_a_value_are_removed() {
    for (text, expected) in [
        ("\"1234567\"", "1234567"),
        ("\" a \"", " a "),
        ("\"a\\tb\"", "a\tb"),
        ("  a b \r", "a b"),
        ("\"a\" b", "\"a\" b"),
        ("\"", "\""),
    ] {
        assert_eq!(merged("hr.tenant_id", text).as_str(), Some(expected), "{text:?}");
    }
}

#[test]
fn environment_overrides_the_file_and_an_error_names_the_variable() {
    let file = format!("{MINIMAL}\n[hr]\ntenant_id = \"file\"");
    assert_eq!(load_with(&file, &[]).unwrap().hr.tenant_id, "file");
    assert_eq!(load_with(&file, &[("hr.tenant_id", "7")]).unwrap().hr.tenant_id, "7");
    // One key overrides the table, whichever variable comes first.
    let variables = [("organisation.title.nl", "b"), ("organisation.title", "{ nl = a, en = a }")];
    let title = load_with(MINIMAL, &variables).unwrap().organisation.title;
    assert_eq!((title.nl.as_str(), title.en.as_str()), ("b", "a"));
    for (key, text, expected) in [
        (
            "registration.waiting_time",
            "99d",
            "RESET__REGISTRATION__WAITING_TIME: registration.waiting_time: expected at most 30d",
        ),
        (
            "directory.urls",
            "ldap://dc1",
            "RESET__DIRECTORY__URLS: directory.urls: expected ldaps:// addresses",
        ),
        (
            "organisation.title.en",
            "",
            "RESET__ORGANISATION__TITLE__EN: organisation.title.en: expected a text",
        ),
        (
            "organisation.title",
            "{ nl = a, en }",
            "RESET__ORGANISATION__TITLE: organisation.title: expected a table like",
        ),
        (
            "organisation.logo_file",
            "/nowhere/a.svg",
            "RESET__ORGANISATION__LOGO_FILE: organisation.logo_file: /nowhere/a.svg: expected",
        ),
        (
            "organisation.applications",
            "[ \"\" ]",
            "RESET__ORGANISATION__APPLICATIONS: organisation.applications.0: expected a name",
        ),
        (
            "limits.per_address",
            "many",
            "RESET__LIMITS__PER_ADDRESS: limits.per_address: \"many\" is no limit",
        ),
        ("hr.tenant_id", "caf\u{fffd}", "RESET__HR__TENANT_ID: hr.tenant_id: expected UTF-8 text"),
        ("hr.tenant", "7", "RESET__HR__TENANT: hr.tenant: unknown field"),
    ] {
        let error = load_with(MINIMAL, &[(key, text)]).unwrap_err();
        assert!(error.starts_with(&format!("environment variable {expected}")), "{error}");
    }
    // An error of the file still names the file.
    assert!(load_with("", &[("hr.tenant_id", "7")]).unwrap_err().starts_with("FILE: public_url"));
}

#[test]
fn several_values_without_brackets_are_refused_where_no_value_contains_a_comma() {
    for (key, text) in [
        ("organisation.domains.suffixes", "pantein.nl,pantein.grp"),
        ("organisation.domains.suffixes", "pantein.nl, pantein.grp"),
        ("organisation.domains.suffixes", "pantein.nl pantein.grp"),
        ("organisation.domains.suffixes", "pantein.nl;pantein.grp"),
        ("organisation.domains.suffixes", "[pantein.nl, \"pantein.grp,example.org\"]"),
        ("organisation.domains.prefixes", "PANTEIN,ZORG"),
        ("organisation.domains.prefixes", "PANTEIN ZORG"),
        ("policy.banned_words", "pantein,zorg"),
        ("policy.banned_words", "pantein; zorg"),
        ("directory.urls", "ldaps://dc1.example.org,ldaps://dc2.example.org"),
        ("directory.urls", "ldaps://dc1.example.org,dc2.example.org"),
        ("directory.urls", "srv:a.example.org,b.example.org"),
        ("trusted_proxies", "10.0.0.1/32,10.0.0.2/32"),
        ("limits.own_networks", "10.0.0.0/8,192.168.0.0/16"),
        ("registration.allowed_networks", "10.0.0.0/8,192.168.0.0/16"),
        ("registration.countries", "NL,BE"),
        ("entrust.authenticators", "TOKEN,OTP"),
        ("organisation.languages", "nl,en"),
        ("organisation.service_desk.closed", "12-25,12-26"),
    ] {
        let result = load_with(MINIMAL, &[(key, text)]).map(|settings| settings.countries().map(drop));
        let error = match result {
            Err(error) => error,
            // The countries are parsed by the component that uses them.
            Ok(countries) => format!("environment variable {}", countries.unwrap_err()),
        };
        assert!(error.starts_with("environment variable ") && error.contains(key), "{key}={text}: {error}");
    }
    let domains = "environment variable RESET__ORGANISATION__DOMAINS__SUFFIXES: organisation.domains.suffixes: \
                   expected one domain per entry, as in [\"example.org\", \"example.com\"]";
    let error = load_with(MINIMAL, &[("organisation.domains.suffixes", "a.nl,b.nl")]).unwrap_err();
    assert_eq!(error, domains);
    let in_file = format!("{MINIMAL}\n[organisation.domains]\nsuffixes = [\"a.nl,b.nl\"]\n");
    let error = load_with(&in_file, &[]).unwrap_err();
    assert!(
        error.starts_with("FILE: organisation.domains.suffixes: expected one domain per entry"),
        "{error}"
    );
}

#[test]
fn values_that_contain_a_comma_or_are_a_list_are_accepted() {
    for (key, text) in [
        ("organisation.domains.suffixes", "pantein.nl"),
        ("organisation.domains.suffixes", "[pantein.nl, pantein.grp]"),
        ("organisation.domains.suffixes", ""),
        ("organisation.domains.prefixes", "[\"PANTEIN\", \"ZORG\"]"),
        ("policy.banned_words", "pantein zorg"),
        ("policy.banned_words", "[pantein, zorg]"),
        ("directory.urls", "[ldaps://dc1.example.org, ldaps://dc2.example.org]"),
        ("directory.excluded", "OU=Staff,DC=example,DC=org"),
        ("directory.allowed_groups", "CN=a,DC=example,DC=org"),
        ("directory.protected_groups", "CN=a,DC=example,DC=org"),
        ("directory.high_impact_groups", ""),
        ("organisation.applications", "Agenda, mail en chat"),
    ] {
        load_with(MINIMAL, &[(key, text)]).unwrap_or_else(|error| panic!("{key}={text}: {error}"));
    }
}
