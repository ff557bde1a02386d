//! What the scripts of our pages ask for: where to sign in, and tokens for calls and chat.
use super::{own_page::OwnPage, problem::Problem, throttle::Throttle};
use crate::{App, auth::MemberBearer};
use axum::{
    Extension, Json, Router,
    extract::State,
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use parking_lot::Mutex;
use parvis_domain::{ids::RawId, principal::Scope};
use parvis_service::{ServiceError, identities::ResourceCaller, tokens::IssuedToken};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The public OpenID client of the host page, registered when an organisation is made. No other client's tokens open the
/// member's own seat.
const HOST_CLIENT: &str = "parvis-host";
/// How long a patient's token of the sample app lasts.
const VISIT_TOKEN_LIFE: Duration = Duration::from_secs(24 * 3_600);

type Asking = Extension<Arc<Mutex<Throttle>>>;

/// What takes a credential; the plain http listener does not serve it.
pub(super) fn member_router() -> Router<App> {
    Router::new().route("/host/token", post(host_token))
}

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/host/config.json", get(host_config))
        .route("/join/token", post(join_token))
        .route("/visit/token", post(visit_token))
        .layer(Extension(Arc::new(Mutex::new(Throttle::default()))))
}

/// Where and as what the host page signs its member in.
async fn host_config(State(app): State<App>) -> impl IntoResponse {
    let origin = app.services.context.origin_text();
    no_store(json!({
        "authority": format!("{origin}/organizations/v2.0"),
        "clientId": HOST_CLIENT,
        "scope": format!("openid profile offline_access {origin}/.default"),
    }))
}

/// A token for the member's own seat, for a member who signed in to the host page.
async fn host_token(
    State(app): State<App>,
    MemberBearer(member): MemberBearer,
) -> Result<impl IntoResponse, Problem> {
    if member.client_id != HOST_CLIENT {
        let refusal = ServiceError::Forbidden("this token was made for another application");
        return Err(refusal.into());
    }
    let members = &app.services.members;
    let issued = members.host_token(member.oid).await?;
    let known = members
        .load(member.oid)
        .await?
        .ok_or(ServiceError::NotFound("member"))?;
    let mut answer = token_json(&app, &RawId::Member(member.oid), &issued);
    answer["displayName"] = known.display_name.into();
    Ok(no_store(answer))
}

/// A token for a person who is not signed in, at the join page.
async fn join_token(
    State(app): State<App>,
    Extension(throttle): Asking,
    asked: OwnPage,
) -> Result<impl IntoResponse, Problem> {
    asked.take(&throttle)?;
    let issued = app.services.visitors.token().await?;
    let principal = app.services.tokens.verify(&issued.token).await?;
    Ok(no_store(token_json(&app, &principal.raw_id, &issued)))
}

/// The back end of the sample app, in demo mode: a new external identity of its resource, with a token.
async fn visit_token(
    State(app): State<App>,
    Extension(throttle): Asking,
    asked: OwnPage,
) -> Result<impl IntoResponse, Problem> {
    let Some(visit) = &app.visit else {
        return Err(ServiceError::NotFound("page").into());
    };
    asked.take(&throttle)?;
    let caller = ResourceCaller {
        resource: visit.resource,
        generation: None,
    };
    let identities = &app.services.identities;
    let raw_id = identities.create(visit.resource).await?;
    let scopes = vec![Scope::Chat, Scope::Voip];
    let issued = identities
        .issue(&caller, &raw_id, scopes, VISIT_TOKEN_LIFE)
        .await?;
    let mut answer = token_json(&app, &raw_id, &issued);
    answer["userId"] = json!({ "communicationUserId": raw_id.to_string() });
    Ok(no_store(answer))
}

fn token_json(app: &App, raw_id: &RawId, issued: &IssuedToken) -> Value {
    json!({
        "rawId": raw_id.to_string(),
        "token": issued.token,
        "expiresOn": issued.expires_on.rfc3339(),
        // Without a slash at the end: the chat package puts one in front of its paths.
        "endpoint": app.services.context.origin_text(),
    })
}

fn no_store(body: Value) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}
