//! What the workflow needs of the outside world, in the words of the trade. Not how it is done:
//! that is in `adapters`.

pub mod audit;
pub mod clock;
pub mod codes;
pub mod directory;
#[doc(hidden)]
pub mod fake;
pub mod finding;
pub mod hr;
pub mod limits;
pub mod notices;
pub mod onboarding;
pub mod records;
pub mod store;
pub mod visits;
