//! Refusals of the OpenID provider, with the numbers that clients know from Entra ID.
use crate::ServiceError;

/// Why a client's request was refused. Descriptions are for developers and hold nothing secret.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// A parameter is missing.
    #[error("The request must contain the parameter '{0}'.")]
    Missing(&'static str),
    /// A parameter has a value that is not served.
    #[error("The value of the parameter '{0}' is not supported.")]
    Unsupported(&'static str),
    /// No such organisation.
    #[error("The organisation was not found.")]
    UnknownTenant,
    /// No such client, or not for this organisation.
    #[error("The application was not found in the organisation.")]
    UnknownClient,
    /// The answer may not go there.
    #[error("The redirect URI is not one of the application's.")]
    UnknownRedirect,
    /// No, or no S256, code challenge.
    #[error("A proof key for the code (PKCE) with method S256 is required.")]
    ProofKeyRequired,
    /// A scope is unknown or not among the client's permissions.
    #[error("A scope is not valid or not among the application's permissions.")]
    InvalidScope,
    /// The scope names an audience that is not served.
    #[error("The resource of a scope was not found.")]
    UnknownAudience,
    /// One token carries one audience's scopes.
    #[error("The scopes are of more than one resource.")]
    ManyAudiences,
    /// Nobody is signed in and nobody may be asked.
    #[error("No one is signed in.")]
    LoginRequired,
    /// The member has not agreed and may not be asked here.
    #[error("The member has not consented to the application.")]
    ConsentRequired,
    /// The member declined.
    #[error("The member declined to consent.")]
    Declined,
    /// The code or refresh token is unknown or expired, or belongs to another client.
    #[error("The grant is not valid or has expired.")]
    InvalidGrant,
    /// The code or refresh token was used before; all tokens of that sign-in have ended.
    #[error("The grant was used before; the sign-in has ended.")]
    ReplayedGrant,
    /// The verifier does not match the code challenge.
    #[error("The code verifier does not match the code challenge.")]
    WrongVerifier,
    /// The redemption names another redirect URI than the request did.
    #[error("The redirect URI is not the one of the request.")]
    WrongRedirect,
    /// The account is disabled, or all its tokens were ended.
    #[error("The account is not available.")]
    AccountEnded,
    /// The client did not prove who it is.
    #[error("The application's credentials are not valid.")]
    InvalidClient,
    /// A grant type that is not served.
    #[error("The grant type is not supported.")]
    UnsupportedGrant,
    /// A response type that is not served.
    #[error("The response type is not supported.")]
    UnsupportedResponse,
    /// The server could not do it.
    #[error("The server could not answer.")]
    Server(#[from] ServiceError),
}

impl OAuthError {
    /// The protocol's name (RFC 6749 4.1.2.1 and 5.2, OpenID Connect 3.1.2.6).
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing(_)
            | Self::Unsupported(_)
            | Self::UnknownTenant
            | Self::UnknownRedirect
            | Self::ProofKeyRequired => "invalid_request",
            Self::UnknownClient => "unauthorized_client",
            Self::InvalidScope | Self::ManyAudiences => "invalid_scope",
            Self::UnknownAudience => "invalid_resource",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::Declined => "access_denied",
            Self::InvalidGrant
            | Self::ReplayedGrant
            | Self::WrongVerifier
            | Self::WrongRedirect
            | Self::AccountEnded => "invalid_grant",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrant => "unsupported_grant_type",
            Self::UnsupportedResponse => "unsupported_response_type",
            Self::Server(ServiceError::TooMany { .. } | ServiceError::Unavailable(_)) => {
                "temporarily_unavailable"
            }
            Self::Server(_) => "server_error",
        }
    }

    /// The number in `error_codes`.
    pub fn number(&self) -> u32 {
        match self {
            Self::Missing(_) => 900_144,
            Self::Unsupported(_) => 9_002_313,
            Self::UnknownTenant => 90_002,
            Self::UnknownClient => 700_016,
            Self::UnknownRedirect | Self::WrongRedirect => 50_011,
            Self::ProofKeyRequired => 9_002_325,
            Self::InvalidScope => 70_011,
            Self::UnknownAudience => 500_011,
            Self::ManyAudiences => 28_000,
            Self::LoginRequired => 50_058,
            Self::ConsentRequired => 65_001,
            Self::Declined => 65_004,
            Self::InvalidGrant => 70_008,
            Self::ReplayedGrant => 54_005,
            Self::WrongVerifier => 501_481,
            Self::AccountEnded => 50_057,
            Self::InvalidClient => 7_000_215,
            Self::UnsupportedGrant => 70_003,
            Self::UnsupportedResponse => 700_054,
            Self::Server(_) => 90_033,
        }
    }

    /// The finer reason that some clients read.
    pub fn suberror(&self) -> Option<&'static str> {
        match self {
            Self::ConsentRequired => Some("consent_required"),
            Self::InvalidGrant | Self::ReplayedGrant | Self::AccountEnded => Some("bad_token"),
            _ => None,
        }
    }
}

impl From<parvis_store::StoreError> for OAuthError {
    fn from(error: parvis_store::StoreError) -> Self {
        Self::Server(error.into())
    }
}
