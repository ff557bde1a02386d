//! Whom an invitation names: found in the organiser's directory where they are members, kept as given where not.
use super::Meetings;
use crate::ServiceError;
use parvis_domain::{
    directory::{Member, Upn},
    ids::MemberId,
    meeting::{DraftError, Invitee, InviteeRole, Meeting},
};

impl Meetings {
    /// Somebody of the organisation of `by`, by object id or sign-in name. Others are not found.
    pub async fn find_colleague(&self, by: MemberId, name: &str) -> Result<Member, ServiceError> {
        let asking = self.member(by).await?;
        let invitee = Invitee {
            member: name.parse().ok(),
            upn: Some(name.to_owned()),
            role: InviteeRole::Attendee,
        };
        let found = self.colleague(&asking, &invitee).await?;
        found.ok_or(ServiceError::NotFound("user"))
    }

    /// The invitees with their directory entries, each person once and without the organiser.
    pub(super) async fn resolve_invitees(
        &self,
        organiser: &Member,
        invitees: Vec<Invitee>,
    ) -> Result<Vec<Invitee>, ServiceError> {
        let mut resolved: Vec<Invitee> = Vec::with_capacity(invitees.len());
        for mut invitee in invitees {
            let member = self.colleague(organiser, &invitee).await?;
            if member.is_none() && invitee.role != InviteeRole::Attendee {
                let error = DraftError::OutsiderWithRole;
                return Err(ServiceError::invalid("participants", error.to_string()));
            }
            if let Some(member) = member {
                invitee.member = Some(member.oid);
                invitee.upn = Some(member.upn.as_str().to_owned());
            }
            let is_organiser = invitee.member == Some(organiser.oid);
            let is_known = resolved
                .iter()
                .any(|known| known.upn == invitee.upn && known.member == invitee.member);
            let is_nobody = invitee.member.is_none() && invitee.upn.is_none();
            if !is_organiser && !is_known && !is_nobody {
                resolved.push(invitee);
            }
        }
        Ok(resolved)
    }

    /// The member of the organiser's own organisation that an invitation names.
    async fn colleague(
        &self,
        organiser: &Member,
        invitee: &Invitee,
    ) -> Result<Option<Member>, ServiceError> {
        let store = &self.context.store;
        let upn = invitee.upn.as_deref().and_then(Upn::parse);
        let stored = match (invitee.member, upn) {
            (Some(oid), _) => store.load_member(oid).await?,
            (None, Some(upn)) => store.load_member_by_upn(&upn).await?,
            (None, None) => None,
        };
        Ok(stored
            .map(|stored| stored.member)
            .filter(|member| member.organisation == organiser.organisation))
    }

    /// The permanent participants of the meeting's thread: its organiser and the invited colleagues.
    pub(super) async fn thread_members(
        &self,
        meeting: &Meeting,
    ) -> Result<Vec<(MemberId, String)>, ServiceError> {
        let mut members = Vec::new();
        let invited = meeting.invitees.iter().filter_map(|invitee| invitee.member);
        for oid in [meeting.organiser].into_iter().chain(invited) {
            let stored = self.context.store.load_member(oid).await?;
            members.extend(
                stored
                    .filter(|stored| stored.member.organisation == meeting.organisation)
                    .map(|stored| (oid, stored.member.display_name)),
            );
        }
        Ok(members)
    }
}
