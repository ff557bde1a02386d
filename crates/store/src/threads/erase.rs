//! Erasing what a deleted identity left in threads: messages become tombstones, names go, stays end. Done in pieces, so
//! that nobody else waits long for the database; what is left to do after a crash stands in `erasure`.
use super::{ThreadWrite, rows};
use crate::{Store, StoreError};
use parvis_domain::{
    ids::{RawId, ThreadId},
    thread::{Body, Message, Metadata},
    time::Timestamp,
};

impl Store {
    /// Deletes an identity and notes, in the same write, that what it wrote is to be erased. Answers whether there was one.
    pub async fn begin_erasure(&self, raw_id: &RawId, now: Timestamp) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let done = sqlx::query("DELETE FROM identity WHERE raw_id = ?1")
            .bind(raw_id.to_string())
            .execute(&mut *write)
            .await?;
        sqlx::query("INSERT INTO erasure (raw_id, began_on) VALUES (?1, ?2) ON CONFLICT (raw_id) DO NOTHING")
            .bind(raw_id.to_string())
            .bind(now.0)
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// The identities that are still to be erased, oldest first.
    pub async fn list_erasures(&self) -> Result<Vec<RawId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar("SELECT raw_id FROM erasure ORDER BY began_on")
            .fetch_all(self.reader())
            .await?;
        ids.iter().map(|id| rows::raw_id(id)).collect()
    }

    /// The next threads, by number, in which somebody is or was.
    pub async fn list_threads_with(
        &self,
        raw_id: &RawId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, ThreadId)>, StoreError> {
        let found: Vec<(i64, String)> = sqlx::query_as(
            "SELECT t.number, t.id FROM thread_person p JOIN thread t ON t.number = p.thread
             WHERE p.raw_id = ?1 AND t.number > ?2 ORDER BY t.number LIMIT ?3",
        )
        .bind(raw_id.to_string())
        .bind(after)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        found
            .into_iter()
            .map(|(number, id)| Ok((number, rows::thread_id(&id)?)))
            .collect()
    }

    /// Forgets that an identity is to be erased, and the creations it repeated: nothing of it is left.
    pub async fn end_erasure(&self, raw_id: &RawId) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for statement in [
            "DELETE FROM thread_creation WHERE caller = ?1",
            "DELETE FROM erasure WHERE raw_id = ?1",
        ] {
            sqlx::query(statement)
                .bind(raw_id.to_string())
                .execute(&mut *write)
                .await?;
        }
        Ok(write.commit().await?)
    }
}

impl ThreadWrite {
    /// Makes tombstones of up to `limit` messages of a person with ids past `after`; fewer when there are no more.
    pub async fn erase_messages(
        &mut self,
        raw_id: &RawId,
        after: Timestamp,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Message>, StoreError> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM thread_message WHERE thread = ?1 AND id > ?2 AND author = ?3 AND kind IN ('text', 'html')
                 AND deleted_on IS NULL ORDER BY id LIMIT ?4",
        )
        .bind(self.number)
        .bind(after.0)
        .bind(raw_id.to_string())
        .bind(limit)
        .fetch_all(&mut *self.transaction)
        .await?;
        let mut erased = Vec::new();
        for id in ids {
            let Some(mut message) = self.message(Timestamp(id)).await? else {
                continue;
            };
            message.body = Body::Written(String::new());
            message.metadata = Metadata::new();
            message.deleted_on = Some(now);
            message.author_name = None;
            self.replace(&mut message, now).await?;
            erased.push(message);
        }
        sqlx::query(
            "UPDATE thread_message SET author_name = NULL WHERE thread = ?1 AND id > ?2 AND author = ?3
                 AND deleted_on IS NOT NULL AND author_name IS NOT NULL",
        )
        .bind(self.number)
        .bind(after.0)
        .bind(raw_id.to_string())
        .execute(&mut *self.transaction)
        .await?;
        Ok(erased)
    }

    /// Ends every stay of a person, and takes the name, also out of what the service told of it.
    pub async fn erase_person(&mut self, raw_id: &RawId, now: Timestamp) -> Result<(), StoreError> {
        for permanent in [true, false] {
            self.close_window(raw_id, permanent, now).await?;
        }
        for statement in [
            "UPDATE thread_message SET body =
                 (SELECT json_group_array(CASE WHEN each.value ->> '$.raw_id' = ?2
                      THEN json_set(each.value, '$.name', '', '$.metadata', json('{}')) ELSE json(each.value) END)
                  FROM json_each(thread_message.body) each)
             WHERE thread = ?1 AND kind IN ('participantAdded', 'participantRemoved') AND instr(body, ?2) > 0",
            "UPDATE thread_message SET author_name = NULL WHERE thread = ?1 AND author = ?2",
            "UPDATE thread_person SET display_name = '', metadata = '{}' WHERE thread = ?1 AND raw_id = ?2",
            "DELETE FROM thread_receipt WHERE thread = ?1 AND raw_id = ?2",
        ] {
            sqlx::query(statement)
                .bind(self.number)
                .bind(raw_id.to_string())
                .execute(&mut *self.transaction)
                .await?;
        }
        Ok(())
    }
}
