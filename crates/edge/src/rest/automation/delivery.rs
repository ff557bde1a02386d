//! Carrying letters to others' servers: the port of `service::webhooks` over the guarded client of `out`. A receiver of
//! incoming calls is asked first whether it wants them, once a process: it has to hand back a code.
use super::event;
use crate::out::{Client, Reply, Request};
use async_trait::async_trait;
use axum::http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use parking_lot::Mutex;
use parvis_service::{
    context::random_uuid,
    webhooks::{Courier, Letter, Parcel, Undelivered},
};
use std::collections::HashSet;

const KIND: HeaderName = HeaderName::from_static("aeg-event-type");
const COUNT: HeaderName = HeaderName::from_static("aeg-delivery-count");
const TRACE: HeaderName = HeaderName::from_static("traceparent");

/// Carries letters by https.
pub struct WebhookCourier {
    client: Client,
    /// Receivers of incoming calls that handed the code back. As many as the configuration names.
    willing: Mutex<HashSet<String>>,
}

impl WebhookCourier {
    /// A courier over this client.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            willing: Mutex::default(),
        }
    }

    async fn post(
        &self,
        parcel: &Parcel,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Reply, Undelivered> {
        let request = Request {
            url: parcel.url.clone(),
            headers,
            body,
        };
        let sent = self.client.post(request).await;
        let reply = sent.map_err(|error| Undelivered(error.to_string()))?;
        match reply.status {
            200..=299 => Ok(reply),
            status => Err(Undelivered(format!("answered {status}"))),
        }
    }

    /// Asks a receiver of incoming calls whether it wants them.
    async fn ask(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        if self.willing.lock().contains(&parcel.url) {
            return Ok(());
        }
        let code = random_uuid().to_string();
        let mut headers = headers();
        headers.insert(KIND, HeaderValue::from_static("SubscriptionValidation"));
        let body = event::validation(parcel, &code);
        let reply = self.post(parcel, headers, body).await?;
        let answer: Option<serde_json::Value> = serde_json::from_slice(&reply.body).ok();
        let handed_back = answer.is_some_and(|answer| answer["validationResponse"] == *code);
        if !handed_back {
            return Err(Undelivered(
                "the validation code was not handed back".to_owned(),
            ));
        }
        self.willing.lock().insert(parcel.url.clone());
        Ok(())
    }
}

#[async_trait]
impl Courier for WebhookCourier {
    fn check(&self, url: &str) -> Result<(), String> {
        self.client
            .check(url)
            .map_err(|refused| refused.to_string())
    }

    fn write(&self, parcel: &Parcel) -> Vec<u8> {
        event::body(parcel)
    }

    async fn send(&self, parcel: &Parcel, body: Vec<u8>, bearer: &str) -> Result<(), Undelivered> {
        let mut headers = headers();
        let token = HeaderValue::from_str(&format!("Bearer {bearer}"));
        let mut token = token.map_err(|_| Undelivered("no token".to_owned()))?;
        token.set_sensitive(true);
        headers.insert(AUTHORIZATION, token);
        let correlation = match &parcel.letter {
            Letter::Connection { correlation, .. } => *correlation,
            Letter::IncomingCall(incoming) => {
                self.ask(parcel).await?;
                headers.insert(KIND, HeaderValue::from_static("Notification"));
                headers.insert(COUNT, parcel.attempts.into());
                incoming.correlation
            }
        };
        // W3C trace context: one trace for all that belongs together, one span for each event.
        let (_, span) = parcel.id.as_u64_pair();
        let trace = format!("00-{}-{span:016x}-01", correlation.simple());
        if let Ok(trace) = HeaderValue::from_str(&trace) {
            headers.insert(TRACE, trace);
        }
        self.post(parcel, headers, body).await.map(drop)
    }
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    headers.insert(CONTENT_TYPE, json);
    headers
}
