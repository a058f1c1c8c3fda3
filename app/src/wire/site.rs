//! What the organisation says about itself.

use super::{Read, Value};
use crate::site::{Language, Links, Localised, Organisation, ServiceDesk, Site};
use crate::username::Domains;

impl Read for Site {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            organisation: value.get("organisation")?,
            rules: value.get("rules")?,
            ways: value.get("ways")?,
            kept_days: value.get("kept_days")?,
            waiting_seconds: value.get("waiting_seconds")?,
        })
    }
}

impl Read for Organisation {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            name: value.get("name")?,
            title: value.get("title")?,
            welcome: value.get("welcome")?,
            introduction: value.get("introduction")?,
            domains: value.get("domains")?,
            service_desk: value.get("service_desk")?,
            hr: value.get("hr")?,
            applications: value.get("applications")?,
            languages: value.get("languages")?,
            links: value.get("links")?,
            accent: value.get("accent")?,
        })
    }
}

impl Read for Domains {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { suffixes: value.get("suffixes")?, prefixes: value.get("prefixes")? })
    }
}

impl Read for ServiceDesk {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            name: value.get("name")?,
            phone: value.get("phone")?,
            phone_link: value.get("phone_link")?,
            mail: value.get("mail")?,
            hours: value.get("hours")?,
        })
    }
}

impl Read for Links {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            play_store: value.get("play_store")?,
            app_store: value.get("app_store")?,
            privacy: value.get("privacy")?,
            registration: value.get("registration")?,
        })
    }
}

impl Read for Localised {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { nl: value.get("nl")?, en: value.get("en")? })
    }
}

impl Read for Language {
    fn read(value: &Value) -> Option<Self> {
        Self::from_tag(value.str())
    }
}
