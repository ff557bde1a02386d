//! The requests of calls that ring: start, accept, decline, invite.
use super::requests::{Answer, Pending};
use crate::App;
use parvis_domain::{
    call::EndCode,
    ids::{LegId, RawId},
    principal::Principal,
};
use parvis_service::calls::{AnswerWish, CALLEES_MAX, CallRefusal, LegHandle, NewsSink, StartWish};
use parvis_signalling::{Accept, Start};
use serde_json::{Value, json};
use std::time::Duration;

/// CP-51.
pub(super) fn start(
    app: App,
    principal: Principal,
    start: Start,
    tag: u64,
    sink: NewsSink,
) -> Pending {
    Box::pin(async move {
        let leg = start.leg;
        let joined = match raw_ids(&start.callees) {
            Err(end) => Err(end.into()),
            Ok(callees) => {
                let wish = StartWish {
                    callees,
                    display_name: start.display_name,
                    muted: start.muted,
                    ring_for: start.ring_for_ms.map(Duration::from_millis),
                };
                app.services.calls.start_call(&principal, wish, sink).await
            }
        };
        Answer::Joined {
            leg,
            tag,
            joined: Box::new(joined),
        }
    })
}

/// CP-53. `endpoint` is this session's, which hears of its own answer by the reply.
pub(super) fn accept(
    app: App,
    principal: Principal,
    accept: Accept,
    endpoint: Option<u64>,
    tag: u64,
    sink: NewsSink,
) -> Pending {
    Box::pin(async move {
        let leg = accept.leg;
        let wish = AnswerWish {
            ring: accept.ring,
            endpoint,
            display_name: accept.display_name,
            muted: accept.muted,
        };
        let joined = app.services.calls.answer(&principal, wish, sink).await;
        Answer::Joined {
            leg,
            tag,
            joined: Box::new(joined),
        }
    })
}

/// CP-54.
pub(super) fn decline(app: App, principal: Principal, ring: LegId) -> Pending {
    Box::pin(async move {
        let declined = app.services.calls.decline(&principal, ring).await;
        Answer::Value(declined.map(|()| json!({})))
    })
}

/// CP-57.
pub(super) async fn invite(
    app: &App,
    principal: &Principal,
    leg: &LegHandle,
    callee: &str,
    ring_for_ms: Option<u64>,
) -> Result<Value, CallRefusal> {
    let callee = raw_id(callee)?;
    let ring_for = ring_for_ms.map(Duration::from_millis);
    let calls = &app.services.calls;
    let ring = calls.invite(leg, principal, callee, ring_for).await?;
    Ok(json!({ "participant": ring }))
}

fn raw_ids(texts: &[String]) -> Result<Vec<RawId>, EndCode> {
    if texts.len() > CALLEES_MAX {
        return Err(EndCode::MALFORMED);
    }
    texts.iter().map(|text| raw_id(text)).collect()
}

fn raw_id(text: &str) -> Result<RawId, EndCode> {
    text.parse().map_err(|_| EndCode::BAD_CALLEE)
}
