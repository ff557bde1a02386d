//! The exchange: a member's access token against a user token, on behalf of a resource (integrations 3.1). Everything
//! fails closed. A token that proves nothing has one answer; once it proves the member, the precondition that is missing
//! is named: registration, consent, licence.
mod direct;

pub use direct::Exchanged;

use crate::{
    ServiceError,
    assignments::Assignments,
    context::Context,
    identities::{Identities, ResourceCaller},
    rates::{Operation, Rates},
    sign_in::{
        MemberPrincipal, SignIn,
        scopes::{Audience, CALLING_SCOPES},
    },
    tokens::{IssuedToken, NewToken, Tokens},
};
use parvis_domain::{
    directory::Member,
    ids::{MemberId, RawId},
    principal::{ClientKind, Scope},
};
use std::collections::BTreeSet;

const NOT_REGISTERED: ServiceError =
    ServiceError::Forbidden("The application is not registered in the member's organisation.");
const NOT_CONSENTED: ServiceError = ServiceError::Forbidden(
    "Neither the member nor the administrator has consented to the application.",
);
const NOT_LICENSED: ServiceError =
    ServiceError::Forbidden("The member holds no licence for meetings.");

/// What the back end hands in.
#[derive(Clone)]
pub struct ExchangeRequest {
    /// The member's access token.
    pub token: String,
    /// The client that the member signed in to.
    pub app_id: String,
    /// The member's object id.
    pub user_id: String,
}

/// The use case; cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    context: Context,
    sign_in: SignIn,
    tokens: Tokens,
    rates: Rates,
    assignments: Assignments,
    identities: Identities,
}

impl Exchange {
    pub(crate) fn new(
        context: Context,
        sign_in: SignIn,
        tokens: Tokens,
        rates: Rates,
        assignments: Assignments,
        identities: Identities,
    ) -> Self {
        Self {
            context,
            sign_in,
            tokens,
            rates,
            assignments,
            identities,
        }
    }

    /// A user token that lasts as long as the member's access token.
    pub async fn exchange(
        &self,
        caller: &ResourceCaller,
        request: &ExchangeRequest,
    ) -> Result<IssuedToken, ServiceError> {
        self.rates
            .take(caller.resource, Operation::Exchange, self.context.now())?;
        let (principal, member) = self
            .sign_in
            .check_access_token(&request.token, Audience::Calling)
            .await?;
        let same_app = principal.client_id.eq_ignore_ascii_case(&request.app_id);
        let same_user = request.user_id.parse::<MemberId>() == Ok(member.oid);
        let both_scopes = CALLING_SCOPES.iter().all(|scope| principal.has(scope));
        if !same_app || !same_user || !both_scopes {
            return Err(ServiceError::Unauthenticated);
        }
        let granted = self.still_granted(&principal, &member).await?;
        if !CALLING_SCOPES.iter().all(|scope| granted.contains(scope)) {
            return Err(NOT_CONSENTED);
        }
        if !member.is_licensed() {
            return Err(NOT_LICENSED);
        }
        let new = NewToken {
            raw_id: RawId::Member(member.oid),
            client: ClientKind::MemberOnSdk,
            resource: Some(caller.resource),
            organisation: Some(member.organisation),
            scopes: vec![Scope::Voip],
            life: principal.expires_on.since(self.context.now()),
        };
        self.tokens
            .issue_under(new, caller.generation.as_ref())
            .await
    }

    /// What the application has from the member now.
    async fn still_granted(
        &self,
        principal: &MemberPrincipal,
        member: &Member,
    ) -> Result<BTreeSet<&'static str>, ServiceError> {
        let granted = self
            .sign_in
            .granted_now(&principal.client_id, member)
            .await?;
        granted.ok_or(NOT_REGISTERED)
    }
}
