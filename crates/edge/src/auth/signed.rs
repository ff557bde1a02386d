//! Requests signed with a resource's access key (rest-wire section 4). A server may own several resources and the
//! request names none, so the key itself tells: every key of every resource (at most 64 of them) is tried. In place of a
//! signature, a directory's access token of somebody who is assigned to a resource as its back end.
use super::{
    Denied, bearer_token,
    canonical::{SignedParts, read_signature},
};
use crate::App;
use aws_lc_rs::{constant_time, digest};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, OriginalUri},
    http::{HeaderMap, Request, header, request::Parts},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use parvis_domain::time::Timestamp;
use parvis_service::{ServiceError, identities::ResourceCaller, resources::Resource};
use std::time::Duration;
use time::{PrimitiveDateTime, macros::format_description};

/// Bytes of a signed request's body.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// A request whose signature (or token) was checked, with its body.
#[derive(Debug)]
pub struct Signed {
    /// The resource, and the key that signed, if one did.
    pub caller: ResourceCaller,
    /// The whole body; its hash was signed.
    pub body: Bytes,
}

impl FromRequest<App> for Signed {
    type Rejection = Denied;

    async fn from_request(request: Request<Body>, app: &App) -> Result<Self, Denied> {
        let (parts, body) = request.into_parts();
        let context = &app.services.context;
        if let Some(token) = bearer_token(&parts.headers) {
            let caller = app.services.assignments.back_end(token).await;
            let caller = caller.map_err(denied)?;
            let body = read_body(&parts.headers, body).await?;
            return Ok(Self { caller, body });
        }
        let claim = Claim::read(&parts).ok_or(Denied::Signature)?;
        if !claim.is_recent(context.now(), context.signature_skew) {
            return Err(Denied::Signature);
        }
        let body = read_body(&parts.headers, body).await?;
        if !claim.covers(&body) {
            return Err(Denied::Signature);
        }
        let resources = app.services.resources.list().await.map_err(|error| {
            tracing::error!(%error, "resources cannot be read");
            Denied::Unavailable
        })?;
        let caller = claim.caller(&resources).ok_or(Denied::Signature)?;
        Ok(Self { caller, body })
    }
}

fn denied(error: ServiceError) -> Denied {
    match error {
        ServiceError::Unauthenticated => Denied::Bearer,
        ServiceError::Forbidden(_) => Denied::Forbidden,
        error => {
            tracing::error!(%error, "a token cannot be checked");
            Denied::Unavailable
        }
    }
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Denied> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(Denied::BodyTooLarge);
    }
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|error| {
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            if cause.is::<http_body_util::LengthLimitError>() {
                return Denied::BodyTooLarge;
            }
            source = cause.source();
        }
        Denied::BodyUnreadable
    })
}

/// What the headers say about the signature.
struct Claim<'a> {
    signed: SignedParts<'a>,
    signature: Vec<u8>,
}

impl<'a> Claim<'a> {
    fn read(parts: &'a Parts) -> Option<Self> {
        let text = |name: &str| parts.headers.get(name)?.to_str().ok();
        let uri = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(&parts.uri, |original| &original.0);
        let host = text("host").or_else(|| Some(uri.authority()?.as_str()))?;
        Some(Self {
            signature: read_signature(text("authorization")?)?,
            signed: SignedParts {
                method: parts.method.as_str(),
                target: uri.path_and_query()?.as_str(),
                host,
                date: text("x-ms-date")?,
                content_hash: text("x-ms-content-sha256")?,
            },
        })
    }

    fn is_recent(&self, now: Timestamp, skew: Duration) -> bool {
        parse_imf_fixdate(self.signed.date)
            .is_some_and(|signed| now.since(signed) <= skew && signed.since(now) <= skew)
    }

    fn covers(&self, body: &[u8]) -> bool {
        let hash = BASE64_STANDARD.encode(digest::digest(&digest::SHA256, body));
        constant_time::verify_slices_are_equal(hash.as_bytes(), self.signed.content_hash.as_bytes())
            .is_ok()
    }

    fn caller(&self, resources: &[Resource]) -> Option<ResourceCaller> {
        resources.iter().find_map(|resource| {
            let key = resource
                .keys()
                .into_iter()
                .find(|key| self.signed.is_signed_by(key.bytes(), &self.signature))?;
            Some(ResourceCaller {
                resource: resource.id,
                generation: Some(key.generation().clone()),
            })
        })
    }
}

/// RFC 9110 5.6.7, the preferred form.
pub fn parse_imf_fixdate(text: &str) -> Option<Timestamp> {
    let form = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    let moment = PrimitiveDateTime::parse(text, &form).ok()?;
    Some(Timestamp::from_seconds(
        moment.assume_utc().unix_timestamp(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_one_form_only() {
        assert_eq!(
            parse_imf_fixdate("Fri, 20 Nov 2026 16:55:36 GMT"),
            Timestamp::parse_rfc3339("2026-11-20T16:55:36Z")
        );
        for odd in [
            "",
            "2026-11-20T16:55:36Z",
            "Fri, 20 Nov 2026 16:55:36 +0000",
            "Fri, 99 Nov 2026 16:55:36 GMT",
        ] {
            assert_eq!(parse_imf_fixdate(odd), None, "{odd}");
        }
    }
}
