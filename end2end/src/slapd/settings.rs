//! The configuration of slapd for one run, with the access rules.

use super::content::{DEFAULT_POLICY, ROOT_DN, ROOT_PASSWORD, SERVICE};
use crate::directory::content::{BASE, STAFF};
use std::path::Path;

/// The rights of the service account on the employees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// The rights that the product needs.
    Needed,
    /// `manage` on the passwords, with which slapd applies no policy to a reset, and more attributes than needed.
    Excessive,
    /// Read only: no reset and no unlock.
    ReadOnly,
    /// No read access to the lockout attributes.
    NoLockoutState,
}

/// The content of slapd.conf.
pub(super) fn slapd_conf(folder: &Path, rights: Rights) -> String {
    let dir = folder.display();
    let access = access(rights);
    // `dbnosync` is faster; the data need not survive a power failure.
    format!(
        r#"include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.3.6.1.4.1.4203.666.11.99.1 NAME 'birthdate'
  EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.11.99.2 NAME 'employee' SUP top AUXILIARY MAY birthdate )
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
moduleload memberof
pidfile {dir}/slapd.pid
argsfile {dir}/slapd.args
threads 4
TLSCACertificateFile {dir}/ca.pem
TLSCertificateFile {dir}/cert.pem
TLSCertificateKeyFile {dir}/key.pem
TLSVerifyClient never
localSSF 256
security simple_bind=128
database mdb
suffix "{BASE}"
rootdn "{ROOT_DN}"
rootpw {ROOT_PASSWORD}
directory {dir}/db
maxsize 268435456
dbnosync
index objectClass,uid,entryUUID,memberOf eq
limits dn.exact="{SERVICE}" size=unlimited
overlay memberof
memberof-refint TRUE
overlay ppolicy
ppolicy_default "{DEFAULT_POLICY}"
ppolicy_use_lockout
{access}"#
    )
}

/// The access rules; the product's documentation shows those of [`Rights::Needed`].
fn access(rights: Rights) -> String {
    let (password, lock, hidden) = match rights {
        Rights::Needed => ("=w", "write", "none"),
        Rights::Excessive => ("manage", "write", "read"),
        Rights::ReadOnly => ("none", "read", "none"),
        Rights::NoLockoutState => ("=w", "none", "none"),
    };
    let excess = if rights == Rights::Excessive {
        format!(
            "access to dn.subtree=\"{STAFF}\" attrs=description by dn.exact=\"{SERVICE}\" write by * none\n"
        )
    } else {
        String::new()
    };
    format!(
        r#"{excess}access to dn.subtree="{STAFF}" attrs=userPassword
  by dn.exact="{SERVICE}" {password}
  by anonymous auth
  by * none
access to dn.subtree="{STAFF}" attrs=pwdAccountLockedTime,pwdReset
  by dn.exact="{SERVICE}" {lock}
  by * none
access to dn.subtree="{STAFF}" attrs=mobile
  by dn.exact="{SERVICE}" write
  by * none
access to attrs=userPassword
  by anonymous auth
  by * none
access to attrs=pwdHistory
  by dn.exact="{SERVICE}" {hidden}
  by * none
access to *
  by dn.exact="{SERVICE}" read
  by * none
"#
    )
}
