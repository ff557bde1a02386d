//! Bearer tokens: users' (chat, calling) and members' (the Graph dialect).
use super::Denied;
use crate::App;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use parvis_domain::principal::Principal;
use parvis_service::{
    ServiceError,
    sign_in::{MemberPrincipal, scopes::Audience},
};

/// Whoever holds a valid user token.
#[derive(Clone, Debug)]
pub struct Bearer(pub Principal);

impl FromRequestParts<App> for Bearer {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Denied> {
        let token = bearer_token(&parts.headers).ok_or(Denied::Bearer)?;
        app.services
            .tokens
            .verify(token)
            .await
            .map(Self)
            .map_err(denied)
    }
}

/// Whichever member holds a valid access token for the Graph dialect. That dialect has its own error shape: it takes
/// `Result<MemberBearer, Denied>` and shapes the refusal itself.
#[derive(Clone, Debug)]
pub struct MemberBearer(pub MemberPrincipal);

impl FromRequestParts<App> for MemberBearer {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Denied> {
        let token = bearer_token(&parts.headers).ok_or(Denied::Bearer)?;
        let checked = app
            .services
            .sign_in
            .verify_access_token(token, Audience::Graph)
            .await;
        checked.map(Self).map_err(denied)
    }
}

/// The token of `Authorization: Bearer <token>` (RFC 6750 2.1); the scheme's case does not count.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn denied(error: ServiceError) -> Denied {
    match error {
        ServiceError::Unauthenticated => Denied::Bearer,
        error => {
            tracing::error!(%error, "a token cannot be checked");
            Denied::Unavailable
        }
    }
}
