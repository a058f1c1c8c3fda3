//! The projection of an enrollment session to what the browser may know: masked numbers, days, and whether all
//! requirements of a reset are met.

use super::EnrollmentService;
use super::session::{Open, SignInProof, SignInStage, SignedIn};
use crate::ports::records::{Proposal, Record, RegisteredValue};
use crate::record_values;
use crate::reset::failure::store_unavailable;
use crate::reset::state::projection::seconds_until;
use app::api::enrollment_state::{App, Known, Overview, Point, Proposed, Readiness, Registration, Source};
use app::api::refusal::Refusal;
use jiff::Timestamp;

impl EnrollmentService {
    /// Returns the state of the session.
    pub(super) async fn show(&self, open: &Open) -> Result<Registration, Refusal> {
        match &open.session.stage {
            SignInStage::AwaitingCode | SignInStage::Checking { .. } => Ok(Registration {
                step: app::api::enrollment_state::Stage::Code,
                username: Some(open.session.username.to_string()),
                expires_in: Some(open.session.expires_in(self.clock.now())),
                overview: None,
            }),
            SignInStage::SignedIn(signed_in) => self.overview(open, signed_in).await,
        }
    }

    pub(super) async fn overview(&self, open: &Open, signed_in: &SignedIn) -> Result<Registration, Refusal> {
        let stored = self.records.load(open.session.account).await;
        let stored = stored.map_err(|error| store_unavailable(&error))?;
        let record = stored.map(|stored| stored.record).unwrap_or_default();
        Ok(Registration {
            step: app::api::enrollment_state::Stage::Overview,
            username: Some(open.session.username.to_string()),
            expires_in: Some(open.session.expires_in(self.clock.now())),
            overview: Some(self.overview_of(open, signed_in, &record)),
        })
    }

    fn overview_of(&self, open: &Open, signed_in: &SignedIn, record: &Record) -> Overview {
        let now = self.clock.now();
        let (keys, account) = (&self.keys, open.session.account);
        let masked = |sealed: &_| record_values::open(keys, account, sealed).map(|number| number.masked());
        let seen = &signed_in.seen;
        let from_directory = |masked: String| Known {
            masked,
            source: Source::Directory,
            since: String::new(),
            confirmed: false,
            usable_in: 0,
        };
        let birthdate = if self.shared.accounts.birthdate_from_directory() {
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
            !self.config.confirm_numbers || known.as_ref().is_some_and(|known| known.confirmed)
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
            birthdate_elsewhere: self.shared.accounts.birthdate_from_directory(),
            mobile,
            proposed_birthdate: proposed(record.proposed_birthdate.as_ref(), |_| String::new()),
            proposed_mobile: proposed(record.proposed_mobile.as_ref(), |sealed| {
                masked(sealed).unwrap_or_default()
            }),
            confirming: signed_in.pending.as_ref().is_some_and(|pending| pending.until > now),
            app: seen.app,
            can_activate: self.authenticators.can_activate(),
            activation: signed_in.activation.as_ref().map(|(_, activation)| activation.clone()),
            points: points.map(|(point, ready)| Point { point, ready }).into(),
            time: now.as_second(),
        }
    }
}

/// Returns whether the session may change values: the account is eligible, and if it has an app, the app's code was
/// verified.
pub(super) fn may_change(signed_in: &SignedIn) -> bool {
    let is_proven = match (signed_in.proof, signed_in.seen.app) {
        (SignInProof::Code, _) | (SignInProof::Password, App::None | App::Activating) => true,
        (SignInProof::Password, App::Active | App::Locked | App::Unknown) => false,
    };
    signed_in.seen.eligible && is_proven
}

fn known<T>(value: &RegisteredValue<T>, masked: String, now: Timestamp) -> Known {
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

/// Returns the day (UTC) in ISO 8601.
fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}
