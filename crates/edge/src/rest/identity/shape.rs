//! Answers of this dialect.
use super::error::IdentityError;
use parvis_domain::ids::RawId;
use parvis_service::{ServiceError, identities::Identity, tokens::IssuedToken};
use serde_json::{Value, json};

pub(super) fn token_json(issued: &IssuedToken) -> Value {
    json!({ "token": issued.token, "expiresOn": issued.expires_on.rfc3339() })
}

pub(super) fn identity_and_token(raw_id: &RawId, issued: &IssuedToken) -> Value {
    json!({ "identity": { "id": raw_id.to_string() }, "accessToken": token_json(issued) })
}

/// An identity with everything that is told of it.
pub(super) fn identity_json(identity: &Identity) -> Value {
    let mut shown = json!({ "id": identity.raw_id.to_string() });
    if let Some(custom_id) = &identity.custom_id {
        shown["customId"] = custom_id.as_str().into();
    }
    if let Some(at) = identity.last_token_on {
        shown["lastTokenIssuedAt"] = at.rfc3339().into();
    }
    shown
}

/// A token that proves nothing has one refusal, whatever is wrong with it.
pub(super) fn refuse_token(error: ServiceError) -> IdentityError {
    match error {
        ServiceError::Unauthenticated => IdentityError::InvalidAccessToken,
        error => error.into(),
    }
}
