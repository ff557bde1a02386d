//! Media access: what conductors let attendees send (CP-63). It outlives the process: a restart gives nobody the
//! microphone back.
use super::{Call, CallEvent, EndCode, Leg};
use crate::{
    capability::{Capability, ChangeReason, Role},
    ids::LegId,
    roster::Changes,
};

/// What may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaAccess {
    /// The microphone may be unmuted.
    pub audio: bool,
    /// The camera may be turned on.
    pub camera: bool,
}

impl Default for MediaAccess {
    fn default() -> Self {
        Self {
            audio: true,
            camera: true,
        }
    }
}

/// Which medium is permitted or forbidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessMedium {
    /// The microphone.
    Audio,
    /// The camera.
    Camera,
}

impl MediaAccess {
    fn set(&mut self, medium: AccessMedium, permitted: bool) {
        match medium {
            AccessMedium::Audio => self.audio = permitted,
            AccessMedium::Camera => self.camera = permitted,
        }
    }
}

/// CP-63's wish.
#[derive(Clone, Debug)]
pub(super) struct AccessWish {
    pub(super) by: LegId,
    pub(super) medium: AccessMedium,
    pub(super) permitted: bool,
    /// `None` is every attendee, those who come later too.
    pub(super) legs: Option<Vec<LegId>>,
}

impl Call {
    /// What attendees may send who come now.
    pub fn attendee_access(&self) -> MediaAccess {
        self.attendee_access
    }

    /// What a leg may send as far as conductors decide: only attendees are held back.
    pub fn access(&self, leg: &Leg) -> MediaAccess {
        if leg.role == Role::Attendee {
            leg.access
        } else {
            MediaAccess::default()
        }
    }

    pub(super) fn set_access(
        &mut self,
        wish: AccessWish,
        changes: &mut Changes,
    ) -> Result<(), EndCode> {
        let capability = match wish.medium {
            AccessMedium::Audio => Capability::ForbidOthersAudio,
            AccessMedium::Camera => Capability::ForbidOthersVideo,
        };
        self.conductor(wish.by, capability, EndCode::FORBIDDEN)?;
        let targets = match &wish.legs {
            Some(legs) => {
                for leg in legs {
                    if self.connected_leg(*leg)?.role != Role::Attendee {
                        return Err(EndCode::FORBIDDEN);
                    }
                }
                legs.clone()
            }
            None => {
                let mut attendees = self.attendee_access;
                attendees.set(wish.medium, wish.permitted);
                if attendees != self.attendee_access {
                    self.attendee_access = attendees;
                    changes.event(CallEvent::AttendeeAccess { access: attendees });
                    changes.stage();
                }
                // Those who wait are attendees or will be told otherwise by their role.
                self.legs.keys().copied().collect()
            }
        };
        for id in targets {
            self.set_leg_access(id, &wish, changes);
        }
        Ok(())
    }

    fn set_leg_access(&mut self, id: LegId, wish: &AccessWish, changes: &mut Changes) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        let before = leg.access;
        leg.access.set(wish.medium, wish.permitted);
        if leg.access == before {
            return;
        }
        changes.event(CallEvent::Saved { leg: id });
        if leg.role == Role::Attendee && leg.is_connected() {
            changes.stage();
            changes.event(CallEvent::Capabilities {
                leg: id,
                reason: ChangeReason::MeetingOptionOrOrganizerPolicyChanged,
            });
            self.hold_to_rules(id, changes);
        }
    }
}
