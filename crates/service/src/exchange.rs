//! The exchange: a member's access token against a user token, on behalf of a resource (integrations 3.1). Everything
//! fails closed and with one answer, except the missing licence, which the back end is told.
use crate::{
    ServiceError,
    context::Context,
    identities::ResourceCaller,
    rates::{Operation, Rates},
    sign_in::{
        SignIn,
        scopes::{Audience, CALLING_SCOPES},
    },
    tokens::{IssuedToken, NewToken, Tokens},
};
use parvis_domain::{
    ids::{MemberId, RawId},
    principal::{ClientKind, Scope},
};

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
}

impl Exchange {
    pub(crate) fn new(context: Context, sign_in: SignIn, tokens: Tokens, rates: Rates) -> Self {
        Self {
            context,
            sign_in,
            tokens,
            rates,
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
        // The consent may have been taken back since the token was made.
        if !self
            .sign_in
            .may_exchange(&principal.client_id, member.oid)
            .await?
        {
            return Err(ServiceError::Unauthenticated);
        }
        if !member.is_licensed() {
            return Err(ServiceError::Forbidden(
                "The member holds no licence for meetings.",
            ));
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
}
