//! The Identity dialect: external identities and their tokens for a resource's back end (rest-wire section 8).
//! Every request is signed. Any `api-version` is served alike.
mod error;
mod request;

use crate::{App, auth::Signed};
use axum::{
    Json, Router,
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    routing::{delete, post},
};
use error::IdentityError;
use parvis_domain::ids::RawId;
use parvis_service::{ServiceError, tokens::IssuedToken};
use request::{CreateRequest, IssueRequest, parse_exchange};
use serde_json::{Value, json};

type Id = Result<Path<String>, PathRejection>;

/// The routes, at the root.
pub fn router() -> Router<App> {
    Router::new()
        // The colon is part of the wire's own names.
        .without_v07_checks()
        .route("/identities", post(create_identity))
        .route("/identities/{id}", delete(delete_identity))
        .route("/identities/{id}/:issueAccessToken", post(issue_token))
        .route("/identities/{id}/:revokeAccessTokens", post(revoke_tokens))
        .route("/teamsUser/:exchangeAccessToken", post(exchange_token))
        .method_not_allowed_fallback(async || IdentityError::MethodNotAllowed)
}

async fn create_identity(
    State(app): State<App>,
    signed: Signed,
) -> Result<(StatusCode, Json<Value>), IdentityError> {
    let wanted = CreateRequest::parse(&signed.body)?;
    let identities = &app.services.identities;
    let raw_id = identities.create(signed.caller.resource).await?;
    let mut answer = json!({ "identity": { "id": raw_id.to_string() } });
    if let Some(IssueRequest { scopes, life }) = wanted.token {
        let issued = identities
            .issue(&signed.caller, &raw_id, scopes, life)
            .await?;
        answer["accessToken"] = token_json(&issued);
    }
    Ok((StatusCode::CREATED, Json(answer)))
}

async fn issue_token(
    State(app): State<App>,
    id: Id,
    signed: Signed,
) -> Result<Json<Value>, IdentityError> {
    let raw_id = read_id(id)?;
    let IssueRequest { scopes, life } = IssueRequest::parse(&signed.body)?;
    let identities = &app.services.identities;
    let issued = identities
        .issue(&signed.caller, &raw_id, scopes, life)
        .await?;
    Ok(Json(token_json(&issued)))
}

async fn revoke_tokens(
    State(app): State<App>,
    id: Id,
    signed: Signed,
) -> Result<StatusCode, IdentityError> {
    app.services
        .identities
        .revoke(&signed.caller, &read_id(id)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn delete_identity(
    State(app): State<App>,
    id: Id,
    signed: Signed,
) -> Result<StatusCode, IdentityError> {
    app.services
        .identities
        .delete(&signed.caller, &read_id(id)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn exchange_token(
    State(app): State<App>,
    signed: Signed,
) -> Result<Json<Value>, IdentityError> {
    let request = parse_exchange(&signed.body)?;
    let issued = app
        .services
        .exchange
        .exchange(&signed.caller, &request)
        .await;
    let issued = issued.map_err(|error| match error {
        ServiceError::Unauthenticated => IdentityError::InvalidAccessToken,
        error => error.into(),
    })?;
    Ok(Json(token_json(&issued)))
}

fn token_json(issued: &IssuedToken) -> Value {
    json!({ "token": issued.token, "expiresOn": issued.expires_on.rfc3339() })
}

/// An id of another form names no identity that could exist.
fn read_id(id: Id) -> Result<RawId, IdentityError> {
    let Path(text) = id.map_err(|_| IdentityError::NotFound)?;
    text.parse().map_err(|_| IdentityError::NotFound)
}
