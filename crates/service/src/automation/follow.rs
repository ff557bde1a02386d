//! Following a call for an app: what happens in it becomes news, stored with the connection before anybody is told.
use super::{Shared, live::Held, participants};
use crate::{
    ServiceError,
    calls::{CallControl, ControlEvent, ControlParticipant},
    context::random_uuid,
    webhooks::Letter,
};
use parvis_domain::{
    automation::{Connection, Fact, News, Told, Way},
    call::EndCode,
    ids::LegId,
};
use parvis_store::outbox::NewOutboxEvent;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Until something that failed is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// How long a call that went down may take to be brought back before it counts as over.
const BROUGHT_BACK_WITHIN: Duration = Duration::from_secs(20);

/// Follows a new connection's call.
pub(super) fn begin(shared: &Shared, connection: Connection, control: CallControl) -> Arc<Held> {
    let id = connection.id;
    let held = Arc::new(Held::new(connection, Some(control.clone())));
    shared.connections.insert(id, held.clone());
    let task = follow(shared.clone(), held.clone(), Some(control));
    shared.connections.spawn(task);
    held
}

/// Goes on with a connection that a restart left.
pub(super) fn resume(shared: &Shared, connection: Connection) {
    let id = connection.id;
    let held = Arc::new(Held::new(connection, None));
    shared.connections.insert(id, held.clone());
    shared.connections.spawn(follow(shared.clone(), held, None));
}

async fn follow(shared: Shared, held: Arc<Held>, mut control: Option<CallControl>) {
    // At a start, every call that lives is there already.
    let mut patience = Duration::ZERO;
    loop {
        let found = match control.take() {
            Some(control) => Some(control),
            None => find(&shared, &held, patience).await,
        };
        patience = BROUGHT_BACK_WITHIN;
        let Some(found) = found else {
            return insist(&shared, &held, &Fact::Over(EndCode::CALL_OVER)).await;
        };
        held.take_hold(found.clone());
        if let Ok(events) = found.events().await
            && listen(&shared, &held, events).await
        {
            return;
        }
        if held.record.lock().await.is_over() {
            return;
        }
        // The stream ended without a word: it overflowed, or the call went down and is brought back.
        tokio::time::sleep(RETRY).await;
    }
}

/// The call of a connection, waited for a while.
async fn find(shared: &Shared, held: &Held, patience: Duration) -> Option<CallControl> {
    let (resource, call, leg) = {
        let record = held.record.lock().await;
        (record.resource, record.call, record.leg)
    };
    let until = tokio::time::Instant::now() + patience;
    loop {
        if let Some(control) = shared.calls.control(resource, call, leg).await {
            // A call that kept running without the app's own leg is not the app's any more.
            return (control.leg() == leg).then_some(control);
        }
        if tokio::time::Instant::now() >= until {
            return None;
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Until the stream ends; answers whether the connection is over.
async fn listen(shared: &Shared, held: &Held, mut events: mpsc::Receiver<ControlEvent>) -> bool {
    let way = held.record.lock().await.way;
    let mut first = true;
    while let Some(event) = events.recv().await {
        for fact in facts(event, way, first) {
            insist(shared, held, &fact).await;
        }
        first = false;
        if held.record.lock().await.is_over() {
            return true;
        }
    }
    false
}

fn facts(event: ControlEvent, way: Way, first: bool) -> Vec<Fact> {
    match event {
        ControlEvent::Roster(people) => {
            let mut facts = Vec::new();
            if first {
                facts.push(present(&people));
            }
            if way != Way::Created {
                facts.push(Fact::Established);
            }
            facts.push(Fact::Roster(participants(&people)));
            facts
        }
        ControlEvent::InviteEnded { invite, result, .. } => vec![match result {
            Ok(()) => Fact::Accepted(invite),
            Err(end) => Fact::Declined(invite, end),
        }],
        ControlEvent::Over(end) => vec![Fact::Over(end)],
    }
}

fn present(people: &[ControlParticipant]) -> Fact {
    let legs = |ringing: bool| -> Vec<LegId> {
        people
            .iter()
            .filter(|one| one.ringing == ringing)
            .map(|one| one.leg)
            .collect()
    };
    Fact::Present {
        ringing: legs(true),
        here: legs(false),
    }
}

/// Takes up a fact, again until the store has it: facts do not come twice.
async fn insist(shared: &Shared, held: &Held, fact: &Fact) {
    while let Err(error) = tell(shared, held, fact.clone()).await {
        tracing::error!(%error, "news of a call were not kept");
        tokio::time::sleep(RETRY).await;
    }
}

/// Takes up a fact: connection and news are stored together, then sent.
pub(super) async fn tell(shared: &Shared, held: &Held, fact: Fact) -> Result<(), ServiceError> {
    let mut record = held.record.lock().await;
    let mut next = record.clone();
    let told = next.handle(fact);
    if next == *record && told.is_empty() {
        return Ok(());
    }
    save(shared, &next, &told).await?;
    *record = next;
    if record.is_over() {
        shared.connections.remove(record.id);
    }
    Ok(())
}

/// The app asked for the end.
pub(super) async fn disconnecting(shared: &Shared, held: &Held) -> Result<(), ServiceError> {
    let mut record = held.record.lock().await;
    let mut next = record.clone();
    next.disconnecting();
    save(shared, &next, &[]).await?;
    *record = next;
    Ok(())
}

/// Stores a connection and its news together, and has the news sent.
pub(super) async fn save(
    shared: &Shared,
    connection: &Connection,
    told: &[Told],
) -> Result<(), ServiceError> {
    let letters = letters(shared, connection, told).await?;
    let store = &shared.context.store;
    store
        .save_connection(connection, &letters, shared.context.now())
        .await?;
    if !letters.is_empty() {
        shared.outbox.wake(connection.id.0, connection.resource);
    }
    Ok(())
}

/// The letters of news. Where the outbox is full, who is in the call is left out: it can be asked for.
pub(super) async fn letters(
    shared: &Shared,
    connection: &Connection,
    told: &[Told],
) -> Result<Vec<NewOutboxEvent>, ServiceError> {
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let lane = connection.id.0;
    let has_room = shared.outbox.has_room(lane, connection.resource).await?;
    let now = shared.context.now();
    told.iter()
        .filter(|told| has_room || !matches!(told.news, News::ParticipantsUpdated { .. }))
        .map(|told| {
            let letter = Letter::Connection {
                connection: connection.id,
                call: connection.call,
                correlation: connection.correlation,
                context: told.note.context.clone(),
                news: told.news.clone(),
            };
            let url = told.note.callback.as_ref().unwrap_or(&connection.callback);
            Ok(NewOutboxEvent {
                lane,
                resource: connection.resource,
                id: random_uuid(),
                url: url.clone(),
                letter: serde_json::to_string(&letter)
                    .map_err(|error| ServiceError::Internal(error.to_string()))?,
                created_on: now,
            })
        })
        .collect()
}
