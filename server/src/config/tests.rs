//! Tests of loading and validating a settings file.

use super::*;
use crate::ports::rate_limits::Limit;
use app::api::site::ApplicationKind;

pub(super) const MINIMAL: &str = r#"
    public_url = "https://reset.example.org"
    [directory]
    urls = ["ldaps://dc1.example.org"]
    bind_dn = "svc@example.org"
    bind_password_file = "password"
    base_dn = "OU=Staff,DC=example,DC=org"
    [entrust]
    url = "https://example.trustedauth.com"
    application_id = "11111111-1111-1111-1111-111111111111"
    decoy_user = "svc-decoy"
    [store]
    key_files = ["key"]
"#;

pub(super) fn load(text: &str) -> Result<Settings, String> {
    load_with(text, &[])
}

/// Loads a settings file with environment variables: their keys and values.
pub(super) fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
    let variables = variables.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    std::fs::write(&file, text).unwrap();
    Settings::load_with(&file, variables)
        .map_err(|error| error.to_string().replace(&file.display().to_string(), "FILE"))
}

#[test]
fn required_keys_are_sufficient() {
    let settings = load(MINIMAL).unwrap();
    assert_eq!(settings.limits.per_address, Limit { max: 100, window: Duration::from_mins(10) });
    assert_eq!(settings.verification.min_response_time, Duration::from_millis(1500));
    assert_eq!(settings.organisation.applications.len(), 16);
    assert!(settings.sqlite_path().is_some_and(|path| path.is_absolute() && path.ends_with("reset.db")));
    assert_eq!(settings.origin(), "https://reset.example.org");
}

#[test]
fn applications_are_names_or_detailed_entries() {
    let shipped = load(MINIMAL).unwrap();
    let kinds: Vec<_> = shipped.application_groups.iter().map(|group| group.group).collect();
    assert_eq!(kinds, [ApplicationKind::Phone, ApplicationKind::Computer, ApplicationKind::Website]);
    let grouped: usize = shipped.application_groups.iter().map(|group| group.applications.len()).sum();
    assert_eq!(grouped, 16);

    let plain = load(&format!("{MINIMAL}\n[organisation]\napplications = [\"Visma\", \"HiX\"]")).unwrap();
    assert_eq!(plain.organisation.applications, ["Visma", "HiX"]);
    assert_eq!(plain.application_groups, [], "a plain list has no groups");

    let english = "[organisation]\nlanguages = [\"en\"]\napplications = [{ name = { en = \"Mail\" }, group = \"phone\" }]";
    let english = load(&format!("{MINIMAL}\n{english}")).unwrap();
    assert_eq!(english.organisation.applications, ["Mail"], "in the first of the offered languages");

    let mixed = r#"
        [organisation]
        applications = [
          "Visma",
          { name = { nl = "Computer inlog", en = "Computer sign-in" }, group = "computer" },
          { name = "Webmail", group = "website", link = "https://mail.example.org/", hint = { nl = "Log in.", en = "Sign in." } },
        ]
    "#;
    let mixed = load(&format!("{MINIMAL}\n{mixed}")).unwrap();
    assert_eq!(mixed.organisation.applications, ["Visma", "Computer inlog", "Webmail"]);
    let names: Vec<Vec<&str>> = mixed
        .application_groups
        .iter()
        .map(|group| group.applications.iter().map(|one| one.name.en.as_str()).collect())
        .collect();
    assert_eq!(names, [vec!["Computer sign-in"], vec!["Visma", "Webmail"]]);
}

#[test]
fn invalid_application_is_refused_with_its_key() {
    for (entry, expected) in [
        (
            r#"{ name = "Webmail", group = "website", link = "http://mail.example.org" }"#,
            "FILE: organisation.applications.1.link: expected an address that begins with https://",
        ),
        (
            r#"{ name = "Webmail", group = "website", link = "javascript:alert(1)" }"#,
            "FILE: organisation.applications.1.link: expected an address that begins with https://",
        ),
        (
            r#"{ name = "Webmail", group = "website", link = "https://" }"#,
            "FILE: organisation.applications.1.link: expected an address that begins with https://",
        ),
        (
            r#"{ name = "Webmail", group = "website", hint = { nl = "Log in.", en = "" } }"#,
            "FILE: organisation.applications.1.hint: expected a text in each language, or none",
        ),
        (
            r#"{ name = " ", group = "website" }"#,
            "FILE: organisation.applications.1.name: expected a name, or one in each language",
        ),
        (r#"" ""#, "FILE: organisation.applications.1: expected a name"),
        (r#"{ name = "Webmail" }"#, "FILE: organisation.applications"),
        (r#"{ name = "Webmail", group = "tablet" }"#, "FILE: organisation.applications"),
        (
            r#"{ name = "Webmail", group = "website", url = "https://x.example" }"#,
            "FILE: organisation.applications",
        ),
        ("7", "FILE: organisation.applications"),
    ] {
        let text = format!("{MINIMAL}\n[organisation]\napplications = [\"Visma\", {entry}]");
        let error = load(&text).unwrap_err();
        assert!(error.starts_with(expected), "{entry}: {error}");
    }
}

#[test]
fn logo_is_loaded_at_start_and_an_invalid_one_is_refused_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let drawing = |content: &str| {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 30 10\">{content}</svg>")
            .into_bytes()
    };
    let with_logo = |content: &[u8]| {
        let file = folder.path().join("logo");
        std::fs::write(&file, content).unwrap();
        load(&format!("{MINIMAL}\n[organisation]\nlogo_file = {:?}", file.display().to_string()))
    };
    let settings = with_logo(&drawing("<path d=\"M0 0h30v10z\"/>")).unwrap();
    let logo = settings.site().logo.unwrap();
    assert_eq!((logo.width, logo.height), (300, 100));
    assert!(logo.address.starts_with("/logo?"), "{}", logo.address);
    let json = serde_json::to_string(&settings.site()).unwrap();
    assert!(!json.contains("logo_file"), "the path must not reach the client: {json}");

    for content in [drawing("<script>alert(1)</script>"), vec![0; 5 * 1024 * 1024], b"GIF89a".to_vec()] {
        let error = with_logo(&content).unwrap_err();
        let prefix =
            format!("FILE: organisation.logo_file: {}: expected ", folder.path().join("logo").display());
        assert!(error.starts_with(&prefix), "{error}");
    }
    let missing = load(&format!("{MINIMAL}\n[organisation]\nlogo_file = \"/nowhere/logo.svg\"")).unwrap_err();
    assert!(
        missing.starts_with("FILE: organisation.logo_file: /nowhere/logo.svg: expected a readable file: "),
        "{missing}"
    );
}

#[test]
fn empty_settings_file_reports_the_missing_key() {
    assert_eq!(load("").unwrap_err(), "FILE: public_url: expected a value; it has no default");
}

/// Additions to [`MINIMAL`], and how the error about each begins.
const INVALID: &[(&str, &str)] = &[
    ("[limits]\nper_address = \"many\"", "FILE: limits.per_address: \"many\" is no limit like \"100/10m\""),
    ("[policy]\nmin_score = 5", "FILE: policy.min_score: a score is 0 to 4"),
    (
        "[organisation.service_desk]\nopening = [{ days = [\"mon\"], from = \"17:00\", to = \"08:00\" }]",
        "FILE: organisation.service_desk.opening.0.to: expected a time after `from`",
    ),
    (
        "[organisation.service_desk]\nopening = [{ days = [], from = \"08:00\", to = \"17:00\" }]",
        "FILE: organisation.service_desk.opening.0.days: expected at least one of mon",
    ),
    (
        "[organisation.service_desk]\nopening = [{ days = [\"ma\"], from = \"08:00\", to = \"17:00\" }]",
        "FILE: organisation.service_desk.opening",
    ),
    (
        "[organisation.service_desk]\nopening = [{ days = [\"mon\"], from = \"8 uur\", to = \"17:00\" }]",
        "FILE: organisation.service_desk.opening",
    ),
    ("[organisation.service_desk]\nclosed = [\"25-12-2026\"]", "FILE: organisation.service_desk.closed"),
    (
        "[organisation.service_desk]\nopening = [{ days = [\"mon\"], from = \"08:00\", to = \"17:00\" }]\n\
             outside = { nl = \"Bel de receptie.\", en = \"\" }",
        "FILE: organisation.service_desk.outside: expected a text in each language",
    ),
    (
        "[organisation]\nlanguages = [\"nl\", \"en\", \"en\"]",
        "FILE: organisation.languages: expected each language once",
    ),
    (
        "[organisation.service_desk.outside]\nnl = \"Bel de receptie.\"\nen = \"Call reception.\"",
        "FILE: organisation.service_desk.outside: expected opening hours as well",
    ),
    ("[organisation]\nlanguages = []", "FILE: organisation.languages: expected at least one of nl, en"),
    (
        "[organisation.title]\nnl = \"Reset\"\nen = \" \"",
        "FILE: organisation.title.en: expected a text: the language is one of organisation.languages",
    ),
    (
        "[policy]\nmax_length = 300",
        "FILE: policy.max_length: expected at least policy.min_length and at most 127",
    ),
    (
        "[registration]\nwaiting_time = \"999999days\"",
        "FILE: registration.waiting_time: expected at most 30d",
    ),
    ("[verification]\nhigh_impact_wait = \"59m\"", "FILE: verification.high_impact_wait: expected 1h to 96h"),
    ("[verification]\nhigh_impact_wait = \"97h\"", "FILE: verification.high_impact_wait: expected 1h to 96h"),
    ("[verification]\njudgement = \"never\"", "FILE: verification.judgement: "),
    ("[verification]\nspelling = 1", "FILE: verification"),
    (
        "[mail]\nurl = \"smtp+plain://mail.example.org\"\nfrom = \"a@example.org\"",
        "FILE: mail.url: expected smtps:// or smtp:// for another machine",
    ),
    (
        "[mail]\nurl = \"smtps://mail.example.org\"\nfrom = \"a@example.org\"\nhello = \"a b\"",
        "FILE: mail.hello: expected a host name like",
    ),
    (
        "[mail]\nurl = \"smtps://mail.example.org\"\nfrom = \"a@example.org\"\nhello = \"192.0.2.1\"",
        "FILE: mail.hello: expected a host name like",
    ),
    ("[mail]\nurl = \"smtps://mail.example.org\"", "FILE: mail.from: expected an address like"),
    (
        "[mail]\nurl = \"smtps://mail.example.org\"\nfrom = \"a@example.org\"\nuser = \"a\"",
        "FILE: mail.user: expected both mail.user and mail.password_file",
    ),
    ("[mail]\ntimeout = \"5m\"", "FILE: mail.timeout: expected more than 0 and at most 30s"),
    ("[sms]\nurl = \"http://sms.example.org\"", "FILE: sms.url: expected https:// for another machine"),
    (
        "[telemetry]\notlp_url = \"http://collector.example.org:4318\"",
        "FILE: telemetry.otlp_url: expected https:// for another machine",
    ),
    (
        "[breached]\nrange_url = \"http://ranges.example.org\"",
        "FILE: breached.range_url: expected https:// for another machine",
    ),
    (
        "[breached]\nrange_url = \"https://ranges.example.org/range?mode=ntlm\"",
        "FILE: breached.range_url: expected an address without a query",
    ),
    (
        "[breached]\nrange_url = \"https://ranges.example.org\"\nfilter_file = \"a\"",
        "FILE: breached.range_url: expected nothing, or no breached.filter_file",
    ),
    (
        "[breached]\nrange_timeout = \"6s\"",
        "FILE: breached.range_timeout: expected more than 0 and at most 5s",
    ),
];

#[test]
fn invalid_setting_is_reported_with_file_key_and_expected_value() {
    for (addition, expected) in INVALID {
        let error = load(&format!("{MINIMAL}\n{addition}")).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn connection_without_tls_is_refused() {
    let plain = MINIMAL.replace("ldaps://", "ldap://");
    assert!(load(&plain).unwrap_err().starts_with("FILE: directory.urls: expected ldaps://"));
    let open = format!("listen = \"0.0.0.0:80\"\n{MINIMAL}");
    assert!(load(&open).unwrap_err().starts_with("FILE: listen: expected a loopback address"));
    let http = MINIMAL.replace("https://reset", "http://reset");
    assert!(load(&http).unwrap_err().starts_with("FILE: public_url: expected https://"));
}

#[test]
fn high_impact_groups_require_notices_by_mail() {
    let groups = MINIMAL.replace("bind_dn", "high_impact_groups = [\"CN=Directie,DC=a\"]\nbind_dn");
    let error = load(&groups).unwrap_err();
    assert!(error.starts_with("FILE: directory.high_impact_groups: expected empty, or mail.url"), "{error}");
    let with_sms = format!("{groups}\n[sms]\nurl = \"https://sms.example.org\"");
    assert!(load(&with_sms).is_err(), "the thief of a phone would be the only one to hear of it");
    let with_mail = format!("{groups}\n[mail]\nurl = \"smtps://mail.example.org\"\nfrom = \"a@example.org\"");
    assert_eq!(load(&with_mail).unwrap().directory.high_impact_groups, ["CN=Directie,DC=a"]);
}

#[test]
fn directory_kind_restricts_the_other_settings() {
    let with = |lines: &str| load(&MINIMAL.replace("bind_dn", &format!("{lines}\nbind_dn")));
    assert_eq!(load(MINIMAL).unwrap().directory.kind, DirectoryKind::ActiveDirectory);
    let openldap = with("kind = \"openldap\"\ndefault_policy = \"cn=default,dc=a\"").unwrap();
    assert_eq!(openldap.directory.kind, DirectoryKind::OpenLdap);
    let error = with("kind = \"novell\"").unwrap_err();
    for part in ["FILE: directory.kind: ", "active_directory", "openldap"] {
        assert!(error.contains(part), "{error}");
    }
    let error = with("default_policy = \"cn=default,dc=a\"").unwrap_err();
    assert!(error.starts_with("FILE: directory.default_policy: expected nothing"), "{error}");
    let upn = MINIMAL
        .replace("bind_dn", "kind = \"openldap\"\nbind_dn")
        .replace("application_id", "user_attribute = \"userPrincipalName\"\napplication_id");
    let error = load(&upn).unwrap_err();
    assert!(error.starts_with("FILE: entrust.user_attribute: expected sAMAccountName"), "{error}");
}

#[test]
fn start_without_a_decoy_user_is_refused_and_explained() {
    for text in ["", "decoy_user = \"\"", "decoy_user = \" \""] {
        let error = load(&MINIMAL.replace("decoy_user = \"svc-decoy\"", text)).unwrap_err();
        assert!(
            error.starts_with("FILE: entrust.decoy_user: expected the user id of an Entrust user"),
            "{error}"
        );
        assert!(error.contains("docs/integrations/entrust.md"), "{error}");
    }
}

#[test]
fn unnamed_proxy_and_missing_mail_are_warnings() {
    let keys = |text: &str| load(text).unwrap().warnings().iter().map(|(key, _)| *key).collect::<Vec<_>>();
    assert_eq!(
        keys(MINIMAL),
        ["trusted_proxies", "registration.allowed_networks", "audit.signing_key_file", "mail.url"]
    );
    let otp = MINIMAL.replace("application_id", "authenticators = [\"OTP\"]\napplication_id");
    let unconfirmed =
        ["trusted_proxies", "registration.allowed_networks", "sms.url", "audit.signing_key_file", "mail.url"];
    assert_eq!(keys(&otp), unconfirmed, "numbers could not be confirmed");
    let mail = "[mail]\nurl = \"smtps://mail.example.org\"\nfrom = \"reset@example.org\"\n\
                [audit]\nsigning_key_file = \"audit.key\"\n\
                [registration]\nallowed_networks = [\"10.20.0.0/16\"]";
    let settings = format!("trusted_proxies = [\"127.0.0.1/32\"]\n{MINIMAL}\n{mail}");
    assert_eq!(keys(&settings), ["mail.url"], "the mailbox of the account is the only channel");
    for another in [
        "[sms]\nurl = \"https://sms.example.org\"",
        "[notices]\nprivate_mail_attribute = \"extensionAttribute1\"",
    ] {
        assert_eq!(keys(&format!("{settings}\n{another}")), [] as [&str; 0]);
    }
}

#[test]
fn alert_to_the_service_desk_needs_a_mail_server() {
    let error = load(&format!("{MINIMAL}\n[notices]\nalert_service_desk = true")).unwrap_err();
    assert!(error.starts_with("FILE: notices.alert_service_desk: expected false"), "{error}");
}

#[test]
fn missing_channel_for_notices_is_a_warning_that_cites_nist() {
    let reason = |text: &str| load(text).unwrap().warnings().into_iter().find(|(key, _)| *key == "mail.url");
    assert!(reason(MINIMAL).unwrap().1.contains("«every recovery SHALL cause a notification»"));
    let sms = format!("{MINIMAL}\n[sms]\nurl = \"https://sms.example.org\"");
    assert!(!reason(&sms).unwrap().1.contains("NIST"));
}

#[test]
fn entrust_administration_needs_application_and_secret() {
    let with = |lines: &str| load(&MINIMAL.replace("application_id", &format!("{lines}\napplication_id")));
    let (id, file) = ("admin_application_id = \"a\"", "admin_secret_file = \"secret\"");
    assert!(with(&format!("{id}\n{file}")).is_ok());
    for half in [id, file] {
        let error = with(half).unwrap_err();
        assert!(error.starts_with("FILE: entrust.admin_application_id: expected both"), "{error}");
    }
}

#[test]
fn accent_needs_contrast_to_white() {
    for (accent, is_valid) in
        [("#00637c", true), ("#7a1fa2", true), ("#ffcc00", false), ("red", false), ("#12345é", false)]
    {
        let loaded = load(&format!("{MINIMAL}\n[organisation]\naccent = \"{accent}\""));
        assert_eq!(loaded.is_ok(), is_valid, "{accent}");
    }
}

#[test]
fn missing_settings_file_is_an_error() {
    let error = Settings::load(Path::new("/nowhere/settings.toml")).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/settings.toml: "), "{error}");
}

#[test]
fn key_file_must_contain_exactly_32_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = load(MINIMAL).unwrap();
    settings.store.key_files = vec![folder.path().join("key")];
    std::fs::write(folder.path().join("key"), [7; 32]).unwrap();
    assert_eq!(*settings.keys().unwrap()[0], [7; 32]);
    std::fs::write(folder.path().join("key"), [7; 33]).unwrap();
    assert!(settings.keys().unwrap_err().to_string().ends_with("expected exactly 32 random bytes, found 33"));
}

#[test]
fn key_file_with_text_instead_of_random_bytes_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = load(MINIMAL).unwrap();
    for (content, is_warning) in [
        (&b"00112233445566778899aabbccddeeff"[..], true),
        (b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", true),
        (&[7; 32], false),
        (&[0xe9; 32], false),
        (b"00112233445566778899aabbccddeef\0", false),
    ] {
        let file = folder.path().join("key");
        std::fs::write(&file, content).unwrap();
        settings.store.key_files = vec![file];
        let keys: Vec<_> = settings.warnings().iter().map(|(key, _)| *key).collect();
        assert_eq!(keys.contains(&"store.key_files"), is_warning, "{content:?}");
    }
}
