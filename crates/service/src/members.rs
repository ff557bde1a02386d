//! The embedded directory: organisations, their members, licences and passwords.
use crate::{
    ServiceError,
    context::{Context, random_uuid},
    sign_in::passwords::Passwords,
    tokens::{IssuedToken, NewToken, Tokens},
};
use parvis_domain::{
    directory::{self, LICENCES_MAX, Licence, Member, Organisation, Upn},
    ids::{MemberId, OrganisationId, RawId},
    principal::{ClientKind, Scope},
};
use parvis_store::StoreError;
use std::time::Duration;

/// Members listed at once.
const LIST_MAX: u32 = 1_000;
/// How long a host page's token lasts before the page asks again.
const HOST_TOKEN_LIFE: Duration = Duration::from_secs(4 * 3_600);

/// A member to make.
#[derive(Clone)]
pub struct NewMember {
    /// The sign-in name, `name@domain`.
    pub upn: String,
    /// How others see the member.
    pub display_name: String,
    /// 8 to 256 characters.
    pub password: String,
    /// Held plans, for example `TEAMS1`.
    pub licences: Vec<String>,
}

/// What may change about a member; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct MemberChange {
    /// A new name.
    pub display_name: Option<String>,
    /// Disabling ends all tokens and sign-ins at once.
    pub enabled: Option<bool>,
    /// All plans held from now on.
    pub licences: Option<Vec<String>>,
}

/// Organisations; cheap to clone.
#[derive(Clone)]
pub struct Organisations {
    context: Context,
}

impl Organisations {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Makes an organisation with default policies.
    pub async fn create(&self, name: &str) -> Result<Organisation, ServiceError> {
        let name = directory::display_name(name)
            .ok_or_else(|| ServiceError::invalid("name", "The name is empty or too long."))?;
        let organisation = Organisation {
            id: OrganisationId(random_uuid()),
            name,
        };
        let now = self.context.now();
        self.context
            .store
            .insert_organisation(&organisation, now)
            .await?;
        Ok(organisation)
    }

    /// An organisation.
    pub async fn load(&self, id: OrganisationId) -> Result<Option<Organisation>, ServiceError> {
        Ok(self.context.store.load_organisation(id).await?)
    }
}

/// Members; cheap to clone.
#[derive(Clone)]
pub struct Members {
    context: Context,
    tokens: Tokens,
    passwords: Passwords,
}

impl Members {
    pub(crate) fn new(context: Context, tokens: Tokens, passwords: Passwords) -> Self {
        Self {
            context,
            tokens,
            passwords,
        }
    }

    /// Makes a member.
    pub async fn create(
        &self,
        organisation: OrganisationId,
        new: NewMember,
    ) -> Result<Member, ServiceError> {
        let member = Member {
            oid: MemberId(random_uuid()),
            organisation,
            upn: Upn::parse(&new.upn).ok_or_else(|| {
                ServiceError::invalid("upn", "The sign-in name must be name@domain.")
            })?,
            display_name: parse_name(&new.display_name)?,
            enabled: true,
            licences: parse_licences(&new.licences)?,
        };
        let hash = self.passwords.hash(&new.password).await?;
        let now = self.context.now();
        match self.context.store.insert_member(&member, &hash, now).await {
            Err(StoreError::Conflict(_)) => Err(ServiceError::Conflict(
                "the sign-in name is taken, or there is no such organisation",
            )),
            outcome => Ok(outcome.map(|()| member)?),
        }
    }

    /// A member.
    pub async fn load(&self, oid: MemberId) -> Result<Option<Member>, ServiceError> {
        Ok(self
            .context
            .store
            .load_member(oid)
            .await?
            .map(|stored| stored.member))
    }

    /// A member by sign-in name.
    pub async fn load_by_upn(&self, upn: &str) -> Result<Option<Member>, ServiceError> {
        let Some(upn) = Upn::parse(upn) else {
            return Ok(None);
        };
        Ok(self
            .context
            .store
            .load_member_by_upn(&upn)
            .await?
            .map(|stored| stored.member))
    }

    /// The first 1000 members of an organisation by sign-in name.
    pub async fn list(&self, organisation: OrganisationId) -> Result<Vec<Member>, ServiceError> {
        Ok(self
            .context
            .store
            .list_members(organisation, LIST_MAX)
            .await?)
    }

    /// Changes a member. Disabling ends all tokens and sign-ins at once, open sockets too.
    pub async fn change(
        &self,
        oid: MemberId,
        change: MemberChange,
    ) -> Result<Member, ServiceError> {
        let mut member = self
            .load(oid)
            .await?
            .ok_or(ServiceError::NotFound("member"))?;
        if let Some(name) = &change.display_name {
            member.display_name = parse_name(name)?;
        }
        if let Some(licences) = &change.licences {
            member.licences = parse_licences(licences)?;
        }
        member.enabled = change.enabled.unwrap_or(member.enabled);
        self.context.store.update_member(&member).await?;
        if change.enabled.is_some() {
            self.end_tokens(&member).await?;
        }
        Ok(member)
    }

    /// Ends all tokens, sign-ins and browser sessions of a member.
    pub async fn revoke(&self, oid: MemberId) -> Result<(), ServiceError> {
        let member = self
            .load(oid)
            .await?
            .ok_or(ServiceError::NotFound("member"))?;
        self.end_tokens(&member).await
    }

    /// A token for the member's own seat on our host page: covered by the member's licence.
    pub async fn host_token(&self, oid: MemberId) -> Result<IssuedToken, ServiceError> {
        let member = self
            .load(oid)
            .await?
            .ok_or(ServiceError::NotFound("member"))?;
        if !member.is_licensed() {
            return Err(ServiceError::Forbidden(
                "the member holds no licence for meetings",
            ));
        }
        self.tokens
            .issue(NewToken {
                raw_id: RawId::Member(oid),
                client: ClientKind::Host,
                resource: None,
                organisation: Some(member.organisation),
                scopes: vec![Scope::Chat, Scope::Voip],
                life: HOST_TOKEN_LIFE,
            })
            .await
    }

    async fn end_tokens(&self, member: &Member) -> Result<(), ServiceError> {
        let (store, now) = (self.context.store.clone(), self.context.now());
        let oid = member.oid;
        let change = async move {
            store.advance_member_epoch(oid, now).await?;
            Ok(())
        };
        self.tokens.end(&RawId::Member(oid), change).await?;
        self.end_identities(member).await
    }

    /// What the member's sign-in was exchanged for on resources counts no more either: the store says so already.
    async fn end_identities(&self, member: &Member) -> Result<(), ServiceError> {
        let store = &self.context.store;
        let (oid, organisation) = (member.oid, member.organisation);
        let mut theirs = store.list_identities_of(oid).await?;
        for resource in store.list_extensions(organisation, oid).await? {
            theirs.push(RawId::Extension {
                resource,
                organisation,
                member: oid,
            });
        }
        for raw_id in theirs {
            self.tokens.end(&raw_id, async { Ok(()) }).await?;
        }
        Ok(())
    }
}

fn parse_name(text: &str) -> Result<String, ServiceError> {
    directory::display_name(text)
        .ok_or_else(|| ServiceError::invalid("displayName", "The name is empty or too long."))
}

fn parse_licences(names: &[String]) -> Result<Vec<Licence>, ServiceError> {
    let refused = || ServiceError::invalid("licences", "A licence plan is not valid.");
    if names.len() > LICENCES_MAX {
        return Err(refused());
    }
    let mut licences = names
        .iter()
        .map(|name| Licence::parse(name).ok_or_else(refused))
        .collect::<Result<Vec<_>, _>>()?;
    licences.sort();
    licences.dedup();
    Ok(licences)
}
