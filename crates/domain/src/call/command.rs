//! What a call is told, and what it answers.
use super::{
    AccessMedium, EndCode, Entry, Invitation, Leg, MediaAccess, Party, Person, Reaction, Ring,
    Rules,
};
use crate::{
    capability::{ChangeReason, Role},
    ids::{LegId, RawId},
    time::Timestamp,
};

/// A command to a call. `by` is the leg of the person who asks.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are those of the protocol's requests"
)]
pub enum Command {
    /// CP-20, after admission said `entry`.
    Join {
        leg: LegId,
        person: Box<Person>,
        role: Role,
        entry: Entry,
        muted: bool,
    },
    /// CP-51: the first leg of a call that rings. The caller checked who may ring whom.
    Start {
        leg: LegId,
        person: Box<Person>,
        muted: bool,
        rings: Vec<Ring>,
    },
    /// CP-57: more people are rung. `caller` counts only without `by`, when the server asks in a builder's name.
    Invite {
        by: Option<LegId>,
        caller: Box<Party>,
        rings: Vec<Ring>,
    },
    /// CP-53.
    Answer {
        ring: LegId,
        person: Box<Person>,
        muted: bool,
    },
    /// CP-54: declined, or taken back by the server.
    EndRing { ring: LegId, end: EndCode },
    /// The server removes a person, rung or there, in a builder's name.
    Expel { raw_id: RawId },
    /// The server mutes a person in a builder's name; `by` is what the person is told.
    Mute { raw_id: RawId, by: LegId },
    /// CP-59.
    Hold { leg: LegId, on: bool },
    /// CP-24; the caller checked the key.
    Rejoin { leg: LegId, muted: bool },
    /// The leg's socket is lost (CP-16).
    Lose { leg: LegId, clean: bool },
    /// The leg's session resumed (CP-12).
    Resume { leg: LegId },
    /// CP-27.
    Leave { leg: LegId },
    /// CP-27.
    EndForAll { by: LegId },
    /// CP-33.
    Admit { by: LegId, legs: Vec<LegId> },
    /// CP-33.
    AdmitAll { by: LegId },
    /// CP-33.
    Reject { by: LegId, legs: Vec<LegId> },
    /// CP-34.
    Remove { by: LegId, leg: LegId },
    /// CP-36.
    SetRole { by: LegId, leg: LegId, role: Role },
    /// CP-42.
    Publish {
        leg: LegId,
        muted: Option<bool>,
        camera: Option<bool>,
        share: Option<bool>,
    },
    /// CP-46; `None` is everybody else.
    MuteOthers { by: LegId, legs: Option<Vec<LegId>> },
    /// CP-61: one's own hand.
    Hand { leg: LegId, raised: bool },
    /// CP-61: others' hands; `None` is every one.
    LowerHands { by: LegId, legs: Option<Vec<LegId>> },
    /// CP-62; `None` with `on` false takes everybody out.
    Spotlight {
        by: LegId,
        legs: Option<Vec<LegId>>,
        on: bool,
    },
    /// CP-63; `None` is every attendee, those who come later too.
    Access {
        by: LegId,
        medium: AccessMedium,
        permitted: bool,
        legs: Option<Vec<LegId>>,
    },
    /// CP-64.
    React { leg: LegId, reaction: Reaction },
    /// The transport is up.
    MediaUp { leg: LegId },
    /// The transport is lost.
    MediaLost { leg: LegId },
    /// Options or policy changed; each verdict is the new admission of a waiting leg.
    Reconsider {
        rules: Rules,
        verdicts: Vec<(LegId, Result<Entry, EndCode>)>,
        reason: ChangeReason,
    },
    /// The call's room changed; each verdict is the role that a leg or a seat has now, or why it ends.
    Invitations {
        rules: Rules,
        verdicts: Vec<(LegId, Result<Role, EndCode>)>,
    },
    /// The server ends one leg: its token ended.
    End { leg: LegId, end: EndCode },
    /// The server ends the call: its meeting is gone.
    Close { end: EndCode },
}

/// What a command or the time brought about, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the protocol's frames")]
pub enum CallEvent {
    /// A new leg is in the call or its lobby.
    Joined { leg: LegId },
    /// Somebody is rung (CP-52).
    Rings { invitation: Box<Invitation> },
    /// A ring is over: answered, or why not (CP-53, CP-54); exactly once.
    RingEnded {
        invitation: Box<Invitation>,
        result: Result<(), EndCode>,
    },
    /// The first answer came: the meter of a leg that rang starts (CP-53).
    Answered { leg: LegId },
    /// A leg goes on under a new session; `seated` when it had ended meanwhile.
    Returned { leg: LegId, seated: bool },
    /// A waiting leg takes part now (CP-25).
    Admitted { leg: LegId },
    /// A leg is over; exactly once, unless it returns to its seat (CP-26).
    Ended {
        leg: Box<Leg>,
        end: EndCode,
        /// When: for a vanished leg the end of its hold, whenever that was noticed.
        on: Timestamp,
        /// Its seat is kept.
        seat_until: Option<Timestamp>,
    },
    /// CP-30.
    Roster {
        version: u64,
        changed: Vec<LegId>,
        removed: Vec<(LegId, EndCode)>,
    },
    /// CP-32.
    Lobby {
        version: u64,
        changed: Vec<LegId>,
        removed: Vec<LegId>,
    },
    /// CP-35.
    Capabilities { leg: LegId, reason: ChangeReason },
    /// CP-46.
    MutedByOther { leg: LegId, by: LegId },
    /// CP-60: hands, spotlight or access changed.
    Stage,
    /// CP-63: what attendees may send who come from now on.
    AttendeeAccess { access: MediaAccess },
    /// CP-64.
    Reacted { leg: LegId, reaction: Reaction },
    /// What the leg's media may do changed.
    Gate { leg: LegId },
    /// A leg's stored state (role, lobby or not) changed.
    Saved { leg: LegId },
    /// A seat was given up.
    SeatFreed { leg: LegId },
    /// Nobody is left and nobody is waited for.
    Over,
}
