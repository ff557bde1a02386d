//! The requests of a session: each becomes one call of `service::calls`, its answer one JSON value.
use super::{frames, ringing};
use crate::App;
use base64::Engine;
use parvis_domain::{
    call::{AccessMedium, EndCode, Reaction},
    capability::Role,
    ids::{CallId, LegId},
    principal::Principal,
};
use parvis_service::{
    calls::{
        CallRefusal, DATA_BYTES_MAX, JoinLocator, JoinWish, JoinedLeg, LegHandle, NewsSink, Said,
        TEXT_CHARS_MAX, Tally,
    },
    media::{PeerId, StreamKind, Want},
};
use parvis_signalling::{
    self as signalling, AccessMedia, ClientLeg, Join, Locator, Request, Targets, ViewStream,
    ViewWant,
};
use serde_json::{Value, json};
use std::{future::Future, pin::Pin};

/// What a finished request leaves for the session.
pub(super) enum Answer {
    /// Its reply.
    Value(Result<Value, CallRefusal>),
    /// A leg, under the tag of its news.
    Joined {
        leg: ClientLeg,
        tag: u64,
        joined: Box<Result<JoinedLeg, CallRefusal>>,
    },
    /// CP-15.
    Token(Box<Result<(Principal, String), CallRefusal>>),
}

pub(super) type Pending = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// CP-20.
pub(super) fn join(
    app: App,
    principal: Principal,
    join: Join,
    tag: u64,
    sink: NewsSink,
) -> Pending {
    Box::pin(async move {
        let leg = join.leg;
        let joined = match locator(join.locator) {
            None => Err(EndCode::BAD_LOCATOR.into()),
            Some(locator) => {
                let wish = JoinWish {
                    locator,
                    display_name: join.display_name,
                    muted: join.muted,
                    rejoin_key: join.rejoin_key,
                };
                app.services.calls.join(&principal, wish, sink).await
            }
        };
        Answer::Joined {
            leg,
            tag,
            joined: Box::new(joined),
        }
    })
}

/// CP-15.
pub(super) fn token(app: App, principal: &Principal, token: String) -> Pending {
    let raw_id = principal.raw_id.clone();
    Box::pin(async move {
        let renewed = match app.services.tokens.verify(&token).await {
            Ok(renewed) if renewed.raw_id != raw_id => Err(EndCode::OTHER_IDENTITY.into()),
            Ok(renewed) if !renewed.may_call() => Err(EndCode::NO_CALLING_SCOPE.into()),
            Ok(renewed) => Ok((renewed, token)),
            Err(_) => Err(EndCode::BAD_TOKEN.into()),
        };
        Answer::Token(Box::new(renewed))
    })
}

/// An answer that needs nobody.
pub(super) fn ready(result: Result<Value, CallRefusal>) -> Pending {
    Box::pin(std::future::ready(Answer::Value(result)))
}

/// Everything that a leg asks of its call.
pub(super) fn of_leg(
    app: App,
    principal: Principal,
    handle: LegHandle,
    request: Request,
) -> Pending {
    Box::pin(async move {
        let answer = match request {
            Request::Invite {
                callee,
                ring_for_ms,
                ..
            } => ringing::invite(&app, &principal, &handle, &callee, ring_for_ms).await,
            request => perform(&handle, request).await,
        };
        Answer::Value(answer)
    })
}

async fn perform(leg: &LegHandle, request: Request) -> Result<Value, CallRefusal> {
    match request {
        Request::Leave { for_everyone, .. } => leg.leave(for_everyone).await.map(empty),
        Request::RosterSync { .. } => leg.sync_roster().await.map(empty),
        Request::LobbyList { .. } => {
            let waiting = leg.list_lobby().await?;
            let entries: Vec<_> = waiting.into_iter().map(frames::lobby_entry).collect();
            Ok(json!({ "participants": entries }))
        }
        Request::Admit { participants, .. } => leg.admit(participants).await.map(tally),
        Request::AdmitAll { .. } => leg.admit_all().await.map(tally),
        Request::Reject { participants, .. } => leg.reject(participants).await.map(tally),
        Request::Remove { participant, .. } => leg.remove(participant).await.map(empty),
        Request::SetRole {
            participant, role, ..
        } => {
            let role = Role::parse(&role).ok_or(EndCode::MALFORMED)?;
            leg.set_role(participant, role).await.map(empty)
        }
        Request::Offer { sdp, .. } => leg.offer(sdp).await.map(|sdp| json!({ "sdp": sdp })),
        Request::Publish {
            muted,
            camera,
            share,
            ..
        } => leg.publish(muted, camera, share).await.map(empty),
        Request::View { wants, .. } => leg.view(wants.iter().map(want).collect()).await.map(empty),
        Request::MuteOthers { participants, .. } => {
            leg.mute_others(targets(participants)).await.map(empty)
        }
        Request::Hand { raised, .. } => leg.hand(raised).await.map(empty),
        Request::LowerHands { participants, .. } => {
            leg.lower_hands(targets(participants)).await.map(empty)
        }
        Request::Spotlight {
            participants, on, ..
        } => leg.spotlight(targets(participants), on).await.map(empty),
        Request::Access {
            media,
            permit,
            participants,
            ..
        } => {
            let medium = match media {
                AccessMedia::Audio => AccessMedium::Audio,
                AccessMedia::Camera => AccessMedium::Camera,
            };
            let whom = targets(participants);
            leg.access(medium, permit, whom).await.map(empty)
        }
        Request::React { reaction, .. } => {
            let reaction = Reaction::parse(&reaction).ok_or(EndCode::MALFORMED)?;
            leg.react(reaction).await.map(empty)
        }
        Request::Text {
            sequence,
            text,
            is_final,
            ..
        } => {
            if text.chars().count() > TEXT_CHARS_MAX {
                return Err(EndCode::MALFORMED.into());
            }
            let said = Said::Text {
                sequence,
                text,
                is_final,
            };
            leg.say(said, None).await.map(empty)
        }
        Request::Data {
            channel,
            payload,
            to,
            ..
        } => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(&payload);
            if bytes.map_or(true, |bytes| bytes.len() > DATA_BYTES_MAX) {
                return Err(EndCode::MALFORMED.into());
            }
            leg.say(Said::Data { channel, payload }, to)
                .await
                .map(empty)
        }
        Request::Hold { on, .. } => leg.hold(on).await.map(empty),
        Request::Token { .. }
        | Request::Join(_)
        | Request::Start(_)
        | Request::Accept(_)
        | Request::Decline { .. }
        | Request::Invite { .. } => Err(EndCode::MALFORMED.into()),
    }
}

/// Which leg a request is about; `None` for those about none.
pub(super) fn leg_of(request: &Request) -> Option<ClientLeg> {
    match request {
        Request::Token { .. }
        | Request::Join(_)
        | Request::Start(_)
        | Request::Accept(_)
        | Request::Decline { .. } => None,
        Request::Invite { leg, .. } | Request::Hold { leg, .. } => Some(*leg),
        Request::Leave { leg, .. }
        | Request::RosterSync { leg }
        | Request::LobbyList { leg }
        | Request::Admit { leg, .. }
        | Request::AdmitAll { leg }
        | Request::Reject { leg, .. }
        | Request::Remove { leg, .. }
        | Request::SetRole { leg, .. }
        | Request::Offer { leg, .. }
        | Request::Publish { leg, .. }
        | Request::View { leg, .. }
        | Request::MuteOthers { leg, .. }
        | Request::Hand { leg, .. }
        | Request::LowerHands { leg, .. }
        | Request::Spotlight { leg, .. }
        | Request::Access { leg, .. }
        | Request::React { leg, .. }
        | Request::Text { leg, .. }
        | Request::Data { leg, .. } => Some(*leg),
    }
}

/// `None` is everybody.
fn targets(targets: Targets) -> Option<Vec<LegId>> {
    match targets {
        Targets::Some(legs) => Some(legs),
        Targets::All(_) => None,
    }
}

fn locator(locator: Locator) -> Option<JoinLocator> {
    Some(match locator {
        Locator::Link { meeting_link } => JoinLocator::Link(meeting_link),
        Locator::Id {
            meeting_id,
            passcode,
        } => JoinLocator::Id {
            meeting_id,
            passcode,
        },
        Locator::Coordinates {
            thread_id,
            organizer_id,
            tenant_id,
            message_id,
        } => JoinLocator::Coordinates {
            thread_id,
            organizer_id,
            tenant_id,
            message_id,
        },
        Locator::Group { group_id } => JoinLocator::Group(group_id),
        Locator::Call { call_id } => JoinLocator::Call(CallId(call_id)),
        Locator::Room { room_id } => JoinLocator::Room(room_id),
        Locator::Unknown(_) => return None,
    })
}

fn want(want: &ViewWant) -> Want {
    let LegId(participant) = want.participant;
    Want {
        peer: PeerId(participant.as_u128()),
        stream: match want.stream {
            ViewStream::Camera => StreamKind::Camera,
            ViewStream::Share => StreamKind::Share,
        },
        width: want.width,
        height: want.height,
    }
}

fn empty(_: impl Sized) -> Value {
    json!({})
}

fn tally(tally: Tally) -> Value {
    let tally = signalling::Tally {
        success_count: tally.success,
        failure_count: tally.failure,
    };
    json!(tally)
}
