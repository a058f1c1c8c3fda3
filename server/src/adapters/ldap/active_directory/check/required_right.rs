//! What the product needs of the directory, and the exact lines that give it. Not whether it is held.

use super::super::super::connection::LdapFailure;
use super::super::Session;
use super::super::account::LOCK;
use super::ANY;
use super::service::Service;
use ldap3::Scope;
use uuid::Uuid;

/// The extended right User-Force-Change-Password, "Reset Password" in Windows' own windows: setting a password
/// without knowing the old one.
pub(super) const RESET: Uuid = Uuid::from_u128(0x0029_9570_246d_11d0_a768_00aa_006e_0529);
/// The class user: what a delegation is for.
const USER: &str = "bf967aba-0de6-11d0-a285-00aa003049e2";
/// Ends a lock; goes with every reset, in the same write.
pub(super) const UNLOCK: &str = "lockoutTime";
/// Set by every reset, and by the directory itself: the product never writes it.
pub(super) const LAST_SET: &str = "pwdLastSet";
/// Without one of these an account cannot be judged.
pub(super) const READ: [&str; 8] = [
    "userAccountControl",
    "accountExpires",
    LAST_SET,
    "primaryGroupID",
    "displayName",
    "memberOf",
    "msDS-ResultantPSO",
    LOCK,
];

/// What it needs, with what the rights are called in this directory.
pub(super) struct Need {
    /// The part of the directory for which it is needed.
    pub(super) base: String,
    /// The attribute to which numbers are written, where one is configured.
    pub(super) mobile: Option<String>,
    /// What birthdates or numbers are read from: whoever may write it may pass for somebody.
    pub(super) sources: Vec<String>,
    schema: Vec<Attribute>,
}

/// An attribute's identifiers.
struct Attribute {
    name: String,
    own: Uuid,
    /// The set of attributes that it belongs to.
    set: Option<Uuid>,
}

impl Need {
    pub(super) async fn read(session: &mut Session) -> Result<Self, LdapFailure> {
        let config = std::sync::Arc::clone(&session.connection.config);
        let base = session.realm.staff.trim_start_matches(',').to_owned();
        let mobile = config.mobile_write_attribute.clone();
        let sources: Vec<String> =
            config.birthdate_attribute.iter().chain(&config.mobile_attribute).cloned().collect();
        let wanted: Vec<&str> = READ
            .into_iter()
            .chain([UNLOCK])
            .chain(mobile.as_deref())
            .chain(sources.iter().map(String::as_str))
            .collect();
        let schema = schema(session, &wanted).await?;
        Ok(Self { base, mobile, sources, schema })
    }

    /// What a right to this attribute may be given for; empty where the schema does not know it.
    pub(super) fn about(&self, attribute: &str) -> Vec<Uuid> {
        let known = self.schema.iter().find(|known| known.name.eq_ignore_ascii_case(attribute));
        known.map(|known| [known.own].into_iter().chain(known.set).collect()).unwrap_or_default()
    }

    /// Whether writing this is part of its work, or as good as that.
    pub(super) fn writes(&self, attribute: &str) -> bool {
        let fixed = [UNLOCK, LAST_SET].into_iter().chain(self.mobile.as_deref());
        fixed.into_iter().any(|needed| needed.eq_ignore_ascii_case(attribute))
    }

    /// The lines that let the service reset passwords.
    pub(super) fn give_reset(&self, service: &Service) -> Vec<String> {
        self.give(service, "CA;Reset Password", &format!("CR;{RESET}"))
    }

    /// The lines that let it read and write an attribute.
    pub(super) fn give_write(&self, service: &Service, attribute: &str) -> Vec<String> {
        match self.about(attribute).first() {
            Some(own) => self.give(service, &format!("RPWP;{attribute}"), &format!("RPWP;{own}")),
            None => Vec::new(),
        }
    }

    /// The lines that let it read accounts.
    pub(super) fn give_read(&self, service: &Service) -> Vec<String> {
        self.give(service, "GR;", "LCRPLORC;")
    }

    fn give(&self, service: &Service, windows: &str, samba: &str) -> Vec<String> {
        let (base, name, sid) = (&self.base, &service.name, &service.sid);
        vec![
            format!("dsacls {} /I:S /G {}", quoted(base), quoted(&format!("{name}:{windows};user"))),
            format!(
                "samba-tool dsacl set --objectdn={} --sddl='(OA;CIIO;{samba};{USER};{sid})'",
                quoted(base)
            ),
        ]
    }

    /// All that it needs at the accounts, for who has to give it anew.
    pub(super) fn give_all(&self, service: &Service) -> Vec<String> {
        let mut lines = self.give_reset(service);
        lines.extend(self.give_write(service, UNLOCK));
        lines.extend(self.mobile.iter().flat_map(|attribute| self.give_write(service, attribute)));
        lines
    }
}

/// The lines that let it read the fine-grained policies.
pub(super) fn give_policies(container: &str, service: &Service) -> Vec<String> {
    let (name, sid) = (&service.name, &service.sid);
    vec![
        format!("dsacls {} /I:T /G {}", quoted(container), quoted(&format!("{name}:GR"))),
        format!("samba-tool dsacl set --objectdn={} --sddl='(A;CI;LCRPLORC;;;{sid})'", quoted(container)),
    ]
}

/// As one word of a command line, on Windows as on others.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

async fn schema(session: &mut Session, names: &[&str]) -> Result<Vec<Attribute>, LdapFailure> {
    let connection = &mut session.connection;
    let root_dse = connection.one("", ANY, &["schemaNamingContext"]).await?;
    let root_dse = root_dse.ok_or_else(|| LdapFailure::Unusable("there is no rootDSE".to_owned()))?;
    let any_of = names.iter().fold(String::new(), |all, name| all + "(lDAPDisplayName=" + name + ")");
    let filter = format!("(&(objectClass=attributeSchema)(|{any_of}))");
    let attributes = ["lDAPDisplayName", "schemaIDGUID", "attributeSecurityGUID"];
    let base = root_dse.required("schemaNamingContext")?;
    let found = connection.search(base, Scope::OneLevel, &filter, &attributes, 0).await?;
    let guid = |bytes: Option<&[u8]>| Some(Uuid::from_bytes_le(bytes?.try_into().ok()?));
    let read = found.iter().map(|entry| {
        let own = guid(entry.bytes("schemaIDGUID")).ok_or_else(|| entry.lacks("schemaIDGUID"))?;
        let set = guid(entry.bytes("attributeSecurityGUID"));
        Ok(Attribute { name: entry.required("lDAPDisplayName")?.to_owned(), own, set })
    });
    read.collect()
}
