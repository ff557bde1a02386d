//! Tickets: what stands between a checked token and a socket whose address carries none. Used once, within seconds.
use super::Notifications;
use crate::context::random_bytes;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use moka::future::Cache;
use std::time::Duration;

/// How long a ticket may wait for its socket.
const TICKET_LIFE: Duration = Duration::from_secs(30);
/// Tickets waiting at a time; past that the oldest are forgotten and their clients ask again.
const TICKETS_MAX: u64 = 50_000;

/// What a ticket stands for.
#[derive(Clone)]
pub struct Ticket {
    /// The token that was checked; it is checked again when the socket opens.
    pub token: String,
    /// The client's own name of itself, the same after a lost socket.
    pub client: String,
    /// The client was connected before.
    pub returns: bool,
    /// The address that the client was told to listen at.
    pub address: String,
}

/// Tickets that wait.
#[derive(Clone)]
pub(super) struct Tickets(Cache<String, Ticket>);

impl Default for Tickets {
    fn default() -> Self {
        let waiting = Cache::builder()
            .max_capacity(TICKETS_MAX)
            .time_to_live(TICKET_LIFE)
            .build();
        Self(waiting)
    }
}

impl Notifications {
    /// Keeps a checked token for the socket that comes next; answers the ticket's name.
    pub async fn issue_ticket(&self, ticket: Ticket) -> String {
        let name = URL_SAFE_NO_PAD.encode(random_bytes::<24>());
        self.tickets.0.insert(name.clone(), ticket).await;
        name
    }

    /// Takes a ticket; it is worth nothing afterwards.
    pub async fn redeem_ticket(&self, name: &str) -> Option<Ticket> {
        self.tickets.0.remove(name).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ticket_is_good_once() {
        let hub = Notifications::default();
        let ticket = Ticket {
            token: "t".into(),
            client: "e".into(),
            returns: false,
            address: "a".into(),
        };
        let name = hub.issue_ticket(ticket).await;
        assert!(hub.redeem_ticket("other").await.is_none());
        assert_eq!(hub.redeem_ticket(&name).await.expect("first").token, "t");
        assert!(hub.redeem_ticket(&name).await.is_none());
    }
}
