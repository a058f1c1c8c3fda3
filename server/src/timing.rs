//! Measures whether answers differ between classes of subjects: in time, status, body, size, headers or cookies. Operators
//! run it with `wachtwoord-reset timing` against a test instance of their own.
//!
//! | module | content |
//! |---|---|
//! | [`answer`] | the observable part of an answer, without what differs between any two answers |
//! | [`statistics`] | AUC of two samples, with a confidence interval |
//! | [`schedule`] | the classes and the order of the samples |
//! | [`report`] | compares the classes and prints the result |

pub mod answer;
pub mod report;
pub mod schedule;
pub mod statistics;
