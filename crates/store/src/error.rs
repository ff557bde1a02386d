//! Why the store failed, without its engine's types.

/// A failed load or save.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique or foreign key constraint was violated; the text names it.
    #[error("constraint violated: {0}")]
    Conflict(String),
    /// The database is locked, full or gone; the same call may work later.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// A stored value cannot be read back: our bug or a damaged file.
    #[error("a stored value of {0} is damaged")]
    Corrupt(&'static str),
    /// The schema could not be brought up to date.
    #[error("migration failed")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause)
                if cause.is_unique_violation() || cause.is_foreign_key_violation() =>
            {
                Self::Conflict(cause.message().to_owned())
            }
            _ => Self::Unavailable(error),
        }
    }
}
