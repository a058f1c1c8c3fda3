//! The endpoints, and the faults that a test can configure for each.

use std::collections::HashMap;

/// The endpoints of the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /api/web/v2/authentication/users`
    Query,
    /// `POST /api/web/v2/authentication/users/authenticate/{authenticator}`
    Challenge,
    /// `POST /api/web/v1/authentication/users/authenticate/{authenticator}/complete`
    Complete,
    /// `POST /api/web/v1/authentication/logout`
    Logout,
    /// `POST /api/web/v1/adminapi/authenticate`
    AdminSignIn,
    /// `POST /api/web/v3/users/userid`
    UserGet,
    /// `PUT /api/web/v3/users/{id}`
    UserUpdate,
    /// `POST /api/web/v1/users/{id}/tokens/{type}`
    TokenCreate,
    /// `POST /api/web/v1/tokens/{id}/activation`
    TokenActivate,
}

impl Endpoint {
    /// The endpoints of the Authentication API.
    pub const AUTHENTICATION: [Self; 4] = [Self::Query, Self::Challenge, Self::Complete, Self::Logout];

    /// All endpoints.
    pub const ALL: [Self; 9] = [
        Self::Query,
        Self::Challenge,
        Self::Complete,
        Self::Logout,
        Self::AdminSignIn,
        Self::UserGet,
        Self::UserUpdate,
        Self::TokenCreate,
        Self::TokenActivate,
    ];
}

/// A fault of an endpoint. A faulty call is not executed, except with [`Fault::Hang`] and [`Fault::LoseAnswer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status with an HTML page, as a load balancer sends it.
    Status(u16),
    /// Status 200 with a body that is not JSON.
    Garbage,
    /// A 4xx with this error code.
    Refusal {
        /// The status.
        status: u16,
        /// The `errorCode`.
        error_code: String,
    },
    /// Status 429.
    TooMany,
    /// The connection is reset in the middle of the answer.
    Drop,
    /// No answer until the faults are removed; then the normal answer.
    Hang,
    /// The call is executed, and the connection is reset in the middle of the answer.
    LoseAnswer,
}

#[derive(Debug, Default)]
pub(super) struct Faults(HashMap<Endpoint, Fault>);

impl Faults {
    pub(super) fn set(&mut self, endpoint: Endpoint, fault: Fault) {
        self.0.insert(endpoint, fault);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn at(&self, endpoint: Endpoint) -> Option<Fault> {
        self.0.get(&endpoint).cloned()
    }
}
