//! What a connection needs to know of its domain: where it begins, which groups are administrative, whether
//! a reset can be held to the history. Not anything about one account.

use super::connection::{Connection, Trouble};
use ldap3::{Scope, ldap_escape};

/// Holds an administrative reset to the password history; without it Windows does not
/// (MS-ADTS 3.1.1.3.4.1.27).
const POLICY_HINTS: &str = "1.2.840.113556.1.4.2239";
/// The same under the number that older Windows servers know (MS-ADTS 3.1.1.3.4.1.24).
const POLICY_HINTS_OLD: &str = "1.2.840.113556.1.4.2066";
/// Groups whose members are never reset, by the well-known part of their identifier: names differ
/// per language, these do not (Microsoft Learn, "Protected accounts and groups").
const PROTECTED_BUILTIN: [u32; 6] = [544, 548, 549, 550, 551, 552];
const PROTECTED_IN_DOMAIN: [u32; 8] = [512, 516, 518, 519, 520, 521, 526, 527];

/// What a connection needs to know of its domain, read when it opens: a group that is renamed later
/// is found again when the connection is replaced.
#[derive(Debug)]
pub(super) struct Realm {
    /// `DC=pantein,DC=grp`.
    pub(super) root: String,
    /// The identifier of the domain, `S-1-5-21-…`.
    pub(super) sid: String,
    /// The policy-hints control that the server has.
    pub(super) history_control: Option<&'static str>,
    /// `currentTime` of the rootDSE.
    pub(super) time: Option<String>,
    /// The DNs of the protected groups, ready for a filter.
    pub(super) protected: Vec<String>,
}

impl Realm {
    /// True of whatever is in a protected group, directly or nested.
    pub(super) fn in_protected_group(&self) -> String {
        self.protected
            .iter()
            .fold(String::new(), |all, dn| all + "(memberOf:1.2.840.113556.1.4.1941:=" + dn + ")")
    }

    /// True of whatever is a protected group.
    pub(super) fn is_protected_group(&self) -> String {
        self.protected.iter().fold(String::new(), |all, dn| all + "(distinguishedName=" + dn + ")")
    }
}

impl Connection {
    /// Reads the realm; to be called bound.
    pub(super) async fn realm(&mut self) -> Result<Realm, Trouble> {
        let attributes = ["defaultNamingContext", "supportedControl", "currentTime"];
        let root_dse = self.one("", "(objectClass=*)", &attributes).await?;
        let root_dse = root_dse.ok_or_else(|| Trouble::Unusable("there is no rootDSE".to_owned()))?;
        let root = root_dse.required("defaultNamingContext")?.to_owned();
        let controls = root_dse.texts("supportedControl");
        let history_control =
            [POLICY_HINTS, POLICY_HINTS_OLD].into_iter().find(|known| controls.contains(known));
        let head = self.one(&root, "(objectClass=*)", &["objectSid"]).await?;
        let sid = head.and_then(|head| head.sid("objectSid"));
        let sid = sid.ok_or_else(|| Trouble::Unusable(format!("{root} shows no objectSid")))?;
        let protected = self.protected_groups(&root, &sid).await?;
        let time = root_dse.text("currentTime").map(ToOwned::to_owned);
        Ok(Realm { root, sid, history_control, time, protected })
    }

    async fn protected_groups(&mut self, root: &str, sid: &str) -> Result<Vec<String>, Trouble> {
        let builtin = PROTECTED_BUILTIN.iter().map(|rid| format!("(objectSid=S-1-5-32-{rid})"));
        let own = PROTECTED_IN_DOMAIN.iter().map(|rid| format!("(objectSid={sid}-{rid})"));
        let filter = format!("(|{})", builtin.chain(own).collect::<String>());
        let groups = self.search(root, Scope::Subtree, &filter, &["objectSid"], 0).await?;
        if !groups.iter().any(|group| group.sid("objectSid").as_deref() == Some("S-1-5-32-544")) {
            // Without it nobody would look privileged.
            return Err(Trouble::Unusable("the group Administrators cannot be read".to_owned()));
        }
        let found = groups.into_iter().map(|group| group.dn);
        let all = found.chain(self.config.protected_groups.iter().cloned());
        Ok(all.map(|dn| ldap_escape(dn).into_owned()).collect())
    }
}
