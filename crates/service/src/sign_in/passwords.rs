//! Passwords: argon2id, on few threads at a time, with the same work for a name that does not exist.
use crate::{ServiceError, context::random_bytes};
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Hashes under way at once; each takes about 19 MiB.
const HASHES_MAX: usize = 2;
/// Callers that may wait for one; further ones are turned away.
const WAITING_MAX: usize = 64;
/// Bytes of a password, so that hashing takes bounded time.
const PASSWORD_BYTES_MAX: usize = 256;
/// Characters of a new password.
const PASSWORD_CHARS_MIN: usize = 8;

/// Hashes and checks passwords; cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords {
    working: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// The hash of a password that nobody has.
    nobody: Arc<OnceLock<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            working: Arc::new(Semaphore::new(HASHES_MAX)),
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
            nobody: Arc::default(),
        }
    }
}

impl Passwords {
    /// The hash of a new password, in PHC form.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, ServiceError> {
        let long_enough = password.chars().count() >= PASSWORD_CHARS_MIN;
        if !long_enough || password.len() > PASSWORD_BYTES_MAX {
            return Err(ServiceError::invalid(
                "password",
                "A password has 8 to 256 characters.",
            ));
        }
        let password = Zeroizing::new(password.to_owned());
        self.work(move || hash(password.as_bytes())).await?
    }

    /// Whether `password` is the one of `hash`; without a hash the same work is done in vain.
    pub(crate) async fn verify(
        &self,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, ServiceError> {
        let exists = hash.is_some() && password.len() <= PASSWORD_BYTES_MAX;
        let bounded: String = password.chars().take(PASSWORD_BYTES_MAX).collect();
        let password = Zeroizing::new(bounded);
        let nobody = Arc::clone(&self.nobody);
        let matches = self
            .work(move || {
                let hash = hash.unwrap_or_else(|| {
                    let unknown = || self::hash(&random_bytes::<16>()).unwrap_or_default();
                    nobody.get_or_init(unknown).clone()
                });
                Argon2::default()
                    .verify_password(password.as_bytes(), hash.as_str())
                    .is_ok()
            })
            .await?;
        Ok(matches && exists)
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        const BUSY: ServiceError = ServiceError::TooMany { retry_after_s: 5 };
        let waiting = Arc::clone(&self.waiting).try_acquire_owned();
        let waiting = waiting.map_err(|_| BUSY)?;
        let working = Arc::clone(&self.working).acquire_owned().await;
        let working = working.map_err(|_| BUSY)?;
        tokio::task::spawn_blocking(move || {
            // The hash goes on when its caller hangs up, so it is the hash that holds the places.
            let _places = (waiting, working);
            job()
        })
        .await
        .map_err(|error| ServiceError::Internal(error.to_string()))
    }
}

fn hash(password: &[u8]) -> Result<String, ServiceError> {
    Argon2::default()
        .hash_password_with_salt(password, &random_bytes::<16>())
        .map(|hash| hash.to_string())
        .map_err(|error| ServiceError::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_somebody_matches() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.expect("hash");
        assert!(hash.starts_with("$argon2id$"));
        assert!(
            passwords
                .verify("correct horse", Some(hash.clone()))
                .await
                .expect("verify")
        );
        assert!(
            !passwords
                .verify("correct hors", Some(hash.clone()))
                .await
                .expect("verify")
        );
        assert!(
            !passwords
                .verify("", Some(hash.clone()))
                .await
                .expect("verify")
        );
        assert!(
            !passwords
                .verify("correct horse", None)
                .await
                .expect("verify")
        );
        assert!(
            !passwords
                .verify(&"x".repeat(10_000), Some(hash))
                .await
                .expect("verify")
        );
        assert!(
            !passwords
                .verify("x", Some("damaged".to_owned()))
                .await
                .expect("verify")
        );
    }

    #[tokio::test]
    async fn who_hangs_up_gives_no_place_back_before_the_hash_is_done() {
        let passwords = Passwords::default();
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let worker = passwords.clone();
        let attempt = tokio::spawn(async move { worker.work(move || wait.recv()).await });
        while passwords.working.available_permits() == HASHES_MAX {
            tokio::task::yield_now().await;
        }
        attempt.abort();
        assert!(attempt.await.expect_err("aborted").is_cancelled());
        assert_eq!(passwords.working.available_permits(), HASHES_MAX - 1);
        assert_eq!(passwords.waiting.available_permits(), WAITING_MAX - 1);
        drop(done);
        while passwords.waiting.available_permits() < WAITING_MAX {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn new_passwords_are_bounded() {
        let passwords = Passwords::default();
        assert!(passwords.hash("short").await.is_err());
        assert!(passwords.hash(&"x".repeat(257)).await.is_err());
    }
}
