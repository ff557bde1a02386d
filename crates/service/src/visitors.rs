//! People not signed in on our own join page: a token for one visit, and nothing stored.
use crate::{
    ServiceError,
    context::random_uuid,
    tokens::{IssuedToken, NewToken, Tokens},
};
use parvis_domain::{
    ids::{RawId, VisitorId},
    principal::{ClientKind, Scope},
};
use std::time::Duration;

/// How long one visit may last.
const TOKEN_LIFE: Duration = Duration::from_secs(24 * 3_600);

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Visitors {
    tokens: Tokens,
}

impl Visitors {
    pub(crate) fn new(tokens: Tokens) -> Self {
        Self { tokens }
    }

    /// A token for a new visitor.
    pub async fn token(&self) -> Result<IssuedToken, ServiceError> {
        self.tokens
            .issue(NewToken {
                raw_id: RawId::Visitor(VisitorId(random_uuid())),
                client: ClientKind::Visitor,
                resource: None,
                organisation: None,
                scopes: vec![Scope::Chat, Scope::Voip],
                life: TOKEN_LIFE,
            })
            .await
    }
}
