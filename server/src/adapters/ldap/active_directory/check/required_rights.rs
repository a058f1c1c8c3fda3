//! The rights that the product needs in the directory, and the commands that grant them.

use super::super::super::connection::ANY_ENTRY;
use super::super::super::failure::LdapFailure;
use super::super::account::LOCK;
use super::super::domain_info::Session;
use super::service::ServiceAccount;
use ldap3::Scope;
use uuid::Uuid;

/// Extended right User-Force-Change-Password, "Reset Password" in the Windows tools: sets a password without the old
/// one.
pub(super) const RESET_PASSWORD: Uuid = Uuid::from_u128(0x0029_9570_246d_11d0_a768_00aa_006e_0529);
/// Class user, to which the delegation applies.
const USER_CLASS: &str = "bf967aba-0de6-11d0-a285-00aa003049e2";
/// Attribute whose value 0 unlocks an account; written together with every reset.
pub(super) const LOCKOUT_TIME: &str = "lockoutTime";
/// Attribute that the directory sets on every reset; the product never writes it.
pub(super) const PWD_LAST_SET: &str = "pwdLastSet";
/// Attributes without which an account cannot be evaluated.
pub(super) const READ_ATTRIBUTES: [&str; 8] = [
    "userAccountControl",
    "accountExpires",
    PWD_LAST_SET,
    "primaryGroupID",
    "displayName",
    "memberOf",
    "msDS-ResultantPSO",
    LOCK,
];

/// The required rights, with their identifiers in this directory.
pub(super) struct RequiredRights {
    /// The base DN, below which they are required.
    pub(super) base: String,
    /// The attribute to which mobile numbers are written, if configured.
    pub(super) mobile: Option<String>,
    /// The attributes from which birthdates or numbers are read; write access to them would allow impersonation.
    pub(super) sources: Vec<String>,
    schema: Vec<Attribute>,
}

/// Identifiers of an attribute.
struct Attribute {
    name: String,
    schema_id: Uuid,
    /// The property set that contains it.
    property_set: Option<Uuid>,
}

impl RequiredRights {
    pub(super) async fn read(session: &mut Session) -> Result<Self, LdapFailure> {
        let config = std::sync::Arc::clone(&session.connection.config);
        let base = session.info.base_suffix.trim_start_matches(',').to_owned();
        let mobile = config.mobile_write_attribute.clone();
        let sources = config.birthdate_attribute.iter().chain(&config.mobile_attribute);
        let sources: Vec<String> = sources.chain(&config.private_mail_attribute).cloned().collect();
        let wanted: Vec<&str> = READ_ATTRIBUTES
            .into_iter()
            .chain([LOCKOUT_TIME])
            .chain(mobile.as_deref())
            .chain(sources.iter().map(String::as_str))
            .collect();
        let schema = read_schema(session, &wanted).await?;
        Ok(Self { base, mobile, sources, schema })
    }

    /// GUIDs that an entry about this attribute may name; empty if the schema does not define the attribute.
    pub(super) fn object_types(&self, attribute: &str) -> Vec<Uuid> {
        let ids = self.schema.iter().find(|ids| ids.name.eq_ignore_ascii_case(attribute));
        ids.map(|ids| [ids.schema_id].into_iter().chain(ids.property_set).collect()).unwrap_or_default()
    }

    /// Whether write access to the attribute is required or harmless.
    pub(super) fn includes_write(&self, attribute: &str) -> bool {
        let required = [LOCKOUT_TIME, PWD_LAST_SET].into_iter().chain(self.mobile.as_deref());
        required.into_iter().any(|name| name.eq_ignore_ascii_case(attribute))
    }

    /// Commands that grant password resets.
    pub(super) fn reset_commands(&self, service: &ServiceAccount) -> Vec<String> {
        self.commands(service, "CA;Reset Password", &format!("CR;{RESET_PASSWORD}"))
    }

    /// Commands that grant read and write access to an attribute.
    pub(super) fn write_commands(&self, service: &ServiceAccount, attribute: &str) -> Vec<String> {
        match self.object_types(attribute).first() {
            Some(schema_id) => {
                self.commands(service, &format!("RPWP;{attribute}"), &format!("RPWP;{schema_id}"))
            }
            None => Vec::new(),
        }
    }

    /// Commands that grant read access to accounts.
    pub(super) fn read_commands(&self, service: &ServiceAccount) -> Vec<String> {
        self.commands(service, "GR;", "LCRPLORC;")
    }

    fn commands(&self, service: &ServiceAccount, windows: &str, samba: &str) -> Vec<String> {
        let (base, name, sid) = (&self.base, &service.name, &service.sid);
        vec![
            format!("dsacls {} /I:S /G {}", quote(base), quote(&format!("{name}:{windows};user"))),
            format!(
                "samba-tool dsacl set --objectdn={} --sddl='(OA;CIIO;{samba};{USER_CLASS};{sid})'",
                quote(base)
            ),
        ]
    }

    /// All commands for accounts, for granting the rights again after a removal.
    pub(super) fn all_commands(&self, service: &ServiceAccount) -> Vec<String> {
        let mut lines = self.reset_commands(service);
        lines.extend(self.write_commands(service, LOCKOUT_TIME));
        lines.extend(self.mobile.iter().flat_map(|attribute| self.write_commands(service, attribute)));
        lines
    }
}

/// Commands that grant read access to the fine-grained policies.
pub(super) fn policy_read_commands(container: &str, service: &ServiceAccount) -> Vec<String> {
    let (name, sid) = (&service.name, &service.sid);
    vec![
        format!("dsacls {} /I:T /G {}", quote(container), quote(&format!("{name}:GR"))),
        format!("samba-tool dsacl set --objectdn={} --sddl='(A;CI;LCRPLORC;;;{sid})'", quote(container)),
    ]
}

/// Quotes one argument of a command line, for Windows and other shells.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

async fn read_schema(session: &mut Session, names: &[&str]) -> Result<Vec<Attribute>, LdapFailure> {
    let connection = &mut session.connection;
    let root_dse = connection.read_entry("", ANY_ENTRY, &["schemaNamingContext"]).await?;
    let root_dse = root_dse.ok_or_else(|| LdapFailure::Unusable("there is no rootDSE".to_owned()))?;
    let any_of = names.iter().fold(String::new(), |all, name| all + "(lDAPDisplayName=" + name + ")");
    let filter = format!("(&(objectClass=attributeSchema)(|{any_of}))");
    let attributes = ["lDAPDisplayName", "schemaIDGUID", "attributeSecurityGUID"];
    let base = root_dse.required("schemaNamingContext")?;
    let entries = connection.search(base, Scope::OneLevel, &filter, &attributes, 0).await?;
    let guid = |bytes: Option<&[u8]>| Some(Uuid::from_bytes_le(bytes?.try_into().ok()?));
    let ids = entries.iter().map(|entry| {
        let schema_id =
            guid(entry.bytes("schemaIDGUID")).ok_or_else(|| entry.missing_attribute("schemaIDGUID"))?;
        let property_set = guid(entry.bytes("attributeSecurityGUID"));
        Ok(Attribute { name: entry.required("lDAPDisplayName")?.to_owned(), schema_id, property_set })
    });
    ids.collect()
}
