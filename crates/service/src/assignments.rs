//! Members and applications that use a resource without its key. Denied unless an operator (or, for extensions, the
//! resource's back end) has assigned them; in one role a principal has one resource, since a request names none.
use crate::{
    ServiceError,
    context::Context,
    identities::ResourceCaller,
    resources::Resources,
    sign_in::{Actor, SignIn},
    tokens::Tokens,
};
pub use parvis_domain::assignment::{Assignment, CLIENT_IDS_MAX, PrincipalKind, Role};
use parvis_domain::ids::{MemberId, OrganisationId, ResourceId};

/// Assignments of one resource that are listed.
const LISTED_MAX: u32 = 10_000;
/// Characters of a client's id.
const CLIENT_ID_CHARS_MAX: usize = 64;

const NOT_ASSIGNED: ServiceError =
    ServiceError::Forbidden("The principal is not assigned to a resource.");

/// The use cases; cheap to clone.
#[derive(Clone)]
pub struct Assignments {
    context: Context,
    resources: Resources,
    tokens: Tokens,
    sign_in: SignIn,
}

impl Assignments {
    pub(crate) fn new(
        context: Context,
        resources: Resources,
        tokens: Tokens,
        sign_in: SignIn,
    ) -> Self {
        Self {
            context,
            resources,
            tokens,
            sign_in,
        }
    }

    /// Assigns a principal, in place of what it had in that role on the same resource; answers whether it had nothing.
    pub async fn assign(&self, assignment: &Assignment) -> Result<bool, ServiceError> {
        self.check(assignment).await?;
        let now = self.context.now();
        let (stored, is_new) = self.context.store.save_assignment(assignment, now).await?;
        if stored.resource != assignment.resource {
            return Err(ServiceError::Conflict(
                "the principal is assigned to another resource in this role",
            ));
        }
        Ok(is_new)
    }

    /// Takes an assignment back; tokens that rest on it end. Answers whether there was one.
    pub async fn unassign(
        &self,
        resource: ResourceId,
        role: Role,
        organisation: OrganisationId,
        principal: &str,
    ) -> Result<bool, ServiceError> {
        let store = &self.context.store;
        let removed = store
            .delete_assignment(resource, role, organisation, principal)
            .await?;
        if removed {
            self.tokens.forget_states();
            self.resources.recheck_tokens();
        }
        Ok(removed)
    }

    /// One assignment of a resource.
    pub async fn load(
        &self,
        resource: ResourceId,
        role: Role,
        organisation: OrganisationId,
        principal: &str,
    ) -> Result<Option<Assignment>, ServiceError> {
        let found = self
            .context
            .store
            .find_assignment(role, organisation, &[principal])
            .await?;
        Ok(found.filter(|found| found.resource == resource))
    }

    /// All assignments of a resource.
    pub async fn list(&self, resource: ResourceId) -> Result<Vec<Assignment>, ServiceError> {
        Ok(self
            .context
            .store
            .list_assignments(resource, LISTED_MAX)
            .await?)
    }

    /// The resource that a member uses in a role, through an application.
    pub(crate) async fn resource_of(
        &self,
        role: Role,
        organisation: OrganisationId,
        member: MemberId,
        client_id: &str,
    ) -> Result<ResourceId, ServiceError> {
        let (oid, everybody) = (member.to_string(), organisation.to_string());
        self.find(role, organisation, &[&oid, &everybody], client_id)
            .await
    }

    /// On whose behalf the bearer of a directory's access token acts in place of a signature.
    pub async fn back_end(&self, token: &str) -> Result<ResourceCaller, ServiceError> {
        let actor = self.sign_in.check_back_end_token(token).await?;
        let (organisation, client_id) = (actor.organisation(), actor.client_id().to_owned());
        let resource = match actor {
            Actor::Member(principal) => {
                self.resource_of(Role::BackEnd, organisation, principal.oid, &client_id)
                    .await?
            }
            Actor::Application { .. } => {
                self.find(Role::BackEnd, organisation, &[&client_id], &client_id)
                    .await?
            }
        };
        Ok(ResourceCaller::from(resource))
    }

    async fn find(
        &self,
        role: Role,
        organisation: OrganisationId,
        principals: &[&str],
        client_id: &str,
    ) -> Result<ResourceId, ServiceError> {
        let store = &self.context.store;
        let found = store
            .find_assignment(role, organisation, principals)
            .await?;
        found
            .filter(|found| found.counts_through(client_id))
            .map(|found| found.resource)
            .ok_or(NOT_ASSIGNED)
    }

    /// Whether everything that an assignment names exists.
    async fn check(&self, assignment: &Assignment) -> Result<(), ServiceError> {
        let store = &self.context.store;
        let Assignment {
            organisation,
            principal,
            client_ids,
            ..
        } = assignment;
        let bounded = |id: &String| (1..=CLIENT_ID_CHARS_MAX).contains(&id.len());
        if client_ids.len() > CLIENT_IDS_MAX || !client_ids.iter().all(bounded) {
            return Err(ServiceError::invalid(
                "ClientIds",
                "At most 32 client ids of 1 to 64 characters.",
            ));
        }
        let resource = self.resources.load(assignment.resource).await?;
        resource.ok_or(ServiceError::NotFound("resource"))?;
        let known = store.load_organisation(*organisation).await?;
        known.ok_or(ServiceError::NotFound("organisation"))?;
        let exists = match assignment.kind {
            PrincipalKind::Organisation => *principal == organisation.to_string(),
            PrincipalKind::User | PrincipalKind::ResourceAccount => match principal.parse() {
                Ok(oid) => store
                    .load_member(oid)
                    .await?
                    .is_some_and(|stored| stored.member.organisation == *organisation),
                Err(_) => false,
            },
            PrincipalKind::Application => store
                .load_oauth_client(principal)
                .await?
                .is_some_and(|client| client.organisation.is_none_or(|id| id == *organisation)),
        };
        exists
            .then_some(())
            .ok_or(ServiceError::NotFound("principal"))
    }
}
