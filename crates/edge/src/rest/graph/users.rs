//! Profiles of members: one's own, and colleagues'.
use super::{
    caller::{Caller, Origin},
    error::GraphError,
    query::Options,
    shape::{Wishes, entity, user},
};
use crate::App;
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::HeaderMap,
};
use serde_json::Value;

/// `GET /me`
pub(super) async fn show_me(
    State(app): State<App>,
    caller: Caller,
    origin: Origin,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, GraphError> {
    caller.needs(&["User.Read", "User.ReadBasic.All", "User.Read.All"])?;
    let name = caller.member.to_string();
    profile(&app, &caller, &name, origin, &headers, query).await
}

/// `GET /users/{id or userPrincipalName}`: colleagues only.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    origin: Origin,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, GraphError> {
    let name = if caller.is_called(&app, &name).await? {
        caller.needs(&["User.Read", "User.ReadBasic.All", "User.Read.All"])?;
        caller.member.to_string()
    } else {
        caller.needs(&["User.ReadBasic.All", "User.Read.All"])?;
        name
    };
    profile(&app, &caller, &name, origin, &headers, query).await
}

async fn profile(
    app: &App,
    caller: &Caller,
    name: &str,
    origin: Origin,
    headers: &HeaderMap,
    query: Option<String>,
) -> Result<Json<Value>, GraphError> {
    let options = Options::parse(query.as_deref().unwrap_or_default())?;
    let meetings = &app.services.meetings;
    let member = meetings.find_colleague(caller.member, name).await?;
    let wishes = Wishes::new(headers, origin.0, options.select);
    Ok(Json(entity(
        &wishes,
        "users/$entity",
        user(&member, &wishes),
    )))
}
