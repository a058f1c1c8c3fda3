//! What can be made to go wrong, per endpoint. Not what goes wrong by itself: wrong codes, lockouts
//! and expired transactions are in `state`.

use std::collections::HashMap;

/// The calls that exist here.
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
    /// Those of the Authentication API.
    pub const AUTHENTICATION: [Self; 4] = [Self::Query, Self::Challenge, Self::Complete, Self::Logout];

    /// All of them.
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

/// What goes wrong. Nothing happens in Entrust on a faulty call, except with [`Fault::Hang`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status, with an HTML page as balancers send it.
    Status(u16),
    /// 200 with something that is not JSON.
    Garbage,
    /// A 4xx with this error code.
    Refusal {
        /// Status.
        status: u16,
        /// `errorCode`.
        error_code: String,
    },
    /// 429.
    TooMany,
    /// The connection breaks in the middle of the answer.
    Drop,
    /// No answer until the faults are ended; then the proper one.
    Hang,
    /// The call is carried out, and the connection breaks instead of an answer.
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
