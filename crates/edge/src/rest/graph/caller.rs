//! Who calls: a member with an access token of this dialect's audience, for themselves.
use super::error::GraphError;
use crate::{
    App,
    auth::{Denied, MemberBearer},
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{header, request::Parts},
};
use parvis_domain::{directory::Upn, ids::MemberId};
use parvis_service::{ServiceError, sign_in::MemberPrincipal};

/// What Python clients send instead of `/me` when they bring their own HTTP client.
const ME_ALIAS: &str = "me-token-to-replace";

/// A member whose token was checked.
pub(super) struct Caller {
    pub(super) member: MemberId,
    principal: MemberPrincipal,
}

impl Caller {
    /// Any one of these permissions is needed.
    pub(super) fn needs(&self, any_of: &[&str]) -> Result<(), GraphError> {
        if any_of.iter().any(|scope| self.principal.has(scope)) {
            Ok(())
        } else {
            Err(GraphError::missing_permission())
        }
    }

    /// Whether a name in an address means the caller; a sign-in name is looked up.
    pub(super) async fn is_called(&self, app: &App, name: &str) -> Result<bool, GraphError> {
        if name == ME_ALIAS || name.parse() == Ok(self.member) {
            return Ok(true);
        }
        if Upn::parse(name).is_none() {
            return Ok(false);
        }
        match app
            .services
            .meetings
            .find_colleague(self.member, name)
            .await
        {
            Ok(colleague) => Ok(colleague.oid == self.member),
            Err(ServiceError::NotFound(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, GraphError> {
        let MemberBearer(principal) =
            MemberBearer::from_request_parts(parts, app)
                .await
                .map_err(|denied| match denied {
                    Denied::Unavailable => GraphError::unavailable(),
                    _ => GraphError::unauthenticated(),
                })?;
        Ok(Self {
            member: principal.oid,
            principal,
        })
    }
}

/// The origin that the client called: links in answers stay on it, as clients send their token to no other.
pub(super) struct Origin(pub(super) String);

impl FromRequestParts<App> for Origin {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, GraphError> {
        let context = &app.services.context;
        let from_header = || parts.headers.get(header::HOST)?.to_str().ok();
        let called = parts
            .uri
            .authority()
            .map(|authority| authority.as_str())
            .or_else(from_header);
        let plain = |host: &&str| {
            (1..=255).contains(&host.len())
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        };
        Ok(Self(match called.filter(plain) {
            Some(host) => format!("{}://{host}", context.origin.scheme()),
            None => context.origin_text(),
        }))
    }
}

/// The caller, where the address speaks of the caller's own things: `/me` and `/users/{self}`.
pub(super) struct Me(pub(super) Caller);

impl FromRequestParts<App> for Me {
    type Rejection = GraphError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, GraphError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let path = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| GraphError::bad_request("", "The address is malformed."))?;
        let user = path.iter().find(|(name, _)| *name == "user");
        if let Some((_, user)) = user
            && !caller.is_called(app, user).await?
        {
            return Err(GraphError::forbidden(
                "Only your own meetings can be reached.",
            ));
        }
        Ok(Self(caller))
    }
}
