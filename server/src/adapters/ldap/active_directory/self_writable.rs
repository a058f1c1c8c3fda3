//! Which attributes of an account its owner may write, as Active Directory ships it. Not what the
//! delegation of one organisation adds to that.

use super::super::LdapConfig;
use crate::ports::health_finding::Finding;

/// The property sets Personal Information (77b5b886-944a-11d1-aebd-0000f80367c1) and Web Information
/// (e45795b3-9455-11d1-aebd-0000f80367c1): every account may write them on itself. The right stands in the
/// `defaultSecurityDescriptor` of the class user, the members in the `attributeSecurityGuid` of the attributes,
/// both as published with the schemas of Windows Server 2008 to 2016.
const SELF_WRITTEN: [&str; 53] = [
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
/// Followed by 1 to 20, in the same property set.
const NUMBERED: &str = "msDS-cloudExtensionAttribute";

fn is_self_writable(attribute: &str) -> bool {
    let named = SELF_WRITTEN.iter().any(|known| known.eq_ignore_ascii_case(attribute));
    let numbered = attribute.get(..NUMBERED.len()).is_some_and(|start| start.eq_ignore_ascii_case(NUMBERED));
    named || numbered
}

/// A row for every source that its subject can write.
pub(super) fn warnings(config: &LdapConfig) -> Vec<Finding> {
    let sources = [
        ("records.birthdate_attribute", &config.birthdate_attribute, "birthdate"),
        ("records.mobile_attribute", &config.mobile_attribute, "mobile number"),
    ];
    let mut rows = Vec::new();
    for (setting, attribute, what) in sources {
        if let Some(attribute) = attribute.as_deref().filter(|attribute| is_self_writable(attribute)) {
            rows.push(Finding::warning(
                "directory",
                setting,
                format!(
                    "every account may write {attribute} on itself: whoever holds a session of an employee can \
                     change the {what} that the reset relies on. Use an attribute that only HR or an administrator \
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
    fn what_everybody_may_write_is_known_in_any_spelling() {
        for unsafe_one in [
            "mobile",
            "Mobile",
            "info",
            "homePhone",
            "otherMobile",
            "MSDS-cloudExtensionAttribute20",
            "pager",
        ] {
            assert!(is_self_writable(unsafe_one), "{unsafe_one}");
        }
        for other in ["employeeNumber", "employeeID", "extensionAttribute1", "mobile2", "é", ""] {
            assert!(!is_self_writable(other), "{other}");
        }
    }
}
