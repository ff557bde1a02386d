//! The way out: the port to others' servers, the letters that go there, and what proves to a receiver that we wrote them.
//! How a letter looks on the wire is the edge's to say; when it is sent, and again, is the outbox's.
use crate::{ServiceError, context::Context, signing::Signing};
use async_trait::async_trait;
use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parvis_domain::{
    automation::News,
    ids::{CallId, ConnectionId, ResourceId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How long a receiver may take a letter's token for fresh.
const TOKEN_LIFE: Duration = Duration::from_secs(300);

/// What somebody's server is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "about")]
pub enum Letter {
    /// News of a connection, to the app that holds it.
    Connection {
        /// Which.
        connection: ConnectionId,
        /// Its call.
        call: CallId,
        /// Names all that follows from one beginning.
        correlation: Uuid,
        /// What the app set.
        context: Option<String>,
        /// The news.
        news: News,
    },
    /// Somebody of a resource is being rung, to the resource's own server.
    IncomingCall(Box<IncomingCall>),
}

/// A call that an app may take, turn away or send elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncomingCall {
    /// Who is rung: a raw id.
    pub to: String,
    /// Who rings: a raw id.
    pub from: String,
    /// Under which name.
    pub caller_name: String,
    /// The call.
    pub call: CallId,
    /// Names all that follows from one beginning.
    pub correlation: Uuid,
    /// What the app shows to act on it.
    pub context: String,
}

/// A letter on its way.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// How the receiver names it: the same each time it is sent.
    pub id: Uuid,
    /// On whose behalf.
    pub resource: ResourceId,
    /// Where to.
    pub url: String,
    /// When it was written.
    pub on: Timestamp,
    /// How often it was sent before.
    pub attempts: u32,
    /// What.
    pub letter: Letter,
}

/// Why a parcel did not arrive; the text names no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undelivered(pub String);

/// The port to others' servers. The edge implements it.
#[async_trait]
pub trait Courier: Send + Sync + 'static {
    /// Why nothing is ever sent to this address, for whoever named it.
    fn check(&self, url: &str) -> Result<(), String>;
    /// The parcel as it will be sent.
    fn write(&self, parcel: &Parcel) -> Vec<u8>;
    /// Sends it; done when the other side said that it has it.
    async fn send(&self, parcel: &Parcel, body: Vec<u8>, bearer: &str) -> Result<(), Undelivered>;
}

/// Sends nothing anywhere.
struct NoCourier;

#[async_trait]
impl Courier for NoCourier {
    fn check(&self, _: &str) -> Result<(), String> {
        Err("cannot be reached: this server sends nothing out".to_owned())
    }
    fn write(&self, _: &Parcel) -> Vec<u8> {
        Vec::new()
    }
    async fn send(&self, _: &Parcel, _: Vec<u8>, _: &str) -> Result<(), Undelivered> {
        Err(Undelivered("nothing is sent out".to_owned()))
    }
}

/// When a parcel is sent again, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// After the first failure.
    pub first: Duration,
    /// The longest pause; each is twice the one before.
    pub most: Duration,
    /// A parcel older than this is given up.
    pub give_up: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            most: Duration::from_secs(60),
            give_up: Duration::from_hours(1),
        }
    }
}

impl Retry {
    /// The pause after this many failures.
    pub(crate) fn pause(&self, attempts: u32) -> Duration {
        let factor = 1u32 << attempts.saturating_sub(1).min(16);
        self.first.saturating_mul(factor).min(self.most)
    }
}

/// What goes out, and where to.
#[derive(Clone)]
pub struct Webhooks {
    /// Who carries it.
    pub courier: Arc<dyn Courier>,
    /// How stubbornly.
    pub retry: Retry,
    /// Who is told of calls to a resource's users; an entry without resource is for all of them.
    pub incoming_calls: Vec<(Option<ResourceId>, String)>,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self {
            courier: Arc::new(NoCourier),
            retry: Retry::default(),
            incoming_calls: Vec::new(),
        }
    }
}

impl Webhooks {
    /// Where a resource's incoming calls are told; its own entry goes before one for all.
    pub(crate) fn incoming_calls_of(&self, resource: ResourceId) -> Option<&str> {
        let own = |wanted| {
            self.incoming_calls
                .iter()
                .find(|(whose, _)| *whose == wanted)
        };
        own(Some(resource))
            .or_else(|| own(None))
            .map(|(_, url)| url.as_str())
    }
}

/// What a receiver checks (docs/guides/call-automation.md): the audience is its resource. None of our own doors takes it:
/// it names nobody.
#[derive(Serialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    /// SHA-256 of the body, base64url.
    body_sha256: String,
}

/// The token that goes with one attempt.
pub(crate) async fn bearer(
    context: &Context,
    signing: &Signing,
    parcel: &Parcel,
    body: &[u8],
) -> Result<String, ServiceError> {
    let now = context.now();
    let hash = digest::digest(&digest::SHA256, body);
    signing
        .sign(&Claims {
            iss: context.origin_text(),
            aud: parcel.resource.to_string(),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.plus(TOKEN_LIFE).seconds(),
            jti: parcel.id.to_string(),
            body_sha256: BASE64_URL_SAFE_NO_PAD.encode(hash),
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry::default();
        let pauses: Vec<_> = [1, 2, 3, 6, 7, 40, u32::MAX]
            .map(|attempts| retry.pause(attempts).as_secs())
            .to_vec();
        assert_eq!(pauses, [1, 2, 4, 32, 60, 60, 60]);
    }

    #[test]
    fn a_resources_own_entry_goes_before_the_one_for_all() {
        let one = ResourceId(Uuid::from_u128(1));
        let mut webhooks = Webhooks::default();
        assert_eq!(webhooks.incoming_calls_of(one), None);
        webhooks.incoming_calls = vec![
            (None, "https://all.example/".to_owned()),
            (Some(one), "https://one.example/".to_owned()),
        ];
        let of = |id| webhooks.incoming_calls_of(ResourceId(Uuid::from_u128(id)));
        assert_eq!(of(1), Some("https://one.example/"));
        assert_eq!(of(2), Some("https://all.example/"));
    }
}
