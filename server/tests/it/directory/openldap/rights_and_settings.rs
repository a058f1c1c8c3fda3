//! Operator errors with slapd: missing or excess rights, unsuitable policies, misspelt settings.

use super::super::{found, now, username};
use super::{NEW, separate_slapd, shared_slapd, slapd_with_rights};
use app::domain::password::Password;
use end2end::directory::content::{BASE, STAFF, SVC_PASSWORD};
use end2end::people::FIRST_PASSWORD;
use end2end::slapd::{ADMINISTRATORS, DEFAULT_POLICY, Rights, SERVICE, STRICTER_POLICY, UNTRACKED_GROUP};
use server::adapters::ldap::{LdapConfig, OpenLdap};
use server::config::Settings;
use server::ports::directory::{Directory, DirectoryError, Eligibility, PasswordCheck, SetPasswordError};
use server::ports::health_finding::{Finding, State};

fn row<'a>(rows: &'a [Finding], part: &str) -> &'a Finding {
    rows.iter().find(|row| row.what.ends_with(part)).expect(part)
}

#[tokio::test]
async fn missing_group_or_subtree_is_an_error_and_not_an_unknown_account() {
    let running = shared_slapd().await;
    let misspelt = vec![format!("cn=Verschreven,{BASE}")];
    let base = running.config();
    for config in [
        LdapConfig { protected_groups: misspelt.clone(), ..base.clone() },
        LdapConfig { allowed_groups: misspelt.clone(), ..base.clone() },
        LdapConfig { excluded: misspelt.clone(), ..base.clone() },
        LdapConfig { default_policy: misspelt.first().cloned(), ..base.clone() },
    ] {
        let outcome = OpenLdap::new(config, now()).unwrap().find(&username("A.Janssen")).await;
        assert!(matches!(outcome, Err(DirectoryError::Unreachable { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn default_policy_must_be_configured_if_there_are_several() {
    let running = shared_slapd().await;
    let ldap = OpenLdap::new(LdapConfig { default_policy: None, ..running.config() }, now()).unwrap();
    let anna = found(&ldap, "A.Janssen").await;
    let error = ldap.policy(&anna).await.unwrap_err();
    assert!(error.to_string().contains("directory.default_policy"), "{error}");
    // An explicitly assigned policy needs no default.
    assert_eq!(ldap.policy(&found(&ldap, "F.Vermeulen").await).await.unwrap().min_length, 16);
}

#[tokio::test]
async fn policy_requiring_the_old_password_is_an_operator_error() {
    let (running, ldap) = separate_slapd().await;
    running.slapd.set_at(STRICTER_POLICY, "pwdSafeModify", Some("TRUE")).unwrap();
    let fatma = found(&ldap, "F.Vermeulen").await;
    match ldap.set_password(&fatma, &Password::new("Molen-Wiek-Wind-Water-8")).await {
        Err(SetPasswordError::NotWritten(error @ DirectoryError::Answer { .. })) => {
            assert!(error.to_string().contains("pwdSafeModify"), "{error}");
        }
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn write_outside_the_delegated_ou_is_denied() {
    let running = shared_slapd().await;
    let domain_wide = LdapConfig { base_dn: BASE.to_owned(), ..running.config() };
    let ldap = OpenLdap::new(domain_wide, now()).unwrap();
    let administrator = found(&ldap, "Administrator").await;
    assert_eq!(administrator.eligibility, Eligibility::Privileged);
    match ldap.set_password(&administrator, &Password::new(NEW)).await {
        Err(SetPasswordError::NotWritten(DirectoryError::Answer { code: 50, .. })) => {}
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn excess_rights_are_reported_and_the_new_password_still_works() {
    let (_running, ldap) = slapd_with_rights(Rights::Excessive).await;
    let anna = found(&ldap, "A.Janssen").await;
    let rows = ldap.check().await;
    for part in ["rights", "secrets", "history"] {
        assert_eq!(row(&rows, part).state, State::Warning, "{rows:#?}");
    }
    assert!(row(&rows, "rights").detail.contains("description"), "{rows:#?}");
    // The checked operations changed nothing.
    assert_eq!(found(&ldap, "A.Janssen").await, anna);
    assert_eq!(ldap.verify_password(&anna, &Password::new(FIRST_PASSWORD)).await.unwrap(), Some(true));
    // With `manage`, slapd forces a change of each password that is set; the adapter removes that flag.
    ldap.set_password(&anna, &Password::new(NEW)).await.unwrap();
    assert_eq!(ldap.sign_in(Some(&anna), &Password::new(NEW), 2).await.unwrap(), PasswordCheck::Right);
}

#[tokio::test]
async fn missing_rights_are_reported() {
    let (_running, ldap) = slapd_with_rights(Rights::ReadOnly).await;
    let anna = found(&ldap, "A.Janssen").await;
    assert_eq!(row(&ldap.check().await, "rights").state, State::Bad);
    match ldap.set_password(&anna, &Password::new(NEW)).await {
        Err(SetPasswordError::NotWritten(DirectoryError::Answer { code: 50, .. })) => {}
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn unreadable_account_status_is_an_error() {
    let (_running, ldap) = slapd_with_rights(Rights::NoLockoutState).await;
    let error = ldap.find(&username("A.Janssen")).await.unwrap_err();
    assert!(error.to_string().contains("pwdAccountLockedTime"), "{error}");
    assert_eq!(row(&ldap.check().await, "bind").state, State::Bad);
}

#[tokio::test]
async fn group_without_readable_membership_is_an_error() {
    let running = shared_slapd().await;
    let unseen = vec![UNTRACKED_GROUP.to_owned()];
    for config in [
        LdapConfig { protected_groups: unseen.clone(), ..running.config() },
        LdapConfig { allowed_groups: unseen.clone(), ..running.config() },
    ] {
        let error = OpenLdap::new(config, now()).unwrap().find(&username("A.Janssen")).await.unwrap_err();
        assert!(error.to_string().contains("memberOf"), "{error}");
    }
}

#[tokio::test]
async fn entry_that_no_account_can_show_as_its_group_is_an_error() {
    let running = shared_slapd().await;
    // An organizational unit; a posixGroup is refused in the same way.
    let unit = vec![STAFF.to_owned()];
    for config in [
        LdapConfig { protected_groups: unit.clone(), ..running.config() },
        LdapConfig { high_impact_groups: unit.clone(), ..running.config() },
        LdapConfig { allowed_groups: unit.clone(), ..running.config() },
    ] {
        let error = OpenLdap::new(config, now()).unwrap().find(&username("A.Janssen")).await.unwrap_err();
        assert!(error.to_string().contains("is no groupOfNames"), "{error}");
    }
}

#[tokio::test]
async fn check_warns_if_no_group_is_protected() {
    let running = shared_slapd().await;
    let config = LdapConfig { protected_groups: Vec::new(), ..running.config() };
    let rows = OpenLdap::new(config, now()).unwrap().check().await;
    assert_eq!(row(&rows, "administrators").state, State::Warning);
}

#[tokio::test]
async fn settings_select_the_openldap_adapter() {
    let running = shared_slapd().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("password"), SVC_PASSWORD).unwrap();
    std::fs::write(path("key"), [7; 32]).unwrap();
    let (url, trusted) = (running.slapd.url(), running.trust.file.path().display());
    let (here, settings_file) = (folder.path().display(), path("settings.toml"));
    let text = format!(
        r#"
            public_url = "https://reset.example.org"
            audit_file = "{here}/audit.jsonl"
            [directory]
            kind = "openldap"
            urls = ["{url}"]
            ca_file = "{trusted}"
            bind_dn = "{SERVICE}"
            bind_password_file = "{here}/password"
            base_dn = "{STAFF}"
            protected_groups = ["{ADMINISTRATORS}"]
            default_policy = "{DEFAULT_POLICY}"
            [entrust]
            url = "https://example.trustedauth.com"
            application_id = "11111111-1111-1111-1111-111111111111"
            decoy_user = "decoy"
            [store]
            url = "sqlite:{here}/reset.db"
            key_files = ["{here}/key"]
        "#
    );
    std::fs::write(&settings_file, text).unwrap();
    let deps = server::wiring::deps(&Settings::load(&settings_file).unwrap()).await.unwrap();
    let directory = &*deps.directory;
    let anna = found(directory, "A.Janssen").await;
    assert_eq!(directory.policy(&anna).await.unwrap().min_length, 12);
    assert_eq!(found(directory, "D.Willems").await.eligibility, Eligibility::Privileged);
}
