//! Checks that `entrust.decoy_user` is not a person: wrong codes of other people would lock that user, and it could be
//! distinguished from an unknown name.

use app::domain::username::Username;
use server::config::Settings;
use server::ports::health_finding::Finding;
use server::reset::ServiceDeps;

pub(super) async fn check(settings: &Settings, deps: &ServiceDeps) -> Option<Finding> {
    let decoy = settings.entrust.decoy_user.as_deref()?;
    let what = format!("decoy {decoy}, person");
    // A name that the directory cannot have belongs to no account.
    let Ok(name) = Username::parse(decoy, &settings.organisation.domains) else {
        return Some(Finding::good("entrust", what, "no user name of the directory"));
    };
    match deps.directory.find(&name).await {
        Ok(None) => Some(Finding::good("entrust", what, "no account of the directory has this name")),
        Ok(Some(_)) => Some(Finding::bad(
            "entrust",
            what,
            "an account of the directory has this name: set entrust.decoy_user to a user who is not a person",
        )),
        // The findings of the directory say what is wrong.
        Err(_) => None,
    }
}
