//! Notices what another process changed in the same database: a command of the operator beside a running server. A look
//! at three counters twice a second; everything else is kept in memory.
use crate::{context::Context, policies::Policies, resources::Resources, tokens::Tokens};
use parvis_store::revisions::Revisions;
use std::time::Duration;

/// How often the counters are looked at. Shorter costs reads, longer lets an old key count for longer.
const PERIOD: Duration = Duration::from_millis(500);

/// Who keeps things in memory.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) resources: Resources,
    pub(crate) policies: Policies,
    pub(crate) tokens: Tokens,
}

/// Runs as long as the process.
pub(crate) async fn follow(context: Context, watched: Watched) {
    let mut seen = None;
    loop {
        if let Err(error) = look(&context, &watched, &mut seen).await {
            tracing::warn!(%error, "cannot see what other processes changed");
        }
        tokio::time::sleep(PERIOD).await;
    }
}

async fn look(
    context: &Context,
    watched: &Watched,
    seen: &mut Option<Revisions>,
) -> Result<(), crate::ServiceError> {
    let now = context.store.load_revisions().await?;
    let before = seen.unwrap_or(now);
    // What was read before the first look may be older than it.
    if seen.is_none() || now.resources != before.resources {
        watched.resources.reread().await?;
    }
    if seen.is_none() || now.policies != before.policies {
        watched.policies.reread().await?;
    }
    if now.assignments != before.assignments {
        watched.tokens.forget_states();
        watched.resources.recheck_tokens();
    }
    *seen = Some(now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{
        Services,
        context::{Context, TokensEnded},
        identities::{ResourceCaller, TOKEN_LIFE_MAX},
        media::NoMedia,
        resources::KeyName,
    };
    use parvis_domain::principal::Scope;
    use std::{sync::Arc, time::Duration};

    // [B2]
    #[tokio::test]
    async fn a_key_rotated_by_a_command_ends_its_tokens_in_the_running_server() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("p.db");
        let open = || Context::open(&file, "https://a.example/".parse().expect("url"));
        let server = Services::new(open().await.expect("context"), Arc::new(NoMedia))
            .await
            .expect("server");
        let command = Services::for_command(open().await.expect("context"));
        let made = command.resources.create("demo").await.expect("resource");
        // The server has read its resources before the command made one.
        let known = async || {
            server
                .resources
                .load(made.id)
                .await
                .expect("load")
                .is_some()
        };
        until(known).await;
        let identity = server.identities.create(made.id).await.expect("identity");
        let mut tokens = Vec::new();
        for key in made.keys() {
            let caller = ResourceCaller {
                resource: made.id,
                generation: Some(key.generation().clone()),
            };
            let issued = server
                .identities
                .issue(&caller, &identity, vec![Scope::Voip], TOKEN_LIFE_MAX)
                .await;
            tokens.push(issued.expect("token").token);
        }
        let mut ended = server.context.tokens_ended.subscribe();
        let rotated = command.resources.rotate_key(made.id, KeyName::Secondary);
        let rotated = rotated.await.expect("rotate");
        let news = tokio::time::timeout(Duration::from_secs(5), ended.recv()).await;
        assert_eq!(
            news.expect("noticed").expect("news"),
            TokensEnded::UnderKeyOf(made.id)
        );
        assert!(server.tokens.verify(&tokens[1]).await.is_err());
        assert!(server.tokens.verify(&tokens[0]).await.is_ok());
        let seen = server.resources.load(made.id).await.expect("load");
        let seen = seen.expect("still there");
        assert!(seen.knows(rotated.secondary_key.generation().as_str()));
        assert!(ended.try_recv().is_err(), "told once");
    }

    async fn until(mut holds: impl AsyncFnMut() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), waiting)
            .await
            .expect("in time");
    }
}
