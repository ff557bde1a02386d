//! The server's own small values: signing keys, generated ids.
use crate::{Store, StoreError};

impl Store {
    /// The value of a setting.
    pub async fn load_setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT value FROM setting WHERE name = ?1")
                .bind(name)
                .fetch_optional(self.reader())
                .await?,
        )
    }

    /// Keeps `value` unless the setting exists; answers what is stored afterwards.
    pub async fn keep_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut write = self.write().await?;
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(value)
        .execute(&mut *write)
        .await?;
        let stored = sqlx::query_scalar("SELECT value FROM setting WHERE name = ?1")
            .bind(name)
            .fetch_one(&mut *write)
            .await?;
        write.commit().await?;
        Ok(stored)
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;

    #[tokio::test]
    async fn the_first_value_stays() {
        let folder = tempfile::tempdir().expect("folder");
        let store = Store::open(&folder.path().join("p.db"))
            .await
            .expect("open");
        assert_eq!(store.keep_setting("a", b"1").await.expect("keep"), b"1");
        assert_eq!(store.keep_setting("a", b"2").await.expect("keep"), b"1");
        assert_eq!(store.load_setting("b").await.expect("load"), None);
    }
}
