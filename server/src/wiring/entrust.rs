//! The code provider Entrust, from `[entrust]`.

use super::invalid_settings;
use crate::adapters::clock::SystemClock;
use crate::adapters::entrust::{self, Entrust, EntrustAuthenticators};
use crate::adapters::entrust_admin::{self, EntrustAdmin};
use crate::config::Settings;
use crate::ports::authenticators::Authenticators;
use crate::ports::clock::Clock as _;
use crate::ports::otp_provider::OtpProvider;
use crate::ports::otp_provider::ProviderUserName;
use std::sync::Arc;

/// Creates the code provider.
pub(super) fn otp_provider(settings: &Settings) -> anyhow::Result<Arc<dyn OtpProvider>> {
    let entrust = Entrust::new(entrust_config(settings));
    Ok(Arc::new(entrust.map_err(|error| invalid_settings("entrust", error))?))
}

/// Creates the authenticator management: Entrust's Administration API if its credentials are configured, otherwise
/// only the state that the Authentication API shows.
pub fn authenticators(settings: &Settings) -> anyhow::Result<Arc<dyn Authenticators>> {
    let entrust = &settings.entrust;
    let (Some(application_id), Some(file)) = (&entrust.admin_application_id, &entrust.admin_secret_file)
    else {
        let read_only = EntrustAuthenticators::new(entrust_config(settings))
            .map_err(|error| invalid_settings("entrust", error))?;
        return Ok(Arc::new(read_only));
    };
    let secret = crate::config::secret("entrust.admin_secret_file", file)?;
    let config = entrust_admin::EntrustAdminConfig {
        decoy_user: entrust.decoy_user.clone(),
        by_alias: entrust.user_attribute != ProviderUserName::Login,
        ca_file: entrust.ca_file.clone(),
        connect_timeout: entrust.connect_timeout,
        timeout: entrust.timeout,
        ..entrust_admin::EntrustAdminConfig::new(entrust.url.clone(), application_id.clone(), secret)
    };
    let admin = EntrustAdmin::new(config, Arc::new(|| SystemClock.now()))
        .map_err(|error| invalid_settings("entrust", error))?;
    Ok(Arc::new(admin))
}

fn entrust_config(settings: &Settings) -> entrust::EntrustConfig {
    let entrust = &settings.entrust;
    entrust::EntrustConfig {
        decoy_user: entrust.decoy_user.clone(),
        methods: entrust.authenticators.clone(),
        by_alias: entrust.user_attribute != ProviderUserName::Login,
        connect_timeout: entrust.connect_timeout,
        timeout: entrust.timeout,
        ca_file: entrust.ca_file.clone(),
        ..entrust::EntrustConfig::new(entrust.url.clone(), entrust.application_id.clone())
    }
}
