//! Who is employed, as HR gives it: page by page. Not what is done with it: that is [`hr`](crate::hr_sync).

use super::health_finding::Finding;
use async_trait::async_trait;
use zeroize::Zeroizing;

/// The name of this part in a check.
pub const PART: &str = "hr";

/// One entry: a person, or one employment of a person. Texts as HR has them, empty where it has none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Employment {
    /// The user name, where HR knows it.
    pub username: String,
    /// The employee number.
    pub employee_number: String,
    /// The birthdate.
    pub birthdate: Zeroizing<String>,
    /// What HR calls a business mobile; it may be a landline, or rubbish.
    pub mobiles: Vec<Zeroizing<String>>,
    /// Since when the employment is.
    pub since: String,
}

impl Employment {
    /// Neither a birthdate nor a number.
    pub fn says_nothing(&self) -> bool {
        self.birthdate.trim().is_empty() && self.mobiles.iter().all(|mobile| mobile.trim().is_empty())
    }
}

impl std::fmt::Debug for Employment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Employed(…)")
    }
}

/// Where the next page is, in HR's own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cursor(pub String);

/// A page of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub people: Vec<Employment>,
    /// Where the next ones are; `None`: this was the last page.
    pub next: Option<Cursor>,
}

/// HR gave no page. No variant holds anything of an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HrError {
    /// Nobody answered in time, or HR says that it cannot now: worth another try.
    #[error("HR at {host} cannot be reached: {what}")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What was seen.
        what: String,
    },
    /// HR does not let us: the credentials, their rights, or an address in the settings.
    #[error("HR at {host} refuses: {what}")]
    Refused {
        /// Who was asked.
        host: String,
        /// What was seen.
        what: String,
    },
    /// An answer that is not of the published form, or leads elsewhere.
    #[error("HR at {host} gave an answer that cannot be used: {what}")]
    Unusable {
        /// Who was asked.
        host: String,
        /// What was seen.
        what: String,
    },
}

/// The HR source.
#[async_trait]
pub trait HrSource: Send + Sync {
    /// The first page, or the one at a cursor that an earlier page gave. Asking again gives the same.
    async fn page(&self, at: Option<&Cursor>) -> Result<Page, HrError>;

    /// What an operator wants to know, row by row. It reads no person.
    async fn check(&self) -> Vec<Finding>;
}
