//! The OpenID provider at Entra's paths (integrations 3.3): metadata, keys, the sign-in page and the token endpoint.
mod authorize;
mod cookies;
mod error;
mod page;
mod parameters;
mod token;

use crate::App;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use error::TokenError;
use parvis_service::sign_in::{OAuthError, Tenant};
use serde_json::{Value, json};
use std::collections::HashMap;
use tower_http::cors::{Any, CorsLayer};

/// The routes, at the root.
pub fn router() -> Router<App> {
    // Apps in browsers read these from their own origins. Nothing here looks at cookies.
    let machines = Router::new()
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            get(metadata),
        )
        .route("/{tenant}/discovery/v2.0/keys", get(keys))
        .route("/{tenant}/oauth2/v2.0/token", post(token::redeem))
        .route("/common/discovery/instance", get(instance))
        .route("/.well-known/jwks.json", get(own_keys))
        .layer(
            CorsLayer::new()
                .allow_origin(Any)
                .allow_methods([Method::GET, Method::POST])
                .allow_headers(Any)
                .expose_headers([HeaderName::from_static("client-request-id")]),
        );
    Router::new()
        .route(
            "/{tenant}/oauth2/v2.0/authorize",
            get(authorize::show).post(authorize::repost),
        )
        .route("/{tenant}/oauth2/v2.0/sign-in", post(authorize::sign_in))
        .route("/{tenant}/oauth2/v2.0/consent", post(authorize::consent))
        .route("/{tenant}/oauth2/v2.0/logout", get(authorize::sign_out))
        .merge(machines)
}

async fn metadata(
    State(app): State<App>,
    Path(tenant): Path<String>,
) -> Result<Json<Value>, TokenError> {
    let known = known_tenant(&app, &tenant).await?;
    let origin = app.services.context.origin_text();
    let issuer = match known {
        Tenant::One(id) => app.services.sign_in.issuer(id),
        // Stands for the organisation of whoever signs in, as in the original.
        Tenant::Any => format!("{origin}/{{tenantid}}/v2.0"),
    };
    let base = format!("{origin}/{tenant}/oauth2/v2.0");
    Ok(Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "end_session_endpoint": format!("{base}/logout"),
        "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "tid", "oid", "preferred_username", "name", "email"],
        "request_uri_parameter_supported": false,
    })))
}

async fn keys(State(app): State<App>, Path(tenant): Path<String>) -> Result<Response, TokenError> {
    known_tenant(&app, &tenant).await?;
    own_keys(State(app)).await
}

/// The keys that user tokens are signed with too.
async fn own_keys(State(app): State<App>) -> Result<Response, TokenError> {
    let jwks = app.services.tokens.jwks().await.map_err(OAuthError::from)?;
    Ok((
        [(header::CACHE_CONTROL, "public, max-age=3600")],
        Json(jwks),
    )
        .into_response())
}

/// Some clients ask first which names an authority has: only its own.
async fn instance(
    State(app): State<App>,
    Query(asked): Query<HashMap<String, String>>,
) -> Result<Json<Value>, TokenError> {
    let origin = app.services.context.origin_text();
    let authority = origin.strip_prefix("https://").unwrap_or(&origin);
    let ours = asked
        .get("authorization_endpoint")
        .and_then(|endpoint| endpoint.strip_prefix(&origin)?.strip_prefix('/'));
    let tenant = ours
        .and_then(|path| path.split('/').next())
        .ok_or(OAuthError::Unsupported("authorization_endpoint"))?;
    known_tenant(&app, tenant).await?;
    Ok(Json(json!({
        "api-version": "1.1",
        "tenant_discovery_endpoint": format!("{origin}/{tenant}/v2.0/.well-known/openid-configuration"),
        "metadata": [{
            "preferred_network": authority,
            "preferred_cache": authority,
            "aliases": [authority],
        }],
    })))
}

async fn known_tenant(app: &App, text: &str) -> Result<Tenant, OAuthError> {
    let tenant = Tenant::parse(text).ok_or(OAuthError::UnknownTenant)?;
    if app.services.sign_in.knows(tenant).await? {
        Ok(tenant)
    } else {
        Err(OAuthError::UnknownTenant)
    }
}

/// The status of a refusal; it is the same in JSON and on a page.
fn status_of(error: &OAuthError) -> StatusCode {
    use parvis_service::ServiceError;
    match error {
        OAuthError::InvalidClient => StatusCode::UNAUTHORIZED,
        OAuthError::Server(ServiceError::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        OAuthError::Server(ServiceError::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
        OAuthError::Server(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}
