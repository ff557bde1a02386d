//! Members who use a resource with their own sign-in: the exchange of the common package's credential, and who may take
//! part in it as the resource's extension (`api-version` 2025-06-30 and 2026-09-23).
use super::{
    error::IdentityError,
    request::AssignmentRequest,
    shape::{identity_and_token, refuse_token},
};
use crate::{
    App,
    auth::{Denied, Signed, bearer_token},
};
use axum::{
    Json, Router,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use parvis_domain::ids::{MemberId, OrganisationId};
use parvis_service::{
    ServiceError,
    assignments::{Assignment, Role},
};
use serde_json::{Value, json};

type Place = Result<Path<(OrganisationId, MemberId)>, PathRejection>;

/// The routes, at the root. One SDK puts its path behind an endpoint that ends in a slash.
pub(super) fn router() -> Router<App> {
    Router::new()
        .without_v07_checks()
        .route("/access/entra/:exchangeAccessToken", post(as_client))
        .route("//access/entra/:exchangeAccessToken", post(as_client))
        .route(
            "/access/teamsExtension/:exchangeAccessToken",
            post(as_extension),
        )
        .route(
            "//access/teamsExtension/:exchangeAccessToken",
            post(as_extension),
        )
        .route(
            "/access/teamsExtension/tenants/{tenant}/assignments/{object}",
            get(view_assignment)
                .put(save_assignment)
                .delete(delete_assignment),
        )
}

async fn as_client(State(app): State<App>, headers: HeaderMap) -> Result<Response, IdentityError> {
    let Some(token) = bearer_token(&headers) else {
        return Ok(Denied::Bearer.into_response());
    };
    let exchanged = app.services.exchange.exchange_as_client(token).await;
    let exchanged = exchanged.map_err(refuse_token)?;
    Ok(Json(identity_and_token(&exchanged.raw_id, &exchanged.issued)).into_response())
}

async fn as_extension(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, IdentityError> {
    let Some(token) = bearer_token(&headers) else {
        return Ok(Denied::Bearer.into_response());
    };
    let exchanged = app.services.exchange.exchange_as_extension(token).await;
    let exchanged = exchanged.map_err(refuse_token)?;
    Ok(Json(identity_and_token(&exchanged.raw_id, &exchanged.issued)).into_response())
}

async fn view_assignment(
    State(app): State<App>,
    place: Place,
    signed: Signed,
) -> Result<Json<Value>, IdentityError> {
    let (organisation, member) = read_place(place)?;
    let resource = signed.caller.resource;
    let assignments = &app.services.assignments;
    let found = assignments
        .load(resource, Role::Extension, organisation, &member.to_string())
        .await?;
    let found = found.ok_or(ServiceError::NotFound("assignment"))?;
    Ok(Json(assignment_json(&found)))
}

async fn save_assignment(
    State(app): State<App>,
    place: Place,
    signed: Signed,
) -> Result<(StatusCode, Json<Value>), IdentityError> {
    let (organisation, member) = read_place(place)?;
    let AssignmentRequest { kind, client_ids } = AssignmentRequest::parse(&signed.body)?;
    let assignment = Assignment {
        role: Role::Extension,
        organisation,
        principal: member.to_string(),
        kind,
        resource: signed.caller.resource,
        client_ids,
    };
    let is_new = app.services.assignments.assign(&assignment).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(assignment_json(&assignment))))
}

async fn delete_assignment(
    State(app): State<App>,
    place: Place,
    signed: Signed,
) -> Result<StatusCode, IdentityError> {
    let (organisation, member) = read_place(place)?;
    app.services
        .assignments
        .unassign(
            signed.caller.resource,
            Role::Extension,
            organisation,
            &member.to_string(),
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ids of another form name nothing that could exist.
fn read_place(place: Place) -> Result<(OrganisationId, MemberId), IdentityError> {
    let Path(place) = place.map_err(|_| ServiceError::NotFound("assignment"))?;
    Ok(place)
}

fn assignment_json(assignment: &Assignment) -> Value {
    json!({
        "objectId": assignment.principal,
        "tenantId": assignment.organisation,
        "principalType": assignment.kind.name(),
        "clientIds": assignment.client_ids,
    })
}
