//! What the browser may know of a session: masked numbers, days, and whether everything is there for a reset.
//! It decides nothing.

use super::session::{Open, Proof, SignedIn, Stage};
use super::{EnrollmentService, values};
use crate::ports::records::{Proposal, Record, Registered};
use crate::reset::ResetService;
use crate::reset::state::projection::seconds_until;
use app::api::enrollment_state::{App, Known, Overview, Point, Proposed, Readiness, Registration, Source};
use app::api::refusal::Refusal;
use jiff::Timestamp;

impl EnrollmentService {
    /// The answer that shows where the session stands.
    pub(super) async fn show(&self, open: &Open) -> Result<Registration, Refusal> {
        match &open.session.stage {
            Stage::AwaitingCode | Stage::Checking { .. } => Ok(Registration {
                step: app::api::enrollment_state::Stage::Code,
                username: Some(open.session.username.to_string()),
                expires_in: Some(open.expires_in(self.reset.now())),
                overview: None,
            }),
            Stage::SignedIn(signed_in) => self.overview(open, signed_in).await,
        }
    }

    pub(super) async fn overview(&self, open: &Open, signed_in: &SignedIn) -> Result<Registration, Refusal> {
        let kept = self.reset.parts().records.load(open.session.account).await;
        let kept = kept.map_err(|error| ResetService::store_away(&error))?;
        let record = kept.map(|kept| kept.record).unwrap_or_default();
        Ok(Registration {
            step: app::api::enrollment_state::Stage::Overview,
            username: Some(open.session.username.to_string()),
            expires_in: Some(open.expires_in(self.reset.now())),
            overview: Some(self.overview_of(open, signed_in, &record)),
        })
    }

    fn overview_of(&self, open: &Open, signed_in: &SignedIn, record: &Record) -> Overview {
        let now = self.reset.now();
        let (keys, account) = (&self.reset.parts().keys, open.session.account);
        let masked = |sealed: &_| values::open(keys, account, sealed).map(|number| number.masked());
        let seen = &signed_in.seen;
        let from_directory = |masked: String| Known {
            masked,
            source: Source::Directory,
            since: String::new(),
            confirmed: false,
            usable_in: 0,
        };
        let birthdate = if self.reset.terms().birthdate_from_directory {
            seen.birthdate.then(|| from_directory(String::new()))
        } else {
            record.birthdate.as_ref().map(|value| known(value, String::new(), now))
        };
        let mobile = match &record.mobile {
            Some(value) => Some(known(value, masked(&value.value).unwrap_or_default(), now)),
            None => seen.mobile.clone().map(from_directory),
        };
        let app_usable = record.app_usable_from.is_none_or(|from| from <= now);
        let is_usable = |known: &Option<Known>| known.as_ref().is_some_and(|known| known.usable_in == 0);
        let confirmed = |known: &Option<Known>| {
            !self.terms.confirm_numbers || known.as_ref().is_some_and(|known| known.confirmed)
        };
        let points = [
            (Readiness::Scope, seen.eligible),
            (Readiness::Birthdate, is_usable(&birthdate)),
            (Readiness::Mobile, is_usable(&mobile) && confirmed(&mobile)),
            (Readiness::App, seen.app == App::Active && app_usable),
        ];
        Overview {
            may_change: may_change(signed_in),
            birthdate,
            birthdate_elsewhere: self.reset.terms().birthdate_from_directory,
            mobile,
            proposed_birthdate: proposed(record.proposed_birthdate.as_ref(), |_| String::new()),
            proposed_mobile: proposed(record.proposed_mobile.as_ref(), |sealed| {
                masked(sealed).unwrap_or_default()
            }),
            confirming: signed_in.pending.as_ref().is_some_and(|pending| pending.until > now),
            app: seen.app,
            can_activate: self.onboarding().can_activate(),
            activation: signed_in.activation.as_ref().map(|(_, activation)| activation.clone()),
            points: points.map(|(point, ready)| Point { point, ready }).into(),
            time: now.as_second(),
        }
    }
}

/// Only for who may use the reset, and with all the proof there can be.
pub(super) fn may_change(signed_in: &SignedIn) -> bool {
    let proven = match (signed_in.proof, signed_in.seen.app) {
        (Proof::Code, _) | (Proof::Password, App::None | App::Activating) => true,
        (Proof::Password, App::Active | App::Locked | App::Unknown) => false,
    };
    signed_in.seen.eligible && proven
}

fn known<T>(value: &Registered<T>, masked: String, now: Timestamp) -> Known {
    Known {
        masked,
        source: value.source,
        since: day(value.since),
        confirmed: value.confirmed,
        usable_in: seconds_until(value.usable_from, now),
    }
}

fn proposed<T>(proposal: Option<&Proposal<T>>, masked: impl Fn(&T) -> String) -> Option<Proposed> {
    let proposal = proposal.filter(|proposal| !proposal.declined)?;
    Some(Proposed { masked: masked(&proposal.value), since: day(proposal.since) })
}

/// The day (UTC), as ISO.
fn day(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}
