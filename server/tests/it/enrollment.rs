//! Tests of the enrollment service over fakes: sign-in, changes of registered values, app activation, notices.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

mod activation;
mod changes;
mod devices;
mod mobile_writes;
mod sign_in;
mod sign_in_limits;
mod world;
