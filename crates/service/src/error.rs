//! Why a use case failed, free of HTTP. The public text may reach the caller; causes go to the log only.
use parvis_store::StoreError;

/// The one error of this crate. Each dialect of `edge` maps it to its own shape.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The request is malformed; `target` names the field (400).
    #[error("{message}")]
    Invalid {
        /// The field at fault, as the caller knows it; may be empty.
        target: &'static str,
        /// For the caller.
        message: String,
    },
    /// No or bad credentials (401). One text for every cause.
    #[error("the credentials are not valid")]
    Unauthenticated,
    /// Known, but not allowed (403).
    #[error("{0}")]
    Forbidden(&'static str),
    /// Absent, or not for the caller to know (404).
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The present state forbids it (409).
    #[error("{0}")]
    Conflict(&'static str),
    /// Too many requests (429).
    #[error("too many requests")]
    TooMany {
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// Come back later (503).
    #[error("temporarily unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Our bug (500); the text is for the log.
    #[error("internal error")]
    Internal(String),
}

impl ServiceError {
    /// A malformed field.
    pub fn invalid(target: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            target,
            message: message.into(),
        }
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(constraint) => {
                Self::Internal(format!("unexpected conflict: {constraint}"))
            }
            StoreError::Corrupt(what) => Self::Internal(format!("damaged value: {what}")),
            StoreError::Unavailable(_) | StoreError::Migration(_) => {
                Self::Unavailable(Box::new(error))
            }
        }
    }
}
