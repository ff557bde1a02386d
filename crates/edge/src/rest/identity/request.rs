//! Bodies of this dialect. Unknown fields are ignored, `null` is as good as absent, and a wrong type names its field.
use super::error::IdentityError;
use parvis_domain::principal::Scope;
use parvis_service::{
    assignments::{CLIENT_IDS_MAX, PrincipalKind},
    exchange::ExchangeRequest,
    identities::TOKEN_LIFE_MAX,
};
use serde_json::{Map, Value};
use std::time::Duration;

/// Scopes named in one request, repetitions included.
const SCOPES_MAX: usize = 16;
const EXPIRY_TARGET: &str = "ExpiresInMinutes";
const SCOPES_TARGET: &str = "Scopes";
const CUSTOM_ID_TARGET: &str = "CustomId";

/// What a token shall be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct IssueRequest {
    pub(super) scopes: Vec<Scope>,
    pub(super) life: Duration,
}

impl IssueRequest {
    pub(super) fn parse(body: &[u8]) -> Result<Self, IdentityError> {
        let fields = parse_object(body)?;
        let scopes = parse_scopes(fields.get("scopes"))?;
        if scopes.is_empty() {
            return Err(IdentityError::validation(
                SCOPES_TARGET,
                "At least one scope is required.",
            ));
        }
        Ok(Self {
            scopes,
            life: parse_life(fields.get("expiresInMinutes"))?,
        })
    }
}

/// A new identity, and the token to make with it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CreateRequest {
    pub(super) token: Option<IssueRequest>,
    pub(super) custom_id: Option<String>,
}

impl CreateRequest {
    pub(super) fn parse(body: &[u8]) -> Result<Self, IdentityError> {
        let fields = parse_object(body)?;
        let scopes = parse_scopes(fields.get("createTokenWithScopes"))?;
        let life = parse_life(fields.get("expiresInMinutes"))?;
        let token = (!scopes.is_empty()).then_some(IssueRequest { scopes, life });
        let custom_id = parse_text(fields.get("customId"), CUSTOM_ID_TARGET)?;
        Ok(Self { token, custom_id })
    }
}

pub(super) fn parse_exchange(body: &[u8]) -> Result<ExchangeRequest, IdentityError> {
    let fields = parse_object(body)?;
    let text = |name: &str, target: &'static str| match fields.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(IdentityError::validation(
            target,
            "The field is required and must be text.",
        )),
    };
    Ok(ExchangeRequest {
        token: text("token", "Token")?,
        app_id: text("appId", "AppId")?,
        user_id: text("userId", "UserId")?,
    })
}

/// Whom an assignment is for, and through which applications it counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AssignmentRequest {
    pub(super) kind: PrincipalKind,
    pub(super) client_ids: Vec<String>,
}

impl AssignmentRequest {
    pub(super) fn parse(body: &[u8]) -> Result<Self, IdentityError> {
        let fields = parse_object(body)?;
        let kind = fields
            .get("principalType")
            .and_then(Value::as_str)
            .and_then(PrincipalKind::parse)
            .filter(|kind| matches!(kind, PrincipalKind::User | PrincipalKind::ResourceAccount));
        let kind = kind.ok_or_else(|| {
            IdentityError::validation("PrincipalType", "It must be user or resourceAccount.")
        })?;
        let refused = || IdentityError::validation("ClientIds", "It must be a list of client ids.");
        let client_ids = match fields.get("clientIds") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(ids)) if ids.len() <= CLIENT_IDS_MAX => ids
                .iter()
                .map(|id| id.as_str().map(str::to_owned).ok_or_else(refused))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(refused()),
        };
        Ok(Self { kind, client_ids })
    }
}

fn parse_text(
    value: Option<&Value>,
    target: &'static str,
) -> Result<Option<String>, IdentityError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(IdentityError::validation(target, "The field must be text.")),
    }
}

/// An empty body is an empty object: both SDKs create identities with one.
fn parse_object(body: &[u8]) -> Result<Map<String, Value>, IdentityError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(IdentityError::validation(
            "",
            "The body must be a JSON object.",
        )),
    }
}

fn parse_scopes(value: Option<&Value>) -> Result<Vec<Scope>, IdentityError> {
    let refused = || IdentityError::validation(SCOPES_TARGET, "The scopes are not valid.");
    let names = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(names)) if names.len() <= SCOPES_MAX => names,
        Some(_) => return Err(refused()),
    };
    let mut scopes = Vec::new();
    for name in names {
        let scope = name.as_str().and_then(Scope::parse).ok_or_else(refused)?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

/// Whether the span is allowed is the use case's to say; here it only has to be a number of minutes.
fn parse_life(value: Option<&Value>) -> Result<Duration, IdentityError> {
    match value {
        None | Some(Value::Null) => Ok(TOKEN_LIFE_MAX),
        Some(value) => {
            let minutes = value
                .as_u64()
                .filter(|minutes| (60..=1_440).contains(minutes));
            let minutes = minutes.ok_or_else(|| {
                IdentityError::validation(
                    EXPIRY_TARGET,
                    "The life of a token must be 60 to 1440 minutes.",
                )
            })?;
            Ok(Duration::from_secs(minutes * 60))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn target(outcome: Result<impl std::fmt::Debug, IdentityError>) -> &'static str {
        match outcome.expect_err("refused") {
            IdentityError::Validation { target, .. } => target,
            other => panic!("{other:?}"),
        }
    }

    // [B2]
    #[test]
    fn bodies_of_both_sdks_are_read() {
        let nothing = CreateRequest {
            token: None,
            custom_id: None,
        };
        for body in [
            "",
            "{}",
            r#"{"createTokenWithScopes":null,"expiresInMinutes":null}"#,
        ] {
            assert_eq!(CreateRequest::parse(body.as_bytes()).expect(body), nothing);
        }
        let both = CreateRequest::parse(
            br#"{"createTokenWithScopes":["chat","VOIP","chat"],"expiresInMinutes":60,"customId":"x"}"#,
        );
        let both = both.expect("valid");
        assert_eq!(both.custom_id.as_deref(), Some("x"));
        let token = both.token.expect("token");
        assert_eq!(token.scopes, [Scope::Chat, Scope::Voip]);
        assert_eq!(token.life, Duration::from_secs(3_600));
        let issue = IssueRequest::parse(br#"{"scopes":["voip.join"],"expiresInMinutes":null}"#);
        assert_eq!(issue.expect("valid").life, TOKEN_LIFE_MAX);
    }

    #[test]
    fn wrong_fields_are_named() {
        for (body, named) in [
            ("{}", SCOPES_TARGET),
            (r#"{"scopes":[]}"#, SCOPES_TARGET),
            (r#"{"scopes":null}"#, SCOPES_TARGET),
            (r#"{"scopes":"chat"}"#, SCOPES_TARGET),
            (r#"{"scopes":["all"]}"#, SCOPES_TARGET),
            (r#"{"scopes":[1]}"#, SCOPES_TARGET),
            (
                r#"{"scopes":["chat"],"expiresInMinutes":59}"#,
                EXPIRY_TARGET,
            ),
            (
                r#"{"scopes":["chat"],"expiresInMinutes":1441}"#,
                EXPIRY_TARGET,
            ),
            (
                r#"{"scopes":["chat"],"expiresInMinutes":-1}"#,
                EXPIRY_TARGET,
            ),
            (
                r#"{"scopes":["chat"],"expiresInMinutes":60.5}"#,
                EXPIRY_TARGET,
            ),
            (
                r#"{"scopes":["chat"],"expiresInMinutes":"60"}"#,
                EXPIRY_TARGET,
            ),
            ("[]", ""),
            ("{", ""),
            ("null", ""),
        ] {
            assert_eq!(
                target(IssueRequest::parse(body.as_bytes())),
                named,
                "{body}"
            );
        }
        let many = format!(r#"{{"scopes":[{}]}}"#, vec![r#""chat""#; 17].join(","));
        assert_eq!(target(IssueRequest::parse(many.as_bytes())), SCOPES_TARGET);
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = IssueRequest::parse(&body);
            let _ = CreateRequest::parse(&body);
            let _ = parse_exchange(&body).is_ok();
            let _ = AssignmentRequest::parse(&body);
        }
    }
}
