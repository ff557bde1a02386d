//! How names look to whom. In a chat thread a name is what the app says. In a meeting's thread members see outsiders with a
//! label, and no name may look like one.
use super::Threads;
use crate::{
    ServiceError,
    notifications::{Audience, Name, Person},
};
use parvis_domain::{
    ids::{OrganisationId, RawId},
    label::{Origin, Shown, Viewer, shown_name},
    principal::Principal,
    thread::{Body, Message, Participant, Thread, ThreadKind},
};
use std::collections::HashMap;

/// The naming rules of one thread, with what is known of the members seen so far.
pub(super) struct Names<'a> {
    threads: &'a Threads,
    /// The meeting's organisation and its label for outsiders; `None` in chat threads.
    meeting: Option<(OrganisationId, String)>,
    origins: HashMap<RawId, Origin>,
}

impl<'a> Names<'a> {
    pub(super) async fn of(threads: &'a Threads, thread: &Thread) -> Result<Self, ServiceError> {
        let meeting = match thread.kind {
            ThreadKind::Chat(_) | ThreadKind::Members(..) => None,
            ThreadKind::Meeting(organisation) => {
                let policy = threads.policies.load(organisation).await?;
                Some((organisation, policy.external_label.clone()))
            }
        };
        Ok(Self {
            threads,
            meeting,
            origins: HashMap::new(),
        })
    }

    /// How the caller sees names here.
    pub(super) fn viewer(&self, caller: &Principal) -> Viewer {
        match (&self.meeting, &caller.raw_id) {
            (Some((organisation, _)), RawId::Member(_))
                if caller.organisation == Some(*organisation) =>
            {
                Viewer::Member
            }
            _ => Viewer::Outsider,
        }
    }

    async fn origin(
        &mut self,
        organisation: OrganisationId,
        raw_id: &RawId,
    ) -> Result<Origin, ServiceError> {
        if let Some(origin) = self.origins.get(raw_id) {
            return Ok(*origin);
        }
        let origin = match raw_id {
            RawId::Member(oid) => {
                if self.threads.organisation_of(*oid).await? == Some(organisation) {
                    Origin::Organisation
                } else {
                    Origin::Elsewhere
                }
            }
            RawId::External { .. }
            | RawId::Extension { .. }
            | RawId::Visitor(_)
            | RawId::Phone(_) => Origin::Elsewhere,
        };
        self.origins.insert(raw_id.clone(), origin);
        Ok(origin)
    }

    /// Both forms of a name.
    pub(super) async fn name(&mut self, raw_id: &RawId, given: &str) -> Result<Name, ServiceError> {
        let Some((organisation, label)) = self.meeting.clone() else {
            return Ok(Name {
                plain: given.to_owned(),
                labelled: given.to_owned(),
            });
        };
        let origin = self.origin(organisation, raw_id).await?;
        let shown = |viewer| {
            let person = Shown {
                display_name: given,
                origin,
                external_label: &label,
            };
            shown_name(viewer, person).display_name
        };
        Ok(Name {
            plain: shown(Viewer::Outsider),
            labelled: shown(Viewer::Member),
        })
    }

    pub(super) async fn person(
        &mut self,
        participant: &Participant,
    ) -> Result<Person, ServiceError> {
        Ok(Person {
            raw_id: participant.raw_id.clone(),
            name: self
                .name(&participant.raw_id, &participant.display_name)
                .await?,
            history_from: participant.history_from,
            metadata: participant.metadata.clone(),
        })
    }

    pub(super) async fn people(
        &mut self,
        participants: &[Participant],
    ) -> Result<Vec<Person>, ServiceError> {
        let mut people = Vec::with_capacity(participants.len());
        for participant in participants {
            people.push(self.person(participant).await?);
        }
        Ok(people)
    }

    /// Replaces the names in a list of participants by what `viewer` is to see.
    pub(super) async fn show_participants(
        &mut self,
        participants: &mut [Participant],
        viewer: Viewer,
    ) -> Result<(), ServiceError> {
        if self.meeting.is_none() {
            return Ok(());
        }
        for participant in participants {
            let name = self
                .name(&participant.raw_id, &participant.display_name)
                .await?;
            name.shown_to(viewer)
                .clone_into(&mut participant.display_name);
        }
        Ok(())
    }

    /// Replaces the names in a message by what `viewer` is to see.
    pub(super) async fn show_message(
        &mut self,
        message: &mut Message,
        viewer: Viewer,
    ) -> Result<(), ServiceError> {
        if let Some(given) = &message.author_name {
            let name = self.name(&message.author, given).await?;
            message.author_name = Some(name.shown_to(viewer).to_owned());
        }
        if let Body::People(people) = &mut message.body {
            self.show_participants(people, viewer).await?;
        }
        Ok(())
    }

    /// Everybody who is in, with how they see names.
    pub(super) async fn audience(&mut self, people: Vec<RawId>) -> Result<Audience, ServiceError> {
        let organisation = self.meeting.as_ref().map(|(organisation, _)| *organisation);
        let mut audience = Vec::with_capacity(people.len());
        for raw_id in people {
            let viewer = match organisation {
                Some(organisation)
                    if self.origin(organisation, &raw_id).await? == Origin::Organisation =>
                {
                    Viewer::Member
                }
                _ => Viewer::Outsider,
            };
            audience.push((raw_id, viewer));
        }
        Ok(audience)
    }
}
