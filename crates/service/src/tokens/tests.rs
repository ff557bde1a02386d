//! What a user token says, and every way in which one stops to count.
use super::*;
use crate::{
    context::{Clock, random_uuid},
    identities::{Identities, ResourceCaller},
    notifications::Notifications,
    policies::Policies,
    rates::Rates,
    resources::KeyName,
    threads::Threads,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parvis_store::Store;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

struct Stage {
    _folder: tempfile::TempDir,
    clock: Arc<Hand>,
    context: Context,
    resources: Resources,
    tokens: Tokens,
    identities: Identities,
}

/// A clock that tests move by hand.
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

async fn stage() -> Stage {
    let folder = tempfile::tempdir().expect("folder");
    let store = Store::open(&folder.path().join("p.db"))
        .await
        .expect("open");
    let clock = Arc::new(Hand(AtomicI64::new(1_790_000_000_000)));
    let mut context = Context::new(store, "https://localhost:8443/".parse().expect("url"));
    context.clock = clock.clone();
    let signing = Signing::new(context.clone());
    let resources = Resources::new(context.clone());
    let tokens = Tokens::new(context.clone(), signing, resources.clone());
    let identities = Identities::new(
        context.clone(),
        resources.clone(),
        tokens.clone(),
        Rates::new(context.limits.identity),
        Threads::new(
            context.clone(),
            Policies::new(context.clone()),
            Notifications::new(context.tokens_ended.subscribe()),
            context.limits.chat,
        ),
    );
    Stage {
        _folder: folder,
        clock,
        context,
        resources,
        tokens,
        identities,
    }
}

impl Stage {
    async fn external(&self) -> (ResourceCaller, RawId, String) {
        let resource = self.resources.create("demo").await.expect("resource");
        let caller = ResourceCaller::from(resource.id);
        let raw_id = self.identities.create(resource.id).await.expect("identity");
        let issued = self
            .identities
            .issue(
                &caller,
                &raw_id,
                vec![Scope::Chat, Scope::Voip],
                Duration::from_secs(3_600),
            )
            .await
            .expect("token");
        (caller, raw_id, issued.token)
    }

    async fn refused(&self, token: &str) -> bool {
        matches!(
            self.tokens.verify(token).await,
            Err(ServiceError::Unauthenticated)
        )
    }
}

fn payload(token: &str) -> serde_json::Value {
    let part = token.split('.').nth(1).expect("payload");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("json")
}

// [B2]
#[tokio::test]
async fn a_token_says_what_the_sdks_read() {
    let stage = stage().await;
    let (caller, raw_id, token) = stage.external().await;
    let claims = payload(&token);
    assert_eq!(claims["skypeid"], raw_id.skype_id().expect("skype id"));
    assert_eq!(claims["acsScope"], "chat,voip");
    assert_eq!(claims["scp"], 1792);
    assert_eq!(claims["csi"], "1790000000");
    assert_eq!(claims["exp"], 1_790_003_600);
    assert_eq!(claims["resourceId"], caller.resource.to_string());
    assert_eq!(claims["iss"], "https://localhost:8443");
    assert_eq!(claims["client"], "external");
    let part = token.split('.').nth(1).expect("payload");
    assert!(
        !part.contains(['-', '_']),
        "one SDK reads the standard alphabet only"
    );

    let principal = stage.tokens.verify(&token).await.expect("principal");
    assert_eq!(principal.raw_id, raw_id);
    assert_eq!(principal.client, ClientKind::External);
    assert_eq!(principal.resource, Some(caller.resource));
    assert!(principal.may_call() && principal.may_chat());
    assert_eq!(principal.expires_on, Timestamp(1_790_003_600_000));
}

#[tokio::test]
async fn a_token_ends_with_its_time() {
    let stage = stage().await;
    let (_, _, token) = stage.external().await;
    stage.clock.0.fetch_add(3_599_000, Ordering::Relaxed);
    assert!(stage.tokens.verify(&token).await.is_ok());
    stage.clock.0.fetch_add(1_000, Ordering::Relaxed);
    assert!(stage.refused(&token).await);
}

#[tokio::test]
async fn revoking_ends_all_tokens_at_once_and_later_ones_count() {
    let stage = stage().await;
    let (caller, raw_id, token) = stage.external().await;
    assert!(
        stage.tokens.verify(&token).await.is_ok(),
        "the state is in memory now"
    );
    let mut ended = stage.context.tokens_ended.subscribe();
    stage
        .identities
        .revoke(&caller, &raw_id)
        .await
        .expect("revoke");
    assert!(stage.refused(&token).await);
    assert_eq!(
        ended.try_recv().expect("news"),
        TokensEnded::Of(raw_id.clone())
    );
    let issued = stage
        .identities
        .issue(
            &caller,
            &raw_id,
            vec![Scope::Voip],
            Duration::from_secs(3_600),
        )
        .await
        .expect("a new token within the same millisecond");
    assert!(stage.tokens.verify(&issued.token).await.is_ok());
}

#[tokio::test]
async fn deleting_ends_all_tokens_and_no_new_one_is_made() {
    let stage = stage().await;
    let (caller, raw_id, token) = stage.external().await;
    let mut ended = stage.context.tokens_ended.subscribe();
    stage
        .identities
        .delete(&caller, &raw_id)
        .await
        .expect("delete");
    assert!(stage.refused(&token).await);
    assert_eq!(
        ended.try_recv().expect("news"),
        TokensEnded::Of(raw_id.clone())
    );
    let again = stage
        .identities
        .issue(
            &caller,
            &raw_id,
            vec![Scope::Voip],
            Duration::from_secs(3_600),
        )
        .await;
    assert!(matches!(again, Err(ServiceError::NotFound(_))));
    assert!(
        stage.identities.delete(&caller, &raw_id).await.is_ok(),
        "deleting twice is no error"
    );
}

#[tokio::test]
async fn rotating_a_key_ends_the_tokens_made_under_it_only() {
    let stage = stage().await;
    let (caller, raw_id, under_primary) = stage.external().await;
    let resource = stage
        .resources
        .load(caller.resource)
        .await
        .expect("load")
        .expect("found");
    let second = ResourceCaller {
        generation: Some(resource.secondary_key.generation().clone()),
        ..caller.clone()
    };
    let under_secondary = stage
        .identities
        .issue(
            &second,
            &raw_id,
            vec![Scope::Voip],
            Duration::from_secs(3_600),
        )
        .await
        .expect("token")
        .token;
    let mut ended = stage.context.tokens_ended.subscribe();
    stage
        .resources
        .rotate_key(caller.resource, KeyName::Primary)
        .await
        .expect("rotate");
    assert_eq!(
        ended.try_recv(),
        Ok(TokensEnded::UnderKeyOf(caller.resource)),
        "open sockets hear of it"
    );
    assert!(stage.refused(&under_primary).await);
    assert!(stage.tokens.verify(&under_secondary).await.is_ok());
}

#[tokio::test]
async fn a_revocation_goes_on_when_its_caller_hangs_up() {
    let stage = stage().await;
    for polls in 1.. {
        let (caller, raw_id, token) = stage.external().await;
        assert!(stage.tokens.verify(&token).await.is_ok());
        let mut ended = stage.context.tokens_ended.subscribe();
        let mut left = polls;
        let mut revoking = Box::pin(stage.identities.revoke(&caller, &raw_id));
        let is_done = std::future::poll_fn(|context| {
            if left == 0 {
                return std::task::Poll::Ready(false);
            }
            left -= 1;
            revoking.as_mut().poll(context).map(|_| true)
        });
        let is_done = is_done.await;
        drop(revoking);
        let news = tokio::time::timeout(Duration::from_secs(2), ended.recv()).await;
        assert!(news.is_ok(), "hung up after {polls} polls");
        assert!(stage.refused(&token).await);
        if is_done {
            return;
        }
    }
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let stage = stage().await;
    let (_, _, token) = stage.external().await;
    let parts: Vec<&str> = token.split('.').collect();
    let [header, body, signature] = parts[..] else {
        panic!("three parts")
    };
    let encode = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let kid = serde_json::from_slice::<serde_json::Value>(
        &BASE64_URL_SAFE_NO_PAD.decode(header).expect("base64"),
    )
    .expect("json")["kid"]
        .clone();
    let mut richer = payload(&token);
    richer["exp"] = 1_999_999_999.into();
    let richer = encode(&richer.to_string());
    let hmac = jsonwebtoken::encode(
        &jsonwebtoken::Header {
            kid: kid.as_str().map(str::to_owned),
            ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256)
        },
        &payload(&token),
        // The confusion attack: the public key as an HMAC secret.
        &jsonwebtoken::EncodingKey::from_secret(
            stage
                .tokens
                .jwks()
                .await
                .expect("jwks")
                .to_string()
                .as_bytes(),
        ),
    )
    .expect("encode");
    let none = encode(&format!(r#"{{"alg":"none","typ":"JWT","kid":{kid}}}"#));
    let other_key = self::stage().await.external().await.2;
    let forged = [
        String::new(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        format!("{header}.{richer}.{signature}"),
        format!("{header}.{body}."),
        format!("{header}.{body}"),
        format!("{none}.{body}."),
        format!("{none}.{body}.{signature}"),
        hmac,
        other_key,
        "x".repeat(TOKEN_BYTES_MAX + 1),
        format!("{token}{}", " ".repeat(TOKEN_BYTES_MAX)),
    ];
    for token in forged {
        assert!(
            stage.refused(&token).await,
            "{}",
            &token[..token.len().min(60)]
        );
    }
}

#[tokio::test]
async fn other_tokens_of_ours_are_no_user_tokens() {
    let stage = stage().await;
    let (_, _, token) = stage.external().await;
    let change = |name: &str, value: serde_json::Value| {
        let mut claims = payload(&token);
        claims[name] = value;
        claims
    };
    for claims in [
        change("iss", "https://localhost:8443/x/v2.0".into()),
        change("client", "admin".into()),
        change("acsScope", "chat,all".into()),
        change("acsScope", "".into()),
        change("skypeid", "acs:x".into()),
        change("resourceId", random_uuid().to_string().into()),
        change("resourceId", serde_json::Value::Null),
        change("kgen", "000000000000".into()),
        change("kgen", serde_json::Value::Null),
        change("rev", 1.into()),
        change("exp", "soon".into()),
    ] {
        let token = stage.tokens.signing.sign(&claims).await.expect("sign");
        assert!(stage.refused(&token).await, "{claims}");
    }
    let unchanged = stage
        .tokens
        .signing
        .sign(&payload(&token))
        .await
        .expect("sign");
    assert!(
        stage.tokens.verify(&unchanged).await.is_ok(),
        "the changes were the reason, and tokens that the RSA key signed in former versions count"
    );
}

#[tokio::test]
async fn the_signing_keys_outlive_the_process() {
    let stage = stage().await;
    let (_, _, token) = stage.external().await;
    let signing = Signing::new(stage.context.clone());
    let tokens = Tokens::new(stage.context.clone(), signing, stage.resources.clone());
    assert!(tokens.verify(&token).await.is_ok());
    let jwks = tokens.jwks().await.expect("jwks");
    for (key, kind, parts) in [(0, "RSA", 6), (1, "EC", 7)] {
        let key = &jwks["keys"][key];
        assert_eq!(key["kty"], kind);
        let found = key.as_object().expect("key").len();
        assert_eq!(found, parts, "no private part is shown");
    }
}

#[tokio::test]
async fn bounds_of_scopes_and_life() {
    let stage = stage().await;
    let (caller, raw_id, _) = stage.external().await;
    for (scopes, minutes, target) in [
        (vec![], 60, "Scopes"),
        (vec![Scope::Chat], 59, "ExpiresInMinutes"),
        (vec![Scope::Chat], 1_441, "ExpiresInMinutes"),
    ] {
        let outcome = stage
            .identities
            .issue(&caller, &raw_id, scopes, Duration::from_secs(minutes * 60))
            .await;
        let Err(ServiceError::Invalid { target: named, .. }) = outcome else {
            panic!("{target}: not refused");
        };
        assert_eq!(named, target);
    }
}

#[tokio::test]
async fn another_resource_cannot_touch_an_identity() {
    let stage = stage().await;
    let (_, raw_id, token) = stage.external().await;
    let other = ResourceCaller::from(stage.resources.create("other").await.expect("resource").id);
    let life = Duration::from_secs(3_600);
    assert!(
        stage
            .identities
            .issue(&other, &raw_id, vec![Scope::Chat], life)
            .await
            .is_err()
    );
    assert!(stage.identities.revoke(&other, &raw_id).await.is_err());
    assert!(stage.identities.delete(&other, &raw_id).await.is_err());
    assert!(stage.tokens.verify(&token).await.is_ok());
}

// A parser of network bytes: whatever is written there, the answer is one refusal.
#[test]
fn no_text_is_taken_for_a_token() {
    use proptest::prelude::*;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    let stage = runtime.block_on(stage());
    let token = runtime.block_on(stage.external()).2;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(256));
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let texts = prop_oneof![
        ".{0,200}",
        "[A-Za-z0-9_-]{0,80}[.][A-Za-z0-9_-]{0,80}[.][A-Za-z0-9_-]{0,80}",
        (0..token.len(), any::<u8>()).prop_map({
            let token = token.clone();
            move |(place, byte)| {
                let mut bytes = token.clone().into_bytes();
                bytes[place] = bytes[place].wrapping_add(byte | 1) & 0x7f;
                String::from_utf8(bytes).unwrap_or_default()
            }
        }),
        "[ -~]{0,120}".prop_map(move |text| {
            let body = BASE64_URL_SAFE_NO_PAD.encode(text);
            format!("{}.{body}.{}", parts[0], parts[2])
        }),
    ];
    runner
        .run(&texts, |text| {
            // The last character of a signature may carry bits that do not count.
            prop_assume!(text[..text.len().min(token.len() - 1)] != token[..token.len() - 1]);
            prop_assert!(runtime.block_on(stage.refused(&text)), "{text}");
            Ok(())
        })
        .expect("every text is refused");
}
