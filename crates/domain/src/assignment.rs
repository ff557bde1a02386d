//! Who may use a resource without its key: members and applications of an organisation, each in a role.
use crate::ids::{OrganisationId, ResourceId};

/// Applications through which one assignment counts.
pub const CLIENT_IDS_MAX: usize = 32;

/// What a principal may do with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Chat and call as an identity of the resource, with the scopes of the own sign-in.
    Clients,
    /// Take calls for the resource as a member of the organisation.
    Extension,
    /// All that the resource's key may do.
    BackEnd,
}

impl Role {
    /// The name in the store and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Extension => "extension",
            Self::BackEnd => "back-end",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Clients, Self::Extension, Self::BackEnd]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// What kind of principal an assignment names; the wire has the same names for the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// A member.
    User,
    /// A member's account that stands for a queue or attendant.
    ResourceAccount,
    /// An application that acts for itself.
    Application,
    /// Every member of the organisation.
    Organisation,
}

impl PrincipalKind {
    /// The name in the store and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::ResourceAccount => "resourceAccount",
            Self::Application => "application",
            Self::Organisation => "organisation",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::User,
            Self::ResourceAccount,
            Self::Application,
            Self::Organisation,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// One principal's use of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// As what.
    pub role: Role,
    /// Whose principal.
    pub organisation: OrganisationId,
    /// A member's oid, an application's client id, or the organisation's own id for all of its members.
    pub principal: String,
    /// Which of these.
    pub kind: PrincipalKind,
    /// The resource.
    pub resource: ResourceId,
    /// The applications through which it counts; empty: any.
    pub client_ids: Vec<String>,
}

impl Assignment {
    /// Whether it counts when the principal signed in to `client_id`.
    pub fn counts_through(&self, client_id: &str) -> bool {
        self.client_ids.is_empty()
            || self
                .client_ids
                .iter()
                .any(|known| known.eq_ignore_ascii_case(client_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_counts_through_the_named_applications_only() {
        let id = uuid::Uuid::from_u128(1);
        let mut assignment = Assignment {
            role: Role::Extension,
            organisation: OrganisationId(id),
            principal: id.to_string(),
            kind: PrincipalKind::User,
            resource: ResourceId(id),
            client_ids: vec![],
        };
        assert!(assignment.counts_through("any"));
        assignment.client_ids = vec!["App-1".to_owned()];
        assert!(assignment.counts_through("app-1"));
        assert!(!assignment.counts_through("app-2"));
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for role in [Role::Clients, Role::Extension, Role::BackEnd] {
            assert_eq!(Role::parse(role.name()), Some(role));
        }
        for name in ["user", "resourceAccount", "application", "organisation"] {
            assert_eq!(
                PrincipalKind::parse(name).map(PrincipalKind::name),
                Some(name)
            );
        }
        assert_eq!(Role::parse("owner"), None);
    }
}
