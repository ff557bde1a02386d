//! Tickets: what stands between a checked token and a socket whose address carries none. Used once, within seconds.
use super::Notifications;
use crate::context::random_bytes;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use moka::future::Cache;
use parvis_domain::ids::RawId;
use std::time::Duration;

/// How long a ticket may wait for its socket.
const TICKET_LIFE: Duration = Duration::from_secs(30);
/// Tickets waiting at a time; past that the oldest are forgotten and their clients ask again.
const TICKETS_MAX: u64 = 50_000;
/// How long a client is remembered, to tell a new one from one that comes back.
const ENDPOINT_LIFE: Duration = Duration::from_secs(3_600);
/// Clients remembered.
const ENDPOINTS_MAX: u64 = 100_000;

/// What a ticket stands for.
#[derive(Clone)]
pub struct Ticket {
    /// The token that was checked; it is checked again when the socket opens.
    pub token: String,
    /// The client's own name of itself.
    pub endpoint: String,
    /// The address that the client was told to listen at.
    pub address: String,
}

/// Tickets and clients seen lately.
#[derive(Clone)]
pub(super) struct Tickets {
    waiting: Cache<String, Ticket>,
    seen: Cache<(RawId, String), ()>,
}

impl Default for Tickets {
    fn default() -> Self {
        let waiting = Cache::builder()
            .max_capacity(TICKETS_MAX)
            .time_to_live(TICKET_LIFE)
            .build();
        let seen = Cache::builder()
            .max_capacity(ENDPOINTS_MAX)
            .time_to_idle(ENDPOINT_LIFE)
            .build();
        Self { waiting, seen }
    }
}

impl Notifications {
    /// Keeps a checked token for the socket that comes next; answers the ticket's name.
    pub async fn issue_ticket(&self, ticket: Ticket) -> String {
        let name = URL_SAFE_NO_PAD.encode(random_bytes::<24>());
        self.tickets.waiting.insert(name.clone(), ticket).await;
        name
    }

    /// Takes a ticket; it is worth nothing afterwards.
    pub async fn redeem_ticket(&self, name: &str) -> Option<Ticket> {
        self.tickets.waiting.remove(name).await
    }

    /// Whether this client of the person was here lately, so that news in between passed it by.
    pub async fn resumes(&self, raw_id: &RawId, endpoint: &str) -> bool {
        if endpoint.is_empty() {
            return false;
        }
        let client = (raw_id.clone(), endpoint.to_owned());
        let entry = self.tickets.seen.entry(client).or_insert(()).await;
        !entry.is_fresh()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parvis_domain::ids::MemberId;

    #[tokio::test]
    async fn a_ticket_is_good_once() {
        let hub = Notifications::default();
        let ticket = Ticket {
            token: "t".into(),
            endpoint: "e".into(),
            address: "a".into(),
        };
        let name = hub.issue_ticket(ticket).await;
        assert!(hub.redeem_ticket("other").await.is_none());
        assert_eq!(hub.redeem_ticket(&name).await.expect("first").token, "t");
        assert!(hub.redeem_ticket(&name).await.is_none());
    }

    #[tokio::test]
    async fn a_client_that_comes_back_is_known() {
        let hub = Notifications::default();
        let person = |n| RawId::Member(MemberId(uuid::Uuid::from_u128(n)));
        assert!(!hub.resumes(&person(1), "tab").await);
        assert!(hub.resumes(&person(1), "tab").await);
        assert!(!hub.resumes(&person(2), "tab").await);
        assert!(!hub.resumes(&person(1), "").await);
    }
}
