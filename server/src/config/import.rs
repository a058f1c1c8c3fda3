//! The section `[import]` and `[import.columns]`. `settings.toml` explains each key.

use crate::date_text::DateOrder;
use serde::Deserialize;

/// The keys of `[import]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ImportSettings {
    pub delimiter: String,
    pub encoding: String,
    pub date_order: DateOrderSetting,
    pub columns: ImportColumns,
}

/// The keys of `[import.columns]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct ImportColumns {
    pub username: String,
    pub employee_number: String,
    pub birthdate: String,
    pub mobile: String,
    pub since: String,
}

/// The order of day and month in dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrderSetting {
    /// As the dates of the file show; otherwise they are refused.
    Auto,
    /// `31-12-2001`.
    DayFirst,
    /// `12-31-2001`.
    MonthFirst,
    /// `2001-12-31`.
    Iso,
}

impl DateOrderSetting {
    /// Returns the configured order; `None` for `auto`.
    pub fn order(self) -> Option<DateOrder> {
        match self {
            Self::Auto => None,
            Self::DayFirst => Some(DateOrder::DayFirst),
            Self::MonthFirst => Some(DateOrder::MonthFirst),
            Self::Iso => Some(DateOrder::Iso),
        }
    }
}
