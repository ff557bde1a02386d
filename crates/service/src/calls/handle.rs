//! A leg as its session holds it: every request of the calling protocol goes through here to the call's actor.
use super::{
    actor::{Ask, Attached},
    news::{LobbyView, Said},
};
use crate::media::{MediaCallId, MediaError, MediaPlane, PeerId, Want};
use parvis_domain::{
    call::{AccessMedium, Command, EndCode, Home, Party, Reaction, Ring},
    capability::Role,
    ids::{LegId, RawId},
};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRefusal {
    /// The code.
    pub end: EndCode,
    /// What was wrong, where the code does not say it.
    pub detail: Option<String>,
}

impl From<EndCode> for CallRefusal {
    fn from(end: EndCode) -> Self {
        Self { end, detail: None }
    }
}

/// CP-33's result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were done.
    pub success: usize,
    /// How many were not.
    pub failure: usize,
}

/// A session's leg in a call. Commands of an older session of the same leg are refused.
#[derive(Clone)]
pub struct LegHandle {
    pub(super) leg: LegId,
    pub(super) attached: Attached,
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) media: Arc<dyn MediaPlane>,
    /// Among whose people the call is: whom it may ring.
    pub(super) home: Option<Home>,
}

impl LegHandle {
    /// The server's name of the leg.
    pub fn id(&self) -> LegId {
        self.leg
    }

    /// The call is gone; its last news, if it could give any, is on its way.
    pub fn is_over(&self) -> bool {
        self.asks.is_closed()
    }

    /// CP-27.
    pub async fn leave(&self, for_everyone: bool) -> Result<(), CallRefusal> {
        let command = if for_everyone {
            Command::EndForAll { by: self.leg }
        } else {
            Command::Leave { leg: self.leg }
        };
        self.command(command, 0).await.map(drop)
    }

    /// CP-33.
    pub async fn admit(&self, legs: Vec<LegId>) -> Result<Tally, CallRefusal> {
        let asked = legs.len();
        self.command(Command::Admit { by: self.leg, legs }, asked)
            .await
    }

    /// CP-33.
    pub async fn admit_all(&self) -> Result<Tally, CallRefusal> {
        self.command(Command::AdmitAll { by: self.leg }, 0).await
    }

    /// CP-33.
    pub async fn reject(&self, legs: Vec<LegId>) -> Result<Tally, CallRefusal> {
        let asked = legs.len();
        self.command(Command::Reject { by: self.leg, legs }, asked)
            .await
    }

    /// CP-34.
    pub async fn remove(&self, leg: LegId) -> Result<(), CallRefusal> {
        self.command(Command::Remove { by: self.leg, leg }, 0)
            .await
            .map(drop)
    }

    /// CP-36.
    pub async fn set_role(&self, leg: LegId, role: Role) -> Result<(), CallRefusal> {
        self.command(
            Command::SetRole {
                by: self.leg,
                leg,
                role,
            },
            0,
        )
        .await
        .map(drop)
    }

    /// CP-42; `None` leaves it as it is.
    pub async fn publish(
        &self,
        muted: Option<bool>,
        camera: Option<bool>,
        share: Option<bool>,
    ) -> Result<(), CallRefusal> {
        let leg = self.leg;
        self.command(
            Command::Publish {
                leg,
                muted,
                camera,
                share,
            },
            0,
        )
        .await
        .map(drop)
    }

    /// CP-46; `None` is everybody else.
    pub async fn mute_others(&self, legs: Option<Vec<LegId>>) -> Result<(), CallRefusal> {
        self.command(Command::MuteOthers { by: self.leg, legs }, 0)
            .await
            .map(drop)
    }

    /// CP-61.
    pub async fn hand(&self, raised: bool) -> Result<(), CallRefusal> {
        let leg = self.leg;
        self.command(Command::Hand { leg, raised }, 0)
            .await
            .map(drop)
    }

    /// CP-61; `None` is every hand.
    pub async fn lower_hands(&self, legs: Option<Vec<LegId>>) -> Result<(), CallRefusal> {
        let by = self.leg;
        self.command(Command::LowerHands { by, legs }, 0)
            .await
            .map(drop)
    }

    /// CP-62; `None` with `on` false takes everybody out.
    pub async fn spotlight(&self, legs: Option<Vec<LegId>>, on: bool) -> Result<(), CallRefusal> {
        let by = self.leg;
        self.command(Command::Spotlight { by, legs, on }, 0)
            .await
            .map(drop)
    }

    /// CP-63; `None` is every attendee, those who come later too.
    pub async fn access(
        &self,
        medium: AccessMedium,
        permitted: bool,
        legs: Option<Vec<LegId>>,
    ) -> Result<(), CallRefusal> {
        let by = self.leg;
        let command = Command::Access {
            by,
            medium,
            permitted,
            legs,
        };
        self.command(command, 0).await.map(drop)
    }

    /// CP-64.
    pub async fn react(&self, reaction: Reaction) -> Result<(), CallRefusal> {
        let leg = self.leg;
        self.command(Command::React { leg, reaction }, 0)
            .await
            .map(drop)
    }

    /// CP-65, CP-66; `to` `None` is all the others.
    pub async fn say(&self, said: Said, to: Option<Vec<LegId>>) -> Result<(), CallRefusal> {
        self.ask(|reply| Ask::Say {
            from: self.attached,
            said,
            to,
            reply,
        })
        .await
    }

    /// CP-57, after it was checked who may ring whom.
    pub(super) async fn ring(&self, rings: Vec<Ring>, caller: RawId) -> Result<(), CallRefusal> {
        let caller = Box::new(Party {
            raw_id: caller,
            display_name: String::new(),
            outsider: true,
        });
        let by = Some(self.leg);
        self.command(Command::Invite { by, caller, rings }, 0)
            .await
            .map(drop)
    }

    /// CP-59.
    pub async fn hold(&self, on: bool) -> Result<(), CallRefusal> {
        let leg = self.leg;
        self.command(Command::Hold { leg, on }, 0).await.map(drop)
    }

    /// CP-30: a full roster comes as news.
    pub async fn sync_roster(&self) -> Result<(), CallRefusal> {
        self.ask(|reply| Ask::Roster {
            from: self.attached,
            reply,
        })
        .await
    }

    /// CP-32.
    pub async fn list_lobby(&self) -> Result<Vec<LobbyView>, CallRefusal> {
        self.ask(|reply| Ask::LobbyList {
            from: self.attached,
            reply,
        })
        .await
    }

    /// CP-43.
    pub async fn view(&self, wants: Vec<Want>) -> Result<(), CallRefusal> {
        self.ask(|reply| Ask::View {
            from: self.attached,
            wants,
            reply,
        })
        .await
    }

    /// CP-40: the answer to an offer.
    pub async fn offer(&self, sdp: String) -> Result<String, CallRefusal> {
        let (call, peer): (MediaCallId, PeerId) = self
            .ask(|reply| Ask::Place {
                from: self.attached,
                reply,
            })
            .await?;
        let answer = self
            .media
            .offer(call, peer, sdp)
            .await
            .map_err(media_refusal)?;
        // The gate opens before the client hears the answer, so the first packet finds it open.
        let offered: Result<(), CallRefusal> = self
            .ask(|reply| Ask::Offered {
                from: self.attached,
                reply,
            })
            .await;
        offered.map(|()| answer)
    }

    /// The session lost its socket (CP-16).
    pub async fn lose(&self, clean: bool) {
        self.tell(Command::Lose {
            leg: self.leg,
            clean,
        })
        .await;
    }

    /// The session resumed (CP-12).
    pub async fn resume(&self) {
        self.tell(Command::Resume { leg: self.leg }).await;
    }

    /// The server ends the leg: its token ended (CP-15).
    pub async fn end(&self, end: EndCode) {
        self.tell(Command::End { leg: self.leg, end }).await;
    }

    async fn command(&self, command: Command, asked: usize) -> Result<Tally, CallRefusal> {
        let from = self.attached;
        self.ask(|reply| Ask::Do {
            from,
            command,
            asked,
            reply,
        })
        .await
    }

    /// A full mailbox refuses with 503; what the client asks may be asked again.
    async fn ask<T>(
        &self,
        ask: impl FnOnce(oneshot::Sender<Result<T, EndCode>>) -> Ask,
    ) -> Result<T, CallRefusal> {
        let (reply, answer) = oneshot::channel();
        match self.asks.try_send(ask(reply)) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(EndCode::UNAVAILABLE.into()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(EndCode::CALL_OVER.into()),
        }
        Ok(answer.await.map_err(|_| EndCode::CALL_OVER)??)
    }

    /// What must not be lost waits for room.
    async fn tell(&self, command: Command) {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Do {
            from: self.attached,
            command,
            asked: 0,
            reply,
        };
        if self.asks.send(ask).await.is_ok() {
            // A leg that is gone already needs nothing.
            let _ = answer.await;
        }
    }
}

fn media_refusal(error: MediaError) -> CallRefusal {
    let end = match error {
        MediaError::BadOffer(_) => EndCode::MALFORMED,
        MediaError::Overloaded => EndCode::UNAVAILABLE,
        MediaError::Unknown => EndCode::UNKNOWN_CALL,
    };
    CallRefusal {
        end,
        detail: Some(error.to_string()),
    }
}
