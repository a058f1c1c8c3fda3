//! Where a registration stands.

use super::{Read, Value};
use crate::registration::{
    Activation, App, Known, Overview, Point, Proposed, Qr, Readiness, Registration, Source, Stage,
};

impl Read for Registration {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            step: value.get("step")?,
            username: value.get("username")?,
            expires_in: value.get("expires_in")?,
            overview: value.get("overview")?,
        })
    }
}

impl Read for Stage {
    fn read(value: &Value) -> Option<Self> {
        match value.str() {
            "sign_in" => Some(Self::SignIn),
            "code" => Some(Self::Code),
            "overview" => Some(Self::Overview),
            _ => None,
        }
    }
}

impl Read for Overview {
    fn read(value: &Value) -> Option<Self> {
        #[expect(
            clippy::cast_possible_wrap,
            reason = "seconds since 1970, read as a whole number below 2^53"
        )]
        let time = value.get::<u64>("time")? as i64;
        Some(Self {
            may_change: value.get("may_change")?,
            birthdate: value.get("birthdate")?,
            birthdate_elsewhere: value.get("birthdate_elsewhere")?,
            mobile: value.get("mobile")?,
            proposed_birthdate: value.get("proposed_birthdate")?,
            proposed_mobile: value.get("proposed_mobile")?,
            confirming: value.get("confirming")?,
            app: value.get("app")?,
            can_activate: value.get("can_activate")?,
            activation: value.get("activation")?,
            points: value.get("points")?,
            time,
        })
    }
}

impl Read for Known {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            masked: value.get("masked")?,
            source: value.get("source")?,
            since: value.get("since")?,
            confirmed: value.get("confirmed")?,
            usable_in: value.get("usable_in")?,
        })
    }
}

impl Read for Proposed {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { masked: value.get("masked")?, since: value.get("since")? })
    }
}

impl Read for Source {
    fn read(value: &Value) -> Option<Self> {
        match value.str() {
            "employee" => Some(Self::Employee),
            "hr" => Some(Self::Hr),
            "directory" => Some(Self::Directory),
            _ => None,
        }
    }
}

impl Read for App {
    fn read(value: &Value) -> Option<Self> {
        match value.str() {
            "active" => Some(Self::Active),
            "none" => Some(Self::None),
            "activating" => Some(Self::Activating),
            "locked" => Some(Self::Locked),
            "unknown" => Some(Self::Unknown),
            _ => None,
        }
    }
}

impl Read for Activation {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { link: value.get("link")?, qr: value.get("qr")?, password: value.get("password")? })
    }
}

impl Read for Qr {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { size: value.get("size")?, path: value.get("path")? })
    }
}

impl Read for Point {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { point: value.get("point")?, ready: value.get("ready")? })
    }
}

impl Read for Readiness {
    fn read(value: &Value) -> Option<Self> {
        match value.str() {
            "scope" => Some(Self::Scope),
            "birthdate" => Some(Self::Birthdate),
            "mobile" => Some(Self::Mobile),
            "app" => Some(Self::App),
            _ => None,
        }
    }
}
