//! Tells what was decided and saved: to the legs' sessions, and to the media plane.
use super::{
    actor::Actor,
    forwarding::leg_of,
    news::{LegNews, LobbyView, ParticipantView, Said},
    subject::viewer,
};
use crate::media::{SlotMap, Speakers};
use parvis_domain::{
    call::{CallEvent, Command, EndCode, Invitation, Leg},
    capability::{Capability, ChangeReason, Role},
    ids::LegId,
    label::Viewer,
};
use std::collections::BTreeSet;

impl Actor {
    /// Announces a decision's events in their order. Who is new in the call gets everything, the others what changed.
    pub(super) fn announce(&mut self, events: &[CallEvent]) {
        let fresh = self.fresh(events);
        for event in events {
            match event {
                CallEvent::Joined { leg } => self.live().insert(*leg),
                CallEvent::Returned { leg, .. } => {
                    self.live().insert(*leg);
                    self.due_gates.insert(*leg);
                }
                CallEvent::Admitted { leg } => self.tell_admitted(*leg),
                CallEvent::Ended {
                    leg,
                    end,
                    seat_until,
                    ..
                } => {
                    self.tell_ended(leg, *end, seat_until.is_some());
                }
                CallEvent::Roster {
                    version,
                    changed,
                    removed,
                } => {
                    self.tell_roster(*version, changed, removed, &fresh);
                }
                CallEvent::Lobby {
                    version,
                    changed,
                    removed,
                } => {
                    self.tell_lobby(*version, changed, removed, &fresh);
                }
                CallEvent::Capabilities { leg, reason } => self.tell_capabilities(*leg, *reason),
                CallEvent::MutedByOther { leg, by } => {
                    self.tell(*leg, LegNews::MutedByOther { by: *by });
                }
                CallEvent::Gate { leg } => {
                    self.due_gates.insert(*leg);
                }
                CallEvent::Rings { invitation } => self.tell_ring(invitation),
                CallEvent::RingEnded { invitation, result } => {
                    self.shared.rings.end(invitation.id, *result);
                }
                CallEvent::Answered { leg } => self.tell(*leg, LegNews::Answered),
                CallEvent::SeatFreed { leg } => self.forget_key(*leg),
                CallEvent::Stage => self.tell_stage(),
                CallEvent::Reacted { leg, reaction } => {
                    self.tell_reaction(*leg, &Said::Reaction(*reaction));
                }
                CallEvent::Saved { .. } | CallEvent::AttendeeAccess { .. } | CallEvent::Over => {}
            }
        }
        for leg in fresh {
            self.tell_full_roster(leg);
            self.tell_full_lobby(leg);
            self.tell_stage_to(leg);
        }
        self.tell_listeners(events);
        self.flush_media();
    }

    /// Who takes part from now on, or again.
    fn fresh(&self, events: &[CallEvent]) -> BTreeSet<LegId> {
        let came = events.iter().filter_map(|event| match event {
            CallEvent::Joined { leg }
            | CallEvent::Admitted { leg }
            | CallEvent::Returned { leg, .. } => Some(*leg),
            _ => None,
        });
        came.filter(|leg| self.call.leg(*leg).is_ok_and(Leg::is_connected))
            .collect()
    }

    /// Tells one leg. One whose session cannot take it counts as lost.
    pub(super) fn tell(&mut self, leg: LegId, news: LegNews) {
        let Some(session) = self.sessions.get(&leg) else {
            return;
        };
        if !session.sink.tell(news) {
            self.lose_session(leg);
        }
    }

    /// A session that went down without a word, or before it heard of its leg, cannot lose it by itself; somebody who waits
    /// in the lobby may be told nothing for long.
    pub(super) fn lose_abandoned(&mut self) {
        let gone = self.sessions.iter().filter(|(_, s)| s.sink.is_closed());
        for leg in gone.map(|(leg, _)| *leg).collect::<Vec<_>>() {
            self.lose_session(leg);
        }
    }

    fn lose_session(&mut self, leg: LegId) {
        self.sessions.remove(&leg);
        self.shared.live.remove(leg);
        let now = self.shared.context.now();
        // Losing a leg announces nothing, so this ends here.
        let _ = self.call.handle(Command::Lose { leg, clean: false }, now);
    }

    fn tell_admitted(&mut self, id: LegId) {
        let Ok(leg) = self.call.leg(id) else { return };
        let news = LegNews::Admitted {
            role: leg.role,
            capabilities: self.call.capabilities(leg),
            thread: self.subject.thread().cloned(),
            subject: self.subject.title(),
        };
        self.tell(id, news);
    }

    fn tell_ended(&mut self, leg: &Leg, end: EndCode, seated: bool) {
        self.tell(leg.id, LegNews::Ended { end });
        self.drop_leg(leg.id);
        if !seated {
            self.forget_key(leg.id);
        }
    }

    fn tell_capabilities(&mut self, id: LegId, reason: ChangeReason) {
        let Ok(leg) = self.call.leg(id) else { return };
        let capabilities = self.call.capabilities(leg);
        let role = leg.role;
        self.tell(
            id,
            LegNews::Capabilities {
                role,
                capabilities,
                reason,
            },
        );
        self.tell_full_lobby(id);
    }

    /// The whole roster, as this leg is to see it.
    pub(super) fn tell_full_roster(&mut self, id: LegId) {
        let Ok(leg) = self.call.leg(id) else { return };
        let viewer = viewer(leg);
        let participants = self
            .call
            .connected()
            .map(|other| self.participant_view(viewer, other, other.id == id))
            .chain(
                self.call
                    .invitations()
                    .map(|ring| self.ringing_view(viewer, ring)),
            )
            .collect();
        let version = self.call.roster_version();
        let news = LegNews::Roster {
            version,
            full: true,
            participants,
            removed: Vec::new(),
        };
        self.tell(id, news);
    }

    fn tell_roster(
        &mut self,
        version: u64,
        changed: &[LegId],
        removed: &[(LegId, EndCode)],
        fresh: &BTreeSet<LegId>,
    ) {
        // Every viewer of a kind sees the same; only `self` differs.
        let views = |viewer: Viewer| -> Vec<ParticipantView> {
            let entries = changed.iter().filter_map(|id| match self.call.leg(*id) {
                Ok(leg) => Some(self.participant_view(viewer, leg, false)),
                Err(_) => {
                    let ring = self.call.invitation(*id)?;
                    Some(self.ringing_view(viewer, ring))
                }
            });
            entries.collect()
        };
        let (for_members, for_outsiders) = (views(Viewer::Member), views(Viewer::Outsider));
        let told: Vec<_> = self
            .call
            .connected()
            .filter(|leg| !fresh.contains(&leg.id))
            .map(|leg| (leg.id, viewer(leg)))
            .collect();
        for (leg, viewer) in told {
            let views = if viewer == Viewer::Member {
                &for_members
            } else {
                &for_outsiders
            };
            let mut participants = views.clone();
            for view in &mut participants {
                view.is_self = view.id == leg;
            }
            let removed = removed.to_vec();
            self.tell(
                leg,
                LegNews::Roster {
                    version,
                    full: false,
                    participants,
                    removed,
                },
            );
        }
    }

    fn tell_lobby(
        &mut self,
        version: u64,
        changed: &[LegId],
        removed: &[LegId],
        fresh: &BTreeSet<LegId>,
    ) {
        let told: Vec<_> = self
            .call
            .connected()
            .filter(|leg| !fresh.contains(&leg.id) && self.manages_lobby(leg))
            .map(|leg| (leg.id, viewer(leg)))
            .collect();
        for (leg, viewer) in told {
            let legs = changed.iter().filter_map(|id| self.call.leg(*id).ok());
            let waiting = legs.map(|other| self.lobby_view(viewer, other)).collect();
            let removed = removed.to_vec();
            self.tell(
                leg,
                LegNews::Lobby {
                    version,
                    full: false,
                    waiting,
                    removed,
                },
            );
        }
    }

    /// The whole lobby, for a leg that manages it.
    fn tell_full_lobby(&mut self, id: LegId) {
        let Ok(leg) = self.call.leg(id) else { return };
        if !leg.is_connected() || !self.manages_lobby(leg) {
            return;
        }
        let waiting = self.lobby_views(id);
        let version = self.call.lobby_version();
        self.tell(
            id,
            LegNews::Lobby {
                version,
                full: true,
                waiting,
                removed: Vec::new(),
            },
        );
    }

    /// Who waits, as this leg is to see them.
    pub(super) fn lobby_views(&self, id: LegId) -> Vec<LobbyView> {
        let viewer = self.call.leg(id).map_or(Viewer::Outsider, viewer);
        self.call
            .waiting()
            .map(|leg| self.lobby_view(viewer, leg))
            .collect()
    }

    pub(super) fn tell_slots(&mut self, leg: LegId, map: SlotMap) {
        let news = LegNews::Slots {
            version: map.version,
            video: map
                .video
                .into_iter()
                .map(|(mid, peer, stream)| (mid, leg_of(peer), stream))
                .collect(),
            audio: map
                .audio
                .into_iter()
                .map(|(mid, peer)| (mid, leg_of(peer)))
                .collect(),
        };
        self.tell(leg, news);
    }

    pub(super) fn tell_speakers(&mut self, speakers: &Speakers) {
        let legs = |peers: &[_]| peers.iter().map(|peer| leg_of(*peer)).collect::<Vec<_>>();
        let (dominant, speaking) = (legs(&speakers.dominant), legs(&speakers.speaking));
        let told: Vec<_> = self.call.connected().map(|leg| leg.id).collect();
        for leg in told {
            let (dominant, speaking) = (dominant.clone(), speaking.clone());
            self.tell(leg, LegNews::Speakers { dominant, speaking });
        }
    }

    fn manages_lobby(&self, leg: &Leg) -> bool {
        self.call.capabilities(leg).has(Capability::ManageLobby)
    }

    fn participant_view(&self, viewer: Viewer, leg: &Leg, is_self: bool) -> ParticipantView {
        let shown = self.subject.shown_name(viewer, &leg.person);
        ParticipantView {
            id: leg.id,
            raw_id: leg.person.raw_id.clone(),
            display_name: shown.display_name,
            label: shown.label,
            role: leg.role,
            ringing: false,
            on_hold: leg.on_hold,
            muted: leg.muted,
            camera: leg.camera,
            share: leg.share,
            joined_on: leg.since(),
            is_self,
        }
    }

    fn ringing_view(&self, viewer: Viewer, ring: &Invitation) -> ParticipantView {
        let callee = &ring.callee;
        let shown = self
            .subject
            .shown(viewer, &callee.display_name, callee.outsider);
        ParticipantView {
            id: ring.id,
            raw_id: callee.raw_id.clone(),
            display_name: shown.display_name,
            label: shown.label,
            role: Role::Presenter,
            ringing: true,
            on_hold: false,
            muted: false,
            camera: false,
            share: false,
            joined_on: ring.since,
            is_self: false,
        }
    }

    fn lobby_view(&self, viewer: Viewer, leg: &Leg) -> LobbyView {
        let shown = self.subject.shown_name(viewer, &leg.person);
        LobbyView {
            id: leg.id,
            raw_id: leg.person.raw_id.clone(),
            display_name: shown.display_name,
            label: shown.label,
            since: leg.since(),
        }
    }
}
