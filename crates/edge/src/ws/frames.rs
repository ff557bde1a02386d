//! What calls tell and answer, in the protocol's shapes.
use parvis_domain::{
    call::{CallKind, EndCode, MediaAccess},
    capability::Capabilities,
    ids::{LegId, RawId},
};
use parvis_service::{
    calls::{JoinedLeg, LegNews, LobbyView, ParticipantView, RingNews, Said, VIDEO_SLOTS_MAX},
    media::StreamKind,
};
use parvis_signalling::{
    Access, AudioSlot, CapabilityMap, CapabilityState, ClientLeg, Frame, Joined, LobbyEntry,
    Participant, Removed, Restricted, RingCaller, VideoSlot, ViewStream,
};

/// The protocol's kind of an identity.
pub(super) fn kind(raw_id: &RawId) -> &'static str {
    match raw_id {
        RawId::External { .. } | RawId::Extension { .. } | RawId::Phone(_) => "external",
        RawId::Member(_) => "member",
        RawId::Visitor(_) => "visitor",
    }
}

/// CP-21.
pub(super) fn joined(leg: ClientLeg, joined: &JoinedLeg) -> Joined {
    let (kind, group_id, room_id) = match joined.kind {
        CallKind::Meeting => ("meeting", None, None),
        CallKind::Group { group_id, .. } => ("group", Some(group_id.to_string()), None),
        CallKind::Room(room) => ("room", None, Some(room.to_string())),
        CallKind::Direct => ("direct", None, None),
    };
    Joined {
        leg,
        call_id: joined.call.to_string(),
        kind,
        state: match (joined.connected, joined.answered) {
            (true, true) => "connected",
            (true, false) => "ringing",
            (false, _) => "lobby",
        },
        participant_id: joined.handle.id(),
        rejoin_key: joined.rejoin_key.clone(),
        role: joined.role.name(),
        capabilities: capabilities(&joined.capabilities),
        thread_id: joined.thread.as_ref().map(ToString::to_string),
        group_id,
        room_id,
        meeting_subject: joined.title.clone(),
        ice_servers: Vec::new(),
        video_slots: VIDEO_SLOTS_MAX,
    }
}

/// The frame of a piece of news.
pub(super) fn frame(leg: ClientLeg, news: LegNews) -> Frame {
    match news {
        LegNews::Admitted {
            role,
            capabilities: map,
            thread,
            subject,
        } => Frame::Admitted {
            leg,
            role: role.name(),
            thread_id: thread.map(|thread| thread.to_string()),
            meeting_subject: subject,
            capabilities: capabilities(&map),
        },
        LegNews::Roster {
            version,
            full,
            participants,
            removed,
        } => Frame::Roster {
            leg,
            version,
            full,
            participants: participants.into_iter().map(participant).collect(),
            removed: removed.into_iter().map(removal).collect(),
        },
        LegNews::Lobby {
            version,
            full,
            waiting,
            removed,
        } => Frame::Lobby {
            leg,
            version,
            full,
            participants: waiting.into_iter().map(lobby_entry).collect(),
            removed,
        },
        LegNews::Capabilities {
            role,
            capabilities: map,
            reason,
        } => Frame::Capabilities {
            leg,
            role: role.name(),
            capabilities: capabilities(&map),
            reason: reason.name(),
        },
        LegNews::Slots {
            version,
            video,
            audio,
        } => Frame::Slots {
            leg,
            version,
            video: video.into_iter().map(video_slot).collect(),
            audio: audio
                .into_iter()
                .map(|(mid, participant)| AudioSlot { mid, participant })
                .collect(),
        },
        LegNews::Speakers { dominant, speaking } => Frame::Speakers {
            leg,
            dominant,
            speaking,
        },
        LegNews::Answered => Frame::Answered { leg },
        LegNews::MutedByOther { by } => Frame::MutedByOther { leg, by },
        LegNews::Stage(view) => Frame::Stage {
            leg,
            hands: view.hands,
            spotlight: view.spotlight,
            attendees: access(view.attendees),
            restricted: view
                .restricted
                .into_iter()
                .map(|(id, may)| Restricted {
                    id,
                    access: access(may),
                })
                .collect(),
        },
        LegNews::Said { by, said } => said_frame(leg, by, said),
        LegNews::Ended { end } => Frame::Ended {
            leg,
            code: end.code,
            sub_code: end.sub_code,
            message: end.message().to_owned(),
        },
    }
}

/// CP-64 to CP-66.
fn said_frame(leg: ClientLeg, participant: LegId, said: Said) -> Frame {
    match said {
        Said::Reaction(reaction) => Frame::Reaction {
            leg,
            participant,
            reaction: reaction.name(),
        },
        Said::Text {
            sequence,
            text,
            is_final,
        } => Frame::Text {
            leg,
            participant,
            sequence,
            text,
            is_final,
        },
        Said::Data { channel, payload } => Frame::Data {
            leg,
            participant,
            channel,
            payload,
        },
    }
}

/// The frame of a ring's news.
pub(super) fn ring_frame(news: RingNews) -> Frame {
    match news {
        RingNews::Incoming(ring) => Frame::Incoming {
            ring: ring.ring,
            call_id: ring.call.to_string(),
            caller: RingCaller {
                kind: kind(&ring.caller),
                raw_id: ring.caller.to_string(),
                display_name: ring.caller_name,
            },
            group: !ring.two_party,
            until: ring.until,
        },
        RingNews::Ended { ring, end, .. } => Frame::IncomingEnded {
            ring,
            code: end.code,
            sub_code: end.sub_code,
            message: end.message().to_owned(),
        },
    }
}

fn access(may: MediaAccess) -> Access {
    Access {
        audio: may.audio,
        camera: may.camera,
    }
}

/// CP-32's entry.
pub(super) fn lobby_entry(view: LobbyView) -> LobbyEntry {
    LobbyEntry {
        id: view.id,
        kind: kind(&view.raw_id),
        raw_id: view.raw_id.to_string(),
        display_name: view.display_name,
        label: view.label,
        since: view.since,
    }
}

fn participant(view: ParticipantView) -> Participant {
    Participant {
        id: view.id,
        kind: kind(&view.raw_id),
        raw_id: view.raw_id.to_string(),
        display_name: view.display_name,
        label: view.label,
        role: view.role.name(),
        // A leg within its hold stays listed unchanged (CP-31).
        state: if view.ringing { "ringing" } else { "connected" },
        muted: view.muted,
        camera: view.camera,
        share: view.share,
        on_hold: view.on_hold,
        joined_on: view.joined_on,
        is_self: view.is_self,
    }
}

fn capabilities(map: &Capabilities) -> CapabilityMap {
    CapabilityState::map(map)
}

fn removal((id, end): (LegId, EndCode)) -> Removed {
    Removed {
        id,
        code: end.code,
        sub_code: end.sub_code,
    }
}

fn video_slot((mid, participant, stream): (String, LegId, StreamKind)) -> VideoSlot {
    let stream = match stream {
        StreamKind::Camera => ViewStream::Camera,
        StreamKind::Share => ViewStream::Share,
    };
    VideoSlot {
        mid,
        participant,
        stream,
    }
}
