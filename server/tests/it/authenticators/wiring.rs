//! The implementation of the authenticators port that the settings select, and settings that are refused.

use super::world::people;
use app::api::enrollment_state::App;
use end2end::entrust::{ADMIN_APPLICATION_ID, ADMIN_SECRET, APPLICATION_ID, Entrust, Options};
use server::config::Settings;
use std::path::Path;

fn settings(folder: &Path, entrust: &str, more: &str) -> Settings {
    let file = folder.join("settings.toml");
    let text = format!(
        "public_url = \"https://reset.example.org\"\n[directory]\nurls = [\"ldaps://dc1.example.org\"]\n\
         bind_dn = \"svc\"\nbind_password_file = \"password\"\nbase_dn = \"DC=example\"\n[store]\n\
         key_files = [\"key\"]\n[entrust]\nurl = \"{entrust}\"\napplication_id = \"{APPLICATION_ID}\"\ndecoy_user = \"decoy\"\n{more}\n"
    );
    std::fs::write(&file, text).unwrap();
    Settings::load(&file).unwrap()
}

#[tokio::test]
async fn credentials_decide_whether_activation_is_available() {
    let entrust = Entrust::start(people(), Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let without = server::authenticators(&settings(folder.path(), entrust.url(), "")).unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, format!("{ADMIN_SECRET}\n")).unwrap();
    let credentials = format!(
        "admin_application_id = \"{ADMIN_APPLICATION_ID}\"\nadmin_secret_file = '{}'",
        secret.display()
    );
    let settings = settings(folder.path(), entrust.url(), &credentials);
    let with = server::authenticators(&settings).unwrap();
    assert_eq!((without.can_activate(), with.can_activate()), (false, true));
    for authenticators in [without, with] {
        assert_eq!(authenticators.app("A.Janssen").await.unwrap(), App::Active);
        assert_eq!(authenticators.app("E.Hendriks").await.unwrap(), App::None);
    }

    std::fs::remove_file(&secret).unwrap();
    let error = server::authenticators(&settings).err().unwrap().to_string();
    assert!(error.starts_with("entrust.admin_secret_file: "), "{error}");
}

#[tokio::test]
async fn admin_secret_is_sent_to_another_host_over_tls_only() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, ADMIN_SECRET).unwrap();
    let credentials = format!("admin_application_id = \"a\"\nadmin_secret_file = '{}'", secret.display());
    let settings = settings(folder.path(), "http://customer.us.trustedauth.com", &credentials);
    let error = server::authenticators(&settings).err().unwrap().to_string();
    assert!(error.starts_with("entrust: entrust.url: expected https:// for another machine"), "{error}");
}
