//! Whether what the product needs is held: read from the permissions of some accounts, and not tried. Not what is
//! held beyond that.

use super::super::super::connection::LdapFailure;
use super::super::super::entry::Entry;
use super::super::super::sid::Sid;
use super::super::Session;
use super::super::account::USER_ACCOUNT;
use super::super::security_descriptor::{Descriptor, right};
use super::PART;
use super::required_right::{self, LAST_SET, Need, READ, RESET, UNLOCK, quoted};
use super::service::Service;
use crate::ports::health_finding::Finding;
use ldap3::Scope;

/// Accounts that are looked at: enough to meet one where something keeps the delegation away.
const SAMPLE: i32 = 20;
/// Who may do what with an object.
pub(super) const PERMISSIONS: &str = "nTSecurityDescriptor";
/// What the server says that we may write of an object.
pub(super) const WRITABLE: &str = "allowedAttributesEffective";

/// Whether a right is held on one object.
pub(super) enum Held {
    /// It is, by what was given to this identifier.
    By(Sid),
    No,
    /// The object does not tell.
    Untold,
}

impl Held {
    fn of(by: Option<Sid>) -> Self {
        by.map_or(Self::No, Self::By)
    }
}

/// An account, or something else, with what is told of our rights to it.
pub(super) struct Sample {
    pub(super) dn: String,
    pub(super) permissions: Option<Descriptor>,
    pub(super) writable: Vec<String>,
    policy: Option<String>,
}

impl Sample {
    pub(super) const ATTRIBUTES: [&str; 3] = [PERMISSIONS, WRITABLE, "msDS-ResultantPSO"];

    pub(super) fn of(entry: Entry) -> Self {
        Self {
            permissions: entry.bytes(PERMISSIONS).and_then(Descriptor::parse),
            writable: entry.texts(WRITABLE).into_iter().map(str::to_owned).collect(),
            policy: entry.text("msDS-ResultantPSO").map(str::to_owned),
            dn: entry.dn,
        }
    }

    /// Whether its password may be reset.
    pub(super) fn resets(&self, service: &Service) -> Held {
        match &self.permissions {
            Some(permissions) => Held::of(permissions.grants(&service.sids, right::CONTROL_ACCESS, &[RESET])),
            None => Held::Untold,
        }
    }

    /// By the permissions; where those are not told, by what the server says.
    fn writes(&self, service: &Service, need: &Need, attribute: &str) -> Held {
        let about = need.about(attribute);
        match &self.permissions {
            Some(permissions) if !about.is_empty() => {
                Held::of(permissions.grants(&service.sids, right::WRITE_PROPERTY, &about))
            }
            Some(_) | None if self.writable.is_empty() => Held::Untold,
            Some(_) | None => {
                let named = self.writable.iter().any(|one| one.eq_ignore_ascii_case(attribute));
                Held::of(named.then(|| service.sid.clone()))
            }
        }
    }

    fn reads(&self, service: &Service, need: &Need) -> Held {
        let Some(permissions) = &self.permissions else { return Held::Untold };
        let grants = |attribute: &&str| {
            permissions.grants(&service.sids, right::READ_PROPERTY, &need.about(attribute))
        };
        let each: Option<Vec<Sid>> = READ.iter().map(grants).collect();
        Held::of(each.and_then(|by| by.into_iter().next()))
    }
}

/// A row for each right.
pub(super) async fn rows(
    session: &mut Session,
    service: &Service,
    need: &Need,
    name: &str,
) -> Result<Vec<Finding>, LdapFailure> {
    let what = |part: &str| format!("{name} right: {part}");
    let filter = format!("(&{USER_ACCOUNT}(!(adminCount=1)))");
    let base = need.base.clone();
    let some = session.connection.some(&base, Scope::Subtree, &filter, &Sample::ATTRIBUTES, SAMPLE).await?;
    let sample: Vec<Sample> = some.into_iter().map(Sample::of).collect();
    if sample.is_empty() {
        return Ok(vec![Finding::bad(
            PART,
            what("reset password"),
            format!("no account is seen under {base}"),
        )]);
    }
    let tally = |held: &dyn Fn(&Sample) -> Held| Tally::of(&sample, held);
    let mut rows = vec![
        tally(&|one| one.resets(service)).row(what("reset password"), || need.give_reset(service)),
        tally(&|one| one.writes(service, need, UNLOCK))
            .row(what("write lockoutTime"), || need.give_write(service, UNLOCK)),
    ];
    if let Some(attribute) = &need.mobile {
        let row = tally(&|one| one.writes(service, need, attribute));
        rows.push(row.row(what(&format!("write {attribute}")), || need.give_write(service, attribute)));
    }
    let set = tally(&|one| one.writes(service, need, LAST_SET)).held > 0;
    let told = "not needed: every reset sets it by itself";
    let held = if set { "held, though " } else { "not held, and " };
    rows.push(Finding::good(PART, what("write pwdLastSet"), format!("{held}{told}")));
    rows.push(tally(&|one| one.reads(service, need)).row(what("read accounts"), || need.give_read(service)));
    rows.push(policies(session, service, &sample, what("read fine-grained policies")).await?);
    Ok(rows)
}

/// How many of the sample a right is held on.
struct Tally<'a> {
    held: usize,
    of: usize,
    lacking: Option<&'a Sample>,
    untold: usize,
}

impl<'a> Tally<'a> {
    fn of(sample: &'a [Sample], held: &dyn Fn(&Sample) -> Held) -> Self {
        let mut tally = Self { held: 0, of: sample.len(), lacking: None, untold: 0 };
        for one in sample {
            match held(one) {
                Held::By(_) => tally.held += 1,
                Held::No => tally.lacking = tally.lacking.or(Some(one)),
                Held::Untold => tally.untold += 1,
            }
        }
        tally
    }

    fn row(&self, what: String, give: impl Fn() -> Vec<String>) -> Finding {
        let Self { held, of, lacking, untold } = *self;
        match lacking {
            Some(_) if held == 0 => Finding::bad(PART, what, "not held").with_remediation(give()),
            Some(one) => {
                let lacks = of - held - untold;
                let (why, remediation) = kept_away(one);
                let detail = format!(
                    "held, but not on {lacks} of the {of} accounts looked at, e.g. {}: {why}",
                    one.dn
                );
                Finding::warning(PART, what, detail).with_remediation(remediation)
            }
            None if held == 0 => {
                let detail = "cannot be told: the permissions of accounts may not be read; `check --test-user NAME` proves it \
                              by a reset";
                Finding::warning(PART, what, detail)
            }
            None => Finding::good(PART, what, format!("held on the {held} accounts looked at")),
        }
    }
}

fn kept_away(one: &Sample) -> (&'static str, Vec<String>) {
    if one.permissions.as_ref().is_some_and(|permissions| permissions.is_protected) {
        ("it inherits no permissions", vec![format!("dsacls {} /P:N", quoted(&one.dn))])
    } else {
        ("something denies it there", vec![format!("dsacls {}", quoted(&one.dn))])
    }
}

/// The fine-grained policies lie apart, and nobody but administrators may read them as they come.
async fn policies(
    session: &mut Session,
    service: &Service,
    sample: &[Sample],
    what: String,
) -> Result<Finding, LdapFailure> {
    const READABLE: &str = "(msDS-MinimumPasswordLength=*)";
    let container = format!("CN=Password Settings Container,CN=System,{}", session.realm.root);
    let give = required_right::give_policies(&container, service);
    for dn in sample.iter().filter_map(|one| one.policy.as_deref()) {
        if session.connection.one(dn, READABLE, &["1.1"]).await?.is_none() {
            let detail = format!("not held: {dn} cannot be read, and whoever is under it cannot be served");
            return Ok(Finding::bad(PART, what, detail).with_remediation(give));
        }
    }
    let own = session.connection.some(&container, Scope::Base, super::ANY, &Sample::ATTRIBUTES, 0).await?;
    let permissions = own.into_iter().next().and_then(|entry| Sample::of(entry).permissions);
    let may = |permissions: &Descriptor, right| permissions.grants(&service.sids, right, &[]).is_some();
    let held = permissions.is_some_and(|permissions| {
        may(&permissions, right::READ_PROPERTY) && may(&permissions, right::LIST_CHILDREN)
    });
    if !held {
        let detail = "not held: whoever is under a fine-grained policy cannot be served";
        return Ok(Finding::bad(PART, what, detail).with_remediation(give));
    }
    let filter = format!("(&(objectClass=msDS-PasswordSettings){READABLE})");
    let there = session.connection.some(&container, Scope::OneLevel, &filter, &["1.1"], 1000).await?.len();
    Ok(Finding::good(PART, what, format!("held; there are {there}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::health_finding::State;

    #[test]
    fn a_right_that_some_accounts_keep_away_is_a_warning_and_names_one() {
        let (dn, none) = ("CN=a,DC=b".to_owned(), Vec::new());
        let one = Sample { dn, permissions: None, writable: none, policy: None };
        let row = |held, lacking, untold| {
            Tally { held, of: 20, lacking, untold }.row("right".to_owned(), || vec!["give".to_owned()])
        };
        let some = row(18, Some(&one), 1);
        assert_eq!(some.state, State::Warning);
        assert!(some.detail.starts_with("held, but not on 1 of the 20 accounts looked at, e.g. CN=a,DC=b: "));
        assert_eq!(
            (row(0, Some(&one), 0).state, row(0, Some(&one), 0).remediation),
            (State::Bad, vec!["give".to_owned()])
        );
        assert_eq!(row(0, None, 20).state, State::Warning);
        assert_eq!(row(20, None, 0).state, State::Good);
    }
}
