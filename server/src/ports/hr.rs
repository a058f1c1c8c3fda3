//! Port: the HR source, which returns employees page by page. [`hr_sync`](crate::hr_sync) processes them.

use super::health_finding::Finding;
use async_trait::async_trait;
use zeroize::Zeroizing;

/// [`Finding::part`] of the rows about this port.
pub const PART: &str = "hr";

/// A person, or one employment of a person. All texts are as HR returns them; a missing value is an empty text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Employment {
    /// The user name.
    pub username: String,
    /// The employee number.
    pub employee_number: String,
    /// The birthdate.
    pub birthdate: Zeroizing<String>,
    /// The values that HR labels as business mobile; they may be landline numbers or invalid.
    pub mobiles: Vec<Zeroizing<String>>,
    /// The start date of the employment.
    pub since: String,
}

impl Employment {
    /// Returns whether there is neither a birthdate nor a number.
    pub fn has_no_values(&self) -> bool {
        self.birthdate.trim().is_empty() && self.mobiles.iter().all(|mobile| mobile.trim().is_empty())
    }
}

impl std::fmt::Debug for Employment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Employment(…)")
    }
}

/// The position of a page, in HR's own format.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor(pub String);

/// A page of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Employment>,
    /// The position of the next page; `None` on the last page.
    pub next: Option<Cursor>,
}

/// HR returned no page. No variant contains any part of a response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HrError {
    /// No response in time, or HR reports that it is unavailable. A retry may succeed.
    #[error("HR at {host} cannot be reached: {what}")]
    Unreachable {
        /// The host.
        host: String,
        /// The observation.
        what: String,
    },
    /// HR denies access because of the credentials, their rights, or an address in the settings.
    #[error("HR at {host} refuses: {what}")]
    Refused {
        /// The host.
        host: String,
        /// The observation.
        what: String,
    },
    /// The response does not have the published form, or refers to another host.
    #[error("HR at {host} returned an invalid response: {what}")]
    Unusable {
        /// The host.
        host: String,
        /// The observation.
        what: String,
    },
}

/// The HR source.
#[async_trait]
pub trait HrSource: Send + Sync {
    /// Returns the first page, or the page at the cursor of an earlier page. A repeated request returns the same page.
    async fn page(&self, at: Option<&Cursor>) -> Result<Page, HrError>;

    /// Checks the source for `check` and the admin page, without reading personal data.
    async fn check(&self) -> Vec<Finding>;
}
