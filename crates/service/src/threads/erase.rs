//! Erasing what a deleted identity wrote. Others see tombstones in the messages' places and are told of each, in the
//! thread's order. In pieces: between two of them anybody may write, and a crash loses none of what is done.
use super::{Threads, names::Names};
use crate::{ServiceError, notifications::Event};
use parvis_domain::{
    ids::{RawId, ThreadId},
    time::Timestamp,
};

/// Messages erased in one write.
const MESSAGES_BATCH: u32 = 64;
/// Threads looked up at once.
const THREADS_BATCH: u32 = 256;

impl Threads {
    /// Erases one identity that was deleted; may be repeated from anywhere.
    pub(crate) async fn erase(&self, raw_id: &RawId) -> Result<(), ServiceError> {
        let mut after = 0;
        loop {
            let store = &self.context.store;
            let found = store
                .list_threads_with(raw_id, after, THREADS_BATCH)
                .await?;
            let Some((last, _)) = found.last() else { break };
            after = *last;
            for (_, thread) in &found {
                let mut done = Some(Timestamp::default());
                while let Some(past) = done {
                    done = self.erase_some(thread, raw_id, past).await?;
                }
            }
        }
        Ok(self.context.store.end_erasure(raw_id).await?)
    }

    /// Goes on with what a stop interrupted.
    pub(crate) async fn finish_erasures(&self) {
        let left = match self.context.store.list_erasures().await {
            Ok(left) => left,
            Err(error) => return tracing::warn!(%error, "cannot see which erasures are open"),
        };
        for raw_id in left {
            if let Err(error) = self.erase(&raw_id).await {
                tracing::warn!(%error, "an erasure waits for the next start");
            }
        }
    }

    /// One piece of a thread, past a message; answers the last message of the piece when there may be more.
    async fn erase_some(
        &self,
        id: &ThreadId,
        raw_id: &RawId,
        past: Timestamp,
    ) -> Result<Option<Timestamp>, ServiceError> {
        let Some(mut write) = self.context.store.change_thread(id).await? else {
            return Ok(None);
        };
        let now = self.context.now();
        let erased = write
            .erase_messages(raw_id, past, MESSAGES_BATCH, now)
            .await?;
        let is_last = erased.len() < MESSAGES_BATCH as usize;
        let last = erased.last().map(|message| message.id);
        if is_last {
            write.erase_person(raw_id, now).await?;
        }
        let mut names = Names::of(self, &write.thread).await?;
        let mut events = Vec::new();
        for message in erased {
            let name = names.name(raw_id, "").await?;
            let at = message.version;
            events.push((at, Event::MessageDeleted(Box::new(message), name)));
        }
        self.finish(write, &mut names, Vec::new(), events).await?;
        Ok(last.filter(|_| !is_last))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Services,
        context::Context,
        identities::{ResourceCaller, TOKEN_LIFE_MAX},
        media::NoMedia,
        threads::{NewText, NewThread},
    };
    use parvis_domain::{
        ids::{RawId, ThreadId},
        principal::{Principal, Scope},
        thread::{Body, MessageKind, Metadata, Participant},
        time::Timestamp,
    };
    use std::{path::Path, sync::Arc, time::Duration};

    /// More than one piece.
    const MESSAGES: usize = 150;

    async fn server(file: &Path) -> Services {
        let origin = "https://a.example/".parse().expect("url");
        let context = Context::open(file, origin).await.expect("context");
        Services::new(context, Arc::new(NoMedia))
            .await
            .expect("services")
    }

    async fn person(services: &Services, caller: &ResourceCaller) -> Principal {
        let raw_id = services.identities.create(caller.resource).await;
        let raw_id = raw_id.expect("identity");
        let issued = services
            .identities
            .issue(caller, &raw_id, vec![Scope::Chat], TOKEN_LIFE_MAX)
            .await;
        let token = issued.expect("token").token;
        services.tokens.verify(&token).await.expect("principal")
    }

    /// A thread of two, in which the second wrote many messages.
    async fn scene(services: &Services) -> (ResourceCaller, Principal, Principal, ThreadId) {
        let resource = services.resources.create("demo").await.expect("resource");
        let caller = ResourceCaller::from(resource.id);
        let stays = person(services, &caller).await;
        let goes = person(services, &caller).await;
        let new = NewThread {
            topic: "Visit".to_owned(),
            people: vec![Participant {
                raw_id: goes.raw_id.clone(),
                display_name: "Ana".to_owned(),
                history_from: Timestamp::default(),
                metadata: Metadata::new(),
            }],
            metadata: Metadata::new(),
            retention: None,
            request: None,
        };
        let made = services.threads.create_thread(&stays, new).await;
        let thread = made.expect("thread").0.id;
        for n in 0..MESSAGES {
            let text = NewText {
                kind: MessageKind::Text,
                content: format!("secret {n}"),
                sender_name: Some("Ana".to_owned()),
                metadata: Metadata::new(),
            };
            let sent = services.threads.send_message(&goes, &thread, text).await;
            sent.expect("sent");
        }
        (caller, stays, goes, thread)
    }

    /// How many messages of a person still say something, and how many are tombstones.
    async fn left(
        services: &Services,
        reader: &Principal,
        thread: &ThreadId,
        author: &RawId,
    ) -> (usize, usize) {
        let (mut before, mut said, mut tombstones) = (None, 0, 0);
        loop {
            let page = services
                .threads
                .list_messages(reader, thread, Timestamp::default(), before, Some(100))
                .await;
            let page = page.expect("page");
            for message in page
                .items
                .iter()
                .filter(|message| message.author == *author)
            {
                let empty = message.body == Body::Written(String::new());
                if empty && message.deleted_on.is_some() && message.author_name.is_none() {
                    tombstones += 1;
                } else {
                    said += 1;
                }
            }
            match page.next {
                Some(next) => before = Some(Timestamp(next)),
                None => return (said, tombstones),
            }
        }
    }

    // [B2]
    #[tokio::test]
    async fn deleting_an_identity_erases_what_it_wrote() {
        let folder = tempfile::tempdir().expect("folder");
        let services = server(&folder.path().join("p.db")).await;
        let (caller, stays, goes, thread) = scene(&services).await;
        let mut news = services
            .notifications
            .connect(stays.raw_id.clone(), "page", false)
            .expect("connected");
        let deleted = services.identities.delete(&caller, &goes.raw_id).await;
        deleted.expect("delete");
        let (said, tombstones) = left(&services, &stays, &thread, &goes.raw_id).await;
        assert_eq!((said, tombstones), (0, MESSAGES));
        let told = news.next().await;
        assert!(told.is_some(), "others are told");
        let people = services
            .threads
            .list_participants(&stays, &thread, 0, None)
            .await;
        assert_eq!(people.expect("people").items.len(), 1);
        let open = services.context.store.list_erasures().await.expect("list");
        assert!(open.is_empty());
    }

    #[tokio::test]
    async fn an_erasure_goes_on_when_its_caller_hangs_up() {
        let folder = tempfile::tempdir().expect("folder");
        let services = server(&folder.path().join("p.db")).await;
        let (caller, stays, goes, thread) = scene(&services).await;
        let deleting = services.identities.delete(&caller, &goes.raw_id);
        let hung_up = tokio::time::timeout(Duration::ZERO, deleting).await;
        assert!(hung_up.is_err());
        let erased = async {
            while left(&services, &stays, &thread, &goes.raw_id).await != (0, MESSAGES) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), erased)
            .await
            .expect("in time");
    }

    #[tokio::test]
    async fn an_interrupted_erasure_goes_on_at_the_next_start() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("p.db");
        let first = server(&file).await;
        let (_, stays, goes, thread) = scene(&first).await;
        let store = &first.context.store;
        let begun = store.begin_erasure(&goes.raw_id, first.context.now()).await;
        assert!(begun.expect("begun"));
        let piece = first
            .threads
            .erase_some(&thread, &goes.raw_id, Timestamp::default());
        assert!(piece.await.expect("piece").is_some(), "there is more");
        let (said, tombstones) = left(&first, &stays, &thread, &goes.raw_id).await;
        assert!(said > 0 && tombstones > 0);
        drop(first);
        let second = server(&file).await;
        let finished = async {
            while !second
                .context
                .store
                .list_erasures()
                .await
                .expect("list")
                .is_empty()
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), finished)
            .await
            .expect("in time");
        let (said, tombstones) = left(&second, &stays, &thread, &goes.raw_id).await;
        assert_eq!((said, tombstones), (0, MESSAGES));
    }
}
