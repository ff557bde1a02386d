//! Who may ring whom (behaviour 11). Denied unless a line here allows it.
use super::{EndCode, Home};
use crate::{
    ids::{OrganisationId, RawId},
    policy::{Cloud, OrganisationPolicy},
};

/// Somebody who is to be rung, as the directory has them.
#[derive(Clone, Copy, Debug)]
pub struct Callee<'a> {
    /// The identity.
    pub raw_id: &'a RawId,
    /// An enabled member's organisation and its policy.
    pub organisation: Option<(OrganisationId, &'a OrganisationPolicy)>,
}

/// Whether `caller` may ring `callee` into a call of `home`. An unknown member and one who may not be rung get one answer.
pub fn may_ring(caller: &RawId, home: Home, callee: &Callee<'_>) -> Result<(), EndCode> {
    match (caller, home, callee.raw_id) {
        (
            RawId::External { resource, .. },
            Home::Resource(whose),
            RawId::External {
                resource: theirs, ..
            },
        ) if *resource == whose && *theirs == whose => Ok(()),
        // Members are added to calls of external users where their organisation allows that resource.
        (RawId::External { resource, .. }, Home::Resource(whose), RawId::Member(_))
            if *resource == whose =>
        {
            let allowed = callee.organisation.is_some_and(|(_, policy)| {
                policy.external_access
                    && policy.external_calls
                    && policy.cloud == Cloud::Public
                    && policy.allowed_resources.contains(resource)
            });
            if allowed {
                Ok(())
            } else {
                Err(EndCode::MAY_NOT_RING_MEMBER)
            }
        }
        (RawId::Member(_), Home::Organisation(whose), RawId::Member(_))
            if callee
                .organisation
                .is_some_and(|(theirs, _)| theirs == whose) =>
        {
            Ok(())
        }
        (_, _, RawId::Visitor(_) | RawId::Phone(_)) => Err(EndCode::BAD_CALLEE),
        _ => Err(EndCode::POLICY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ExternalUserId, MemberId, ResourceId};
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn external(resource: u128) -> RawId {
        RawId::External {
            resource: ResourceId(Uuid::from_u128(resource)),
            user: ExternalUserId(Uuid::from_u128(5)),
        }
    }

    fn member() -> RawId {
        RawId::Member(MemberId(Uuid::from_u128(6)))
    }

    fn resource(n: u128) -> Home {
        Home::Resource(ResourceId(Uuid::from_u128(n)))
    }

    fn organisation(n: u128) -> OrganisationId {
        OrganisationId(Uuid::from_u128(n))
    }

    fn open() -> OrganisationPolicy {
        OrganisationPolicy {
            external_calls: true,
            allowed_resources: BTreeSet::from([ResourceId(Uuid::from_u128(1))]),
            ..OrganisationPolicy::default()
        }
    }

    /// `their` is the organisation of the callee, with its policy.
    fn ring(
        caller: &RawId,
        home: Home,
        callee: &RawId,
        their: Option<(u128, &OrganisationPolicy)>,
    ) -> Result<(), EndCode> {
        let callee = Callee {
            raw_id: callee,
            organisation: their.map(|(n, policy)| (organisation(n), policy)),
        };
        may_ring(caller, home, &callee)
    }

    // [CP-50] [L2] Everything that is not named is refused.
    #[test]
    fn external_users_ring_their_own_and_members_who_allow_it() {
        let (ana, ours) = (external(1), resource(1));
        let other = external(2);
        assert_eq!(ring(&ana, ours, &external(1), None), Ok(()));
        for (caller, home, callee) in [
            (&ana, ours, &other),
            (&other, ours, &ana),
            (&other, ours, &other),
            (&ana, resource(2), &other),
        ] {
            assert_eq!(ring(caller, home, callee, None), Err(EndCode::POLICY));
        }
        let shut = OrganisationPolicy {
            external_access: false,
            ..open()
        };
        let unlisted = OrganisationPolicy {
            allowed_resources: BTreeSet::new(),
            ..open()
        };
        let refused = Err(EndCode::MAY_NOT_RING_MEMBER);
        for policy in [OrganisationPolicy::default(), shut, unlisted] {
            assert_eq!(ring(&ana, ours, &member(), Some((2, &policy))), refused);
        }
        assert_eq!(ring(&ana, ours, &member(), None), refused, "tells nothing");
        assert_eq!(ring(&ana, ours, &member(), Some((2, &open()))), Ok(()));
        let phone: RawId = "4:+15551234".parse().expect("phone");
        assert_eq!(ring(&ana, ours, &phone, None), Err(EndCode::BAD_CALLEE));
    }

    // [CP-50] [E7] [E13] [I1] Members ring members; neither kind gets into the other's calls by itself.
    #[test]
    fn members_ring_members_of_their_organisation() {
        let (bo, open) = (member(), open());
        let home = Home::Organisation(organisation(2));
        assert_eq!(ring(&bo, home, &member(), Some((2, &open))), Ok(()));
        for (caller, home, callee, their) in [
            (&bo, home, member(), Some((3, &open))),
            (&bo, home, member(), None),
            (&bo, home, external(1), None),
            (&external(1), home, external(1), None),
            (&external(1), home, member(), Some((2, &open))),
            (&bo, resource(1), external(1), None),
            (&bo, resource(1), member(), Some((2, &open))),
        ] {
            assert_eq!(ring(caller, home, &callee, their), Err(EndCode::POLICY));
        }
    }
}
