//! The Identity dialect: external identities and their tokens for a resource's back end (rest-wire section 8).
//! Every request is signed, or carries the access token of somebody assigned as back end. Any `api-version` is served
//! alike; a preview one is told more about an identity.
mod access;
mod error;
mod repeatability;
mod request;
mod shape;

use crate::{App, auth::Signed};
use axum::{
    Json, Router,
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use error::IdentityError;
use parvis_domain::ids::RawId;
use parvis_service::identities::IdentityNames;
use request::{CreateRequest, IssueRequest, parse_exchange};
use serde_json::{Value, json};
use shape::{identity_json, refuse_token, token_json};
use tower_http::set_header::SetResponseHeaderLayer;

type Id = Result<Path<String>, PathRejection>;

/// What clients may ask for by name.
const VERSIONS: HeaderValue = HeaderValue::from_static(
    "2021-03-07, 2022-06-01, 2022-10-01, 2023-10-01, 2025-03-02-preview, 2025-06-30, 2026-09-23",
);

/// The routes, at the root.
pub fn router() -> Router<App> {
    let versions = HeaderName::from_static("api-supported-versions");
    Router::new()
        // The colon is part of the wire's own names.
        .without_v07_checks()
        .route("/identities", post(create_identity))
        .route(
            "/identities/{id}",
            get(view_identity).delete(delete_identity),
        )
        .route("/identities/{id}/:issueAccessToken", post(issue_token))
        .route("/identities/{id}/:revokeAccessTokens", post(revoke_tokens))
        .route("/teamsUser/:exchangeAccessToken", post(exchange_token))
        .merge(access::router())
        .method_not_allowed_fallback(async || IdentityError::MethodNotAllowed)
        .layer(SetResponseHeaderLayer::if_not_present(versions, VERSIONS))
}

async fn create_identity(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    signed: Signed,
) -> Result<Response, IdentityError> {
    let wanted = CreateRequest::parse(&signed.body)?;
    let request = repeatability::read(&headers)?;
    let (repeatable, named) = (request.is_some(), wanted.custom_id.is_some());
    let names = IdentityNames {
        custom_id: wanted.custom_id,
        request,
        member: None,
    };
    let identities = &app.services.identities;
    let resource = signed.caller.resource;
    let raw_id = identities.create_named(resource, names).await?;
    let mut answer = json!({ "identity": { "id": raw_id.to_string() } });
    if let Some(IssueRequest { scopes, life }) = wanted.token {
        let issued = identities
            .issue(&signed.caller, &raw_id, scopes, life)
            .await?;
        answer["accessToken"] = token_json(&issued);
    }
    if named || is_preview(query.as_deref()) {
        answer["identity"] = identity_json(&identities.load(&signed.caller, &raw_id).await?);
    }
    let mut answer = (StatusCode::CREATED, Json(answer)).into_response();
    if repeatable {
        answer.headers_mut().extend([repeatability::RESULT]);
    }
    Ok(answer)
}

async fn view_identity(
    State(app): State<App>,
    id: Id,
    signed: Signed,
) -> Result<Json<Value>, IdentityError> {
    let raw_id = read_id(id)?;
    let identity = app
        .services
        .identities
        .load(&signed.caller, &raw_id)
        .await?;
    Ok(Json(identity_json(&identity)))
}

/// Whether the query asks for a preview version.
fn is_preview(query: Option<&str>) -> bool {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs
        .into_iter()
        .any(|(name, value)| name == "api-version" && value.ends_with("-preview"))
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
    Ok(Json(token_json(&issued.map_err(refuse_token)?)))
}

/// An id of another form names no identity that could exist.
fn read_id(id: Id) -> Result<RawId, IdentityError> {
    let Path(text) = id.map_err(|_| IdentityError::NotFound)?;
    text.parse().map_err(|_| IdentityError::NotFound)
}
