//! An app's hold over a call: what it is told of the call and of what it asked for, and in which order. What the app is
//! told last is that its hold ended; nothing comes after. Knows neither the call's own rules nor how events travel.
use crate::{
    call::EndCode,
    ids::{CallId, ConnectionId, LegId, RawId, ResourceId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// People that one request may call.
pub const TARGETS_MAX: usize = 20;
/// People who are being rung for one connection.
pub const PENDING_MAX: usize = 50;
/// Characters of a context that an app sets.
pub const CONTEXT_CHARS_MAX: usize = 5_000;
/// How a ring ended whose end was not seen.
const UNSEEN: EndCode = EndCode {
    code: 487,
    sub_code: 10004,
};
/// How long somebody may be rung for an app: the shortest, what is meant when nothing is said, and the longest.
pub const RING_TIMES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(60),
    Duration::from_secs(180),
];

/// How the app came to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// It called somebody.
    Created,
    /// It was called.
    Answered,
    /// It connected to a running call.
    Connected,
}

/// Where a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionState {
    /// Nobody is there yet.
    Connecting,
    /// The call is up.
    Connected,
    /// The app asked to end it.
    Disconnecting,
    /// It ended.
    Disconnected,
}

impl ConnectionState {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnecting => "disconnecting",
            Self::Disconnected => "disconnected",
        }
    }
}

/// Somebody in the call as the app sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Who.
    #[serde(with = "raw_id")]
    pub raw_id: RawId,
    /// The microphone is muted.
    pub muted: bool,
    /// The person holds the call.
    pub held: bool,
}

/// What the app sets with one request: comes back with what follows from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The app's own words.
    pub context: Option<String>,
    /// Where to tell, if not where the connection tells.
    pub callback: Option<String>,
}

/// Why something is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// As HTTP and SIP count.
    pub code: u16,
    /// The finer reason.
    pub sub_code: u32,
}

impl From<EndCode> for Outcome {
    fn from(end: EndCode) -> Self {
        Self {
            code: end.code,
            sub_code: end.sub_code,
        }
    }
}

impl Outcome {
    /// What was asked for is done.
    pub const DONE: Self = Self {
        code: 200,
        sub_code: 0,
    };

    /// For people.
    pub fn message(self) -> &'static str {
        if self == Self::DONE {
            return "done";
        }
        let (code, sub_code) = (self.code, self.sub_code);
        EndCode { code, sub_code }.message()
    }
}

/// One piece of news for the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum News {
    /// The call is up.
    CallConnected,
    /// The last news.
    CallDisconnected {
        /// Why.
        outcome: Outcome,
    },
    /// Nobody came; the last news.
    CreateCallFailed {
        /// Why.
        outcome: Outcome,
    },
    /// The answered call did not come up; the last news.
    AnswerFailed {
        /// Why.
        outcome: Outcome,
    },
    /// The running call could not be reached; the last news.
    ConnectFailed {
        /// Why.
        outcome: Outcome,
    },
    /// Who is in the call now.
    ParticipantsUpdated {
        /// Counts these news of a connection from 1.
        sequence: u64,
        /// Everybody.
        participants: Vec<Participant>,
    },
    /// Somebody who was added came.
    AddParticipantSucceeded {
        /// Who.
        #[serde(with = "raw_id")]
        participant: RawId,
    },
    /// Somebody who was to be added does not come.
    AddParticipantFailed {
        /// Who.
        #[serde(with = "raw_id")]
        participant: RawId,
        /// Why.
        outcome: Outcome,
    },
    /// Somebody was removed.
    RemoveParticipantSucceeded {
        /// Who.
        #[serde(with = "raw_id")]
        participant: RawId,
    },
    /// Somebody was not removed.
    RemoveParticipantFailed {
        /// Who.
        #[serde(with = "raw_id")]
        participant: RawId,
        /// Why.
        outcome: Outcome,
    },
    /// An addition was called off.
    CancelAddParticipantSucceeded {
        /// Which.
        invitation: LegId,
    },
    /// An addition could not be called off.
    CancelAddParticipantFailed {
        /// Which.
        invitation: LegId,
        /// Why.
        outcome: Outcome,
    },
}

/// News, and what the app set when it asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The news.
    pub news: News,
    /// Context and place.
    pub note: Note,
}

/// What happened in the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The app is in control of a call that is up.
    Established,
    /// Who is rung and who came, by the name of their ring: what was missed meanwhile follows from it.
    Present {
        /// Who is rung.
        ringing: Vec<LegId>,
        /// Who is in the call.
        here: Vec<LegId>,
    },
    /// Everybody who is in the call now.
    Roster(Vec<Participant>),
    /// Somebody who was rung took the call.
    Accepted(LegId),
    /// Somebody who was rung does not come.
    Declined(LegId, EndCode),
    /// The call, or the app's hold over it, is over.
    Over(EndCode),
}

/// Why the app may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The call is not up.
    #[error("the action is invalid when the call is not connected")]
    NotConnected,
    /// Too many are being rung.
    #[error("too many people are being rung")]
    TooManyPending,
}

/// Somebody who is being rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    #[serde(with = "raw_id")]
    target: RawId,
    note: Note,
    /// Rung by the request that made the call.
    first: bool,
}

/// One connection of an app to a call. INVARIANT: once disconnected, it tells nothing any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name.
    pub id: ConnectionId,
    /// Whose app.
    pub resource: ResourceId,
    /// The call.
    pub call: CallId,
    /// Names all that follows from one beginning.
    pub correlation: Uuid,
    /// How it came about.
    pub way: Way,
    /// Where the app is told.
    pub callback: String,
    /// What the app set when it made the connection.
    pub context: Option<String>,
    /// Who calls.
    #[serde(with = "raw_ids::option")]
    pub source: Option<RawId>,
    /// Under which name.
    pub source_name: Option<String>,
    /// Who was called.
    #[serde(with = "raw_ids")]
    pub targets: Vec<RawId>,
    /// As whom the app answered.
    #[serde(with = "raw_ids::option")]
    pub answered_by: Option<RawId>,
    /// The app's own leg in the call, where it has one.
    pub leg: Option<LegId>,
    /// When it was made.
    pub created_on: Timestamp,
    state: ConnectionState,
    sequence: u64,
    pending: BTreeMap<LegId, Pending>,
    roster: Vec<Participant>,
}

/// What a new connection is made of.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are those of the connection")]
pub struct NewConnection {
    pub id: ConnectionId,
    pub resource: ResourceId,
    pub call: CallId,
    pub correlation: Uuid,
    pub way: Way,
    pub callback: String,
    pub context: Option<String>,
    pub source: Option<RawId>,
    pub source_name: Option<String>,
    pub targets: Vec<RawId>,
    pub answered_by: Option<RawId>,
    pub leg: Option<LegId>,
    pub created_on: Timestamp,
}

impl Connection {
    /// A connection that waits for its call.
    pub fn new(new: NewConnection) -> Self {
        Self {
            id: new.id,
            resource: new.resource,
            call: new.call,
            correlation: new.correlation,
            way: new.way,
            callback: new.callback,
            context: new.context,
            source: new.source,
            source_name: new.source_name,
            targets: new.targets,
            answered_by: new.answered_by,
            leg: new.leg,
            created_on: new.created_on,
            state: ConnectionState::Connecting,
            sequence: 0,
            pending: BTreeMap::new(),
            roster: Vec::new(),
        }
    }

    /// Where it is.
    pub fn state(&self) -> ConnectionState {
        self.state
    }

    /// It ended.
    pub fn is_over(&self) -> bool {
        self.state == ConnectionState::Disconnected
    }

    /// Who is in the call, as last heard.
    pub fn roster(&self) -> &[Participant] {
        &self.roster
    }

    /// Who is being rung.
    pub fn pending(&self) -> impl Iterator<Item = (LegId, &RawId)> {
        self.pending.iter().map(|(id, one)| (*id, &one.target))
    }

    /// Whether the app may act on the call now.
    pub fn check_connected(&self) -> Result<(), Refusal> {
        match self.state {
            ConnectionState::Connected => Ok(()),
            _ => Err(Refusal::NotConnected),
        }
    }

    /// The first ring of a call that the app creates.
    pub fn ring_first(&mut self, invitation: LegId, target: RawId) {
        let note = Note {
            context: self.context.clone(),
            callback: None,
        };
        let first = true;
        self.pending.insert(
            invitation,
            Pending {
                target,
                note,
                first,
            },
        );
    }

    /// Whether one more may be rung.
    pub fn check_add(&self) -> Result<(), Refusal> {
        self.check_connected()?;
        if self.pending.len() >= PENDING_MAX {
            return Err(Refusal::TooManyPending);
        }
        Ok(())
    }

    /// Somebody is rung who was added later.
    pub fn add(&mut self, invitation: LegId, target: RawId, note: Note) {
        let first = false;
        self.pending.insert(
            invitation,
            Pending {
                target,
                note,
                first,
            },
        );
    }

    /// Whether this invitation may still be called off.
    pub fn is_pending(&self, invitation: LegId) -> bool {
        self.pending.contains_key(&invitation)
    }

    /// An invitation was called off, or could not be.
    pub fn cancelled(
        &mut self,
        invitation: LegId,
        outcome: Result<(), EndCode>,
        note: Note,
    ) -> Told {
        let news = match outcome {
            Ok(()) => {
                self.pending.remove(&invitation);
                News::CancelAddParticipantSucceeded { invitation }
            }
            Err(end) => News::CancelAddParticipantFailed {
                invitation,
                outcome: end.into(),
            },
        };
        Told { news, note }
    }

    /// Somebody was removed, or could not be.
    pub fn removed(participant: RawId, outcome: Result<(), EndCode>, note: Note) -> Told {
        let news = match outcome {
            Ok(()) => News::RemoveParticipantSucceeded { participant },
            Err(end) => News::RemoveParticipantFailed {
                participant,
                outcome: end.into(),
            },
        };
        Told { news, note }
    }

    /// The app asked to end its connection or the call.
    pub fn disconnecting(&mut self) {
        if !self.is_over() {
            self.state = ConnectionState::Disconnecting;
        }
    }

    /// Takes up what happened; answers what the app is told, in order.
    pub fn handle(&mut self, fact: Fact) -> Vec<Told> {
        if self.is_over() {
            return Vec::new();
        }
        match fact {
            Fact::Established => self.establish(),
            Fact::Present { ringing, here } => self.catch_up(&ringing, &here),
            Fact::Roster(people) => self.take_roster(people),
            Fact::Accepted(invitation) => self.accepted(invitation),
            Fact::Declined(invitation, end) => self.declined(invitation, end),
            Fact::Over(end) => self.over(end),
        }
    }

    fn establish(&mut self) -> Vec<Told> {
        if self.state != ConnectionState::Connecting {
            return Vec::new();
        }
        self.state = ConnectionState::Connected;
        let mut told = vec![self.own(News::CallConnected)];
        if !self.roster.is_empty() {
            let people = std::mem::take(&mut self.roster);
            told.extend(self.take_roster(people));
        }
        told
    }

    fn take_roster(&mut self, mut people: Vec<Participant>) -> Vec<Told> {
        people.sort_by(|one, other| one.raw_id.cmp(&other.raw_id));
        if people == self.roster {
            return Vec::new();
        }
        self.roster = people;
        if self.state != ConnectionState::Connected {
            return Vec::new();
        }
        self.sequence += 1;
        vec![self.own(News::ParticipantsUpdated {
            sequence: self.sequence,
            participants: self.roster.clone(),
        })]
    }

    fn catch_up(&mut self, ringing: &[LegId], here: &[LegId]) -> Vec<Told> {
        let ended: Vec<_> = self
            .pending
            .keys()
            .filter(|ring| !ringing.contains(ring))
            .copied()
            .collect();
        let (came, gone): (Vec<_>, Vec<_>) = ended.into_iter().partition(|id| here.contains(id));
        let came: Vec<_> = came.into_iter().flat_map(|id| self.accepted(id)).collect();
        let gone = gone
            .into_iter()
            .flat_map(|id| self.handle(Fact::Declined(id, UNSEEN)));
        came.into_iter().chain(gone.collect::<Vec<_>>()).collect()
    }

    fn accepted(&mut self, invitation: LegId) -> Vec<Told> {
        let Some(pending) = self.pending.remove(&invitation) else {
            return Vec::new();
        };
        if pending.first {
            return self.establish();
        }
        vec![Told {
            news: News::AddParticipantSucceeded {
                participant: pending.target,
            },
            note: pending.note,
        }]
    }

    fn declined(&mut self, invitation: LegId, end: EndCode) -> Vec<Told> {
        let Some(pending) = self.pending.remove(&invitation) else {
            return Vec::new();
        };
        let awaited = self.pending.values().any(|other| other.first);
        if pending.first && self.state == ConnectionState::Connecting && !awaited {
            return self.over(end);
        }
        vec![add_failed(pending, end)]
    }

    fn over(&mut self, end: EndCode) -> Vec<Told> {
        let outcome = end.into();
        let last = match (self.state, self.way) {
            (ConnectionState::Connecting, Way::Created) => News::CreateCallFailed { outcome },
            (ConnectionState::Connecting, Way::Answered) => News::AnswerFailed { outcome },
            (ConnectionState::Connecting, Way::Connected) => News::ConnectFailed { outcome },
            _ => News::CallDisconnected { outcome },
        };
        let rung = std::mem::take(&mut self.pending).into_values();
        let mut told: Vec<_> = rung
            .filter(|pending| !pending.first)
            .map(|pending| add_failed(pending, end))
            .collect();
        told.push(self.own(last));
        self.state = ConnectionState::Disconnected;
        self.roster.clear();
        told
    }

    /// News that go with the connection itself.
    fn own(&self, news: News) -> Told {
        let note = Note {
            context: self.context.clone(),
            callback: None,
        };
        Told { news, note }
    }
}

fn add_failed(pending: Pending, end: EndCode) -> Told {
    Told {
        news: News::AddParticipantFailed {
            participant: pending.target,
            outcome: end.into(),
        },
        note: pending.note,
    }
}

/// A raw id as text.
mod raw_id {
    use crate::ids::RawId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &RawId, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<RawId, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// Raw ids as texts.
mod raw_ids {
    use crate::ids::RawId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(ids: &[RawId], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ids.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<RawId>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let read = texts.iter().map(|text| text.parse());
        read.collect::<Result<_, _>>().map_err(D::Error::custom)
    }

    /// One or none.
    pub(super) mod option {
        use super::{Deserialize, Deserializer, Error, RawId, Serializer};

        pub(in super::super) fn serialize<S: Serializer>(
            id: &Option<RawId>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match id {
                Some(id) => to.collect_str(id),
                None => to.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<RawId>, D::Error> {
            let text = Option::<String>::deserialize(from)?;
            let read = text.map(|text| text.parse()).transpose();
            read.map_err(D::Error::custom)
        }
    }
}

#[cfg(test)]
mod tests;
