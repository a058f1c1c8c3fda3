//! Objects with the service account's rights to them.

use super::super::super::entry::Entry;
use super::super::super::failure::LdapFailure;
use super::super::super::sid::Sid;
use super::super::domain_info::Session;
use super::super::security_descriptor::{Descriptor, right};
use super::required_rights::{READ_ATTRIBUTES, RESET_PASSWORD, RequiredRights};
use super::service::ServiceAccount;
use ldap3::Scope;

/// Attribute with the security descriptor.
const PERMISSIONS: &str = "nTSecurityDescriptor";
/// Attribute with the names of the attributes that the service account may write, computed by the server.
const WRITABLE: &str = "allowedAttributesEffective";

/// Whether a right is held on an object.
pub(super) enum RightState {
    /// Granted to this SID.
    Granted(Sid),
    Missing,
    /// The object does not show it.
    Unknown,
}

impl RightState {
    fn from_grant(sid: Option<Sid>) -> Self {
        sid.map_or(Self::Missing, Self::Granted)
    }
}

/// An account or another object, with the service account's rights to it.
pub(super) struct Sample {
    pub(super) dn: String,
    pub(super) permissions: Option<Descriptor>,
    pub(super) writable: Vec<String>,
    pub(super) policy: Option<String>,
}

impl Sample {
    pub(super) const ATTRIBUTES: [&str; 3] = [PERMISSIONS, WRITABLE, "msDS-ResultantPSO"];

    pub(super) fn from_entry(entry: Entry) -> Self {
        Self {
            permissions: entry.bytes(PERMISSIONS).and_then(Descriptor::parse),
            writable: entry.texts(WRITABLE).into_iter().map(str::to_owned).collect(),
            policy: entry.text("msDS-ResultantPSO").map(str::to_owned),
            dn: entry.dn,
        }
    }

    /// Whether the service account may reset its password.
    pub(super) fn reset_right(&self, service: &ServiceAccount) -> RightState {
        match &self.permissions {
            Some(permissions) => RightState::from_grant(permissions.grants(
                &service.sids,
                right::CONTROL_ACCESS,
                &[RESET_PASSWORD],
            )),
            None => RightState::Unknown,
        }
    }

    /// Whether the service account may write the attribute: according to the permissions, or the server's own list if
    /// the permissions are not readable.
    pub(super) fn write_right(
        &self,
        service: &ServiceAccount,
        required: &RequiredRights,
        attribute: &str,
    ) -> RightState {
        let object_types = required.object_types(attribute);
        match &self.permissions {
            Some(permissions) if !object_types.is_empty() => RightState::from_grant(permissions.grants(
                &service.sids,
                right::WRITE_PROPERTY,
                &object_types,
            )),
            Some(_) | None if self.writable.is_empty() => RightState::Unknown,
            Some(_) | None => {
                let is_listed = self.writable.iter().any(|name| name.eq_ignore_ascii_case(attribute));
                RightState::from_grant(is_listed.then(|| service.sid.clone()))
            }
        }
    }

    pub(super) fn read_right(&self, service: &ServiceAccount, required: &RequiredRights) -> RightState {
        let Some(permissions) = &self.permissions else { return RightState::Unknown };
        let grant = |attribute: &&str| {
            permissions.grants(&service.sids, right::READ_PROPERTY, &required.object_types(attribute))
        };
        let grants: Option<Vec<Sid>> = READ_ATTRIBUTES.iter().map(grant).collect();
        RightState::from_grant(grants.and_then(|grants| grants.into_iter().next()))
    }
}

/// Returns up to `limit` matching objects; 0 means all.
pub(super) async fn sample(
    session: &mut Session,
    base: &str,
    scope: Scope,
    filter: &str,
    limit: i32,
) -> Result<Vec<Sample>, LdapFailure> {
    let entries = session.connection.search_limited(base, scope, filter, &Sample::ATTRIBUTES, limit).await?;
    Ok(entries.into_iter().map(Sample::from_entry).collect())
}
