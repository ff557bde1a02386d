//! The token endpoint.
use super::{error::TokenError, parameters::Parameters};
use crate::App;
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use parvis_service::sign_in::{OAuthError, Tenant, TokenAnswer};

/// Bytes of a form.
pub(super) const FORM_BYTES_MAX: usize = 64 * 1024;

pub(super) async fn redeem(
    State(app): State<App>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<impl IntoResponse, TokenError> {
    let answer = answer(&app, &tenant, &headers, body).await;
    let answer = answer.map_err(|error| TokenError::new(error, &headers, query.as_deref()))?;
    let no_store = [
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ];
    Ok((no_store, Json(answer)))
}

async fn answer(
    app: &App,
    tenant: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<TokenAnswer, OAuthError> {
    let tenant = Tenant::parse(tenant).ok_or(OAuthError::UnknownTenant)?;
    let form = read_form(headers, body).await?;
    let mut request = Parameters::parse(&form)?.into_token_request();
    if let Some((client_id, secret)) = basic_credentials(headers) {
        // RFC 6749 2.3.1; a client that also names itself in the form must name itself alike.
        if request.client_secret.is_some() || request.client_id.is_some_and(|id| id != client_id) {
            return Err(OAuthError::InvalidClient);
        }
        request.client_id = Some(client_id);
        request.client_secret = Some(secret);
    }
    app.services.sign_in.redeem(tenant, request).await
}

/// The text of a form; anything else is refused.
pub(super) async fn read_form(headers: &HeaderMap, body: Body) -> Result<String, OAuthError> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .and_then(|text| text.split(';').next())
        .unwrap_or("")
        .trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(OAuthError::Unsupported("content-type"));
    }
    let bytes = to_bytes(body, FORM_BYTES_MAX)
        .await
        .map_err(|_| OAuthError::Unsupported("body"))?;
    String::from_utf8(bytes.into()).map_err(|_| OAuthError::Unsupported("body"))
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced)
            .decode_utf8()
            .ok()
            .map(Into::into)
    };
    Some((plain(client_id)?, plain(secret)?))
}
