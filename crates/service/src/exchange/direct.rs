//! The exchange that a member's own app makes, without a back end's signature: for a token of an identity of the resource
//! that the member is assigned to, or for one of the member as the resource's extension.
use super::Exchange;
use crate::{
    ServiceError,
    assignments::Role,
    rates::Operation,
    sign_in::{
        MemberPrincipal,
        scopes::{Audience, CLIENT_SCOPES, EXTENSION_SCOPE},
    },
    tokens::{IssuedToken, NewToken},
};
use parvis_domain::{
    directory::Member,
    ids::{RawId, ResourceId},
    principal::{ClientKind, Scope},
};

/// An identity and the token made for it.
#[derive(Clone)]
pub struct Exchanged {
    /// Whose token it is.
    pub raw_id: RawId,
    /// The token; lasts as long as the member's access token.
    pub issued: IssuedToken,
}

impl Exchange {
    /// A token of the member's identity on its resource, which is made at the first time. Needs an assignment as client;
    /// the token allows what the member's scopes name.
    pub async fn exchange_as_client(&self, token: &str) -> Result<Exchanged, ServiceError> {
        let (principal, member, resource) = self
            .assigned(token, Audience::Clients, Role::Clients)
            .await?;
        let granted = self.still_granted(&principal, &member).await?;
        let held = |name: &str| principal.has(name) && granted.contains(name);
        let scopes: Vec<Scope> = CLIENT_SCOPES
            .into_iter()
            .filter(|name| held(name))
            .filter_map(Scope::parse)
            .collect();
        if scopes.is_empty() {
            return Err(super::NOT_CONSENTED);
        }
        let raw_id = self.identities.of_member(resource, member.oid).await?;
        self.answer(&principal, raw_id, resource, scopes).await
    }

    /// A token of the member as the resource's extension. Needs an assignment as extension and a licence.
    pub async fn exchange_as_extension(&self, token: &str) -> Result<Exchanged, ServiceError> {
        let (principal, member, resource) = self
            .assigned(token, Audience::Calling, Role::Extension)
            .await?;
        let granted = self.still_granted(&principal, &member).await?;
        if !principal.has(EXTENSION_SCOPE) || !granted.contains(EXTENSION_SCOPE) {
            return Err(super::NOT_CONSENTED);
        }
        if !member.is_licensed() {
            return Err(super::NOT_LICENSED);
        }
        let raw_id = RawId::Extension {
            resource,
            organisation: member.organisation,
            member: member.oid,
        };
        self.answer(&principal, raw_id, resource, vec![Scope::Voip])
            .await
    }

    async fn assigned(
        &self,
        token: &str,
        audience: Audience,
        role: Role,
    ) -> Result<(MemberPrincipal, Member, ResourceId), ServiceError> {
        let (principal, member) = self.sign_in.check_access_token(token, audience).await?;
        let resource = self
            .assignments
            .resource_of(role, member.organisation, member.oid, &principal.client_id)
            .await?;
        self.rates
            .take(resource, Operation::Exchange, self.context.now())?;
        Ok((principal, member, resource))
    }

    async fn answer(
        &self,
        principal: &MemberPrincipal,
        raw_id: RawId,
        resource: ResourceId,
        scopes: Vec<Scope>,
    ) -> Result<Exchanged, ServiceError> {
        let new = NewToken {
            raw_id: raw_id.clone(),
            client: ClientKind::External,
            resource: Some(resource),
            organisation: None,
            scopes,
            life: principal.expires_on.since(self.context.now()),
        };
        let issued = self.tokens.issue(new).await?;
        Ok(Exchanged { raw_id, issued })
    }
}
