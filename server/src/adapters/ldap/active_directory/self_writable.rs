//! Attributes that an account may write on itself in a default Active Directory.

use super::super::config::{LdapConfig, SECTION};
use crate::ports::health_finding::Finding;

/// Members of the property sets Personal Information (77b5b886-944a-11d1-aebd-0000f80367c1) and Web Information
/// (e45795b3-9455-11d1-aebd-0000f80367c1), which every account may write on itself. The right is in the
/// `defaultSecurityDescriptor` of the class user, the membership in the `attributeSecurityGuid` of the attributes,
/// both as published with the schemas of Windows Server 2008 to 2016.
const SELF_WRITABLE: [&str; 53] = [
    "assistant",
    "c",
    "facsimileTelephoneNumber",
    "homePhone",
    "homePostalAddress",
    "info",
    "internationalISDNNumber",
    "ipPhone",
    "l",
    "mobile",
    "msDS-ExternalDirectoryObjectId",
    "msDS-FailedInteractiveLogonCount",
    "msDS-FailedInteractiveLogonCountAtLastSuccessfulLogon",
    "msDS-GeoCoordinatesAltitude",
    "msDS-GeoCoordinatesLatitude",
    "msDS-GeoCoordinatesLongitude",
    "msDS-HostServiceAccount",
    "msDS-LastFailedInteractiveLogonTime",
    "msDS-LastSuccessfulInteractiveLogonTime",
    "msDS-SupportedEncryptionTypes",
    "mSMQDigests",
    "mSMQSignCertificates",
    "otherFacsimileTelephoneNumber",
    "otherHomePhone",
    "otherIpPhone",
    "otherMobile",
    "otherPager",
    "otherTelephone",
    "pager",
    "personalTitle",
    "physicalDeliveryOfficeName",
    "postalAddress",
    "postalCode",
    "postOfficeBox",
    "preferredDeliveryMethod",
    "primaryInternationalISDNNumber",
    "primaryTelexNumber",
    "registeredAddress",
    "st",
    "street",
    "streetAddress",
    "telephoneNumber",
    "teletexTerminalIdentifier",
    "telexNumber",
    "thumbnailPhoto",
    "url",
    "userCert",
    "userCertificate",
    "userSharedFolder",
    "userSharedFolderOther",
    "userSMIMECertificate",
    "wWWHomePage",
    "x121Address",
];
/// Followed by 1 to 20; in the same property set.
const NUMBERED_PREFIX: &str = "msDS-cloudExtensionAttribute";

fn is_self_writable(attribute: &str) -> bool {
    let named = SELF_WRITABLE.iter().any(|known| known.eq_ignore_ascii_case(attribute));
    let numbered = attribute
        .get(..NUMBERED_PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(NUMBERED_PREFIX));
    named || numbered
}

/// Returns a warning for every configured source attribute that its subject can write.
pub(super) fn warnings(config: &LdapConfig) -> Vec<Finding> {
    let sources = [
        ("notices.private_mail_attribute", &config.private_mail_attribute, "address"),
        ("records.birthdate_attribute", &config.birthdate_attribute, "birthdate"),
        ("records.mobile_attribute", &config.mobile_attribute, "mobile number"),
    ];
    let mut rows = Vec::new();
    for (setting, attribute, what) in sources {
        if let Some(attribute) = attribute.as_deref().filter(|attribute| is_self_writable(attribute)) {
            rows.push(Finding::warning(
                SECTION,
                setting,
                format!(
                    "every account may write its own {attribute}: an attacker with an employee's session can \
                     change the {what} that the reset and its notices rely on. Use an attribute that only HR or an administrator \
                     writes, or leave it empty and let employees register"
                ),
            ));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn self_writable_attributes_are_recognised_in_any_case() {
        for attribute in [
            "mobile",
            "Mobile",
            "info",
            "homePhone",
            "otherMobile",
            "MSDS-cloudExtensionAttribute20",
            "pager",
        ] {
            assert!(is_self_writable(attribute), "{attribute}");
        }
        for attribute in ["employeeNumber", "employeeID", "extensionAttribute1", "mobile2", "é", ""] {
            assert!(!is_self_writable(attribute), "{attribute}");
        }
    }
}
