//! Members and applications that use a resource without its key: denied unless assigned.
use crate::{door::Answer, scene::*};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use parvis_domain::ids::RawId;
use parvis_service::{
    assignments::{Assignment, PrincipalKind, Role},
    context::TokensEnded,
    members::MemberChange,
};
use serde_json::json;

const CLIENTS: &str = "https://communication.azure.com/clients/VoIP https://communication.azure.com/clients/Chat.Join";
const EXTENSION: &str = "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls";
const BACK_END: &str = "https://communication.azure.com//.default";
const AS_CLIENT: &str = "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview";
const AS_EXTENSION: &str = "/access/teamsExtension/:exchangeAccessToken?api-version=2025-06-30";

impl Scene {
    async fn bearer(&self, method: Method, target: &str, token: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, crate::door::HOST)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(body.to_owned()));
        self.stage.send(request.expect("request")).await
    }

    async fn access_token(&self, scope: &str) -> String {
        text(&self.tokens(scope).await, "access_token").to_owned()
    }

    fn assignment(&self, role: Role, kind: PrincipalKind, principal: &str) -> Assignment {
        Assignment {
            role,
            organisation: self.member.organisation,
            principal: principal.to_owned(),
            kind,
            resource: self.stage.resource.id,
            client_ids: Vec::new(),
        }
    }

    async fn assign_member(&self, role: Role) -> Assignment {
        let member = self.member.oid.to_string();
        let assignment = self.assignment(role, PrincipalKind::User, &member);
        let assigned = self.stage.services.assignments.assign(&assignment).await;
        assigned.expect("assigned");
        assignment
    }

    async fn unassign(&self, assignment: &Assignment) {
        let Assignment {
            resource,
            role,
            organisation,
            principal,
            ..
        } = assignment;
        let assignments = &self.stage.services.assignments;
        let removed = assignments.unassign(*resource, *role, *organisation, principal);
        assert!(removed.await.expect("unassign"));
    }
}

// [B1] [C2]
#[tokio::test]
async fn an_assigned_member_gets_a_token_of_one_identity_of_the_resource() {
    let scene = scene().await;
    let access = scene.access_token(CLIENTS).await;
    let answer = scene.bearer(Method::POST, AS_CLIENT, &access, "{}").await;
    assert_eq!(
        answer.refusal(),
        (403, "Forbidden".to_owned()),
        "not assigned"
    );
    let assignment = scene.assign_member(Role::Clients).await;
    let answer = scene.bearer(Method::POST, AS_CLIENT, &access, "{}").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let id = text(&answer.json()["identity"], "id").to_owned();
    let token = text(&answer.json()["accessToken"], "token").to_owned();
    assert_eq!(
        text(&answer.json()["accessToken"], "expiresOn"),
        "2026-09-21T15:28:20Z",
        "as long as the member's"
    );
    let tokens = &scene.stage.services.tokens;
    let principal = tokens.verify(&token).await.expect("accepted");
    assert_eq!(principal.raw_id.to_string(), id);
    assert_eq!(principal.resource, Some(scene.stage.resource.id));
    assert!(principal.may_call() && principal.may_chat());
    assert_eq!(principal.scopes.len(), 2);
    // An SDK writes two slashes; the identity stays the same.
    let slashed = format!("/{AS_CLIENT}");
    let again = scene.bearer(Method::POST, &slashed, &access, "{}").await;
    assert_eq!(text(&again.json()["identity"], "id"), id);

    let mut ended = scene.stage.services.context.tokens_ended.subscribe();
    scene.unassign(&assignment).await;
    assert!(tokens.verify(&token).await.is_err(), "ends with it");
    let news = ended.try_recv().expect("sockets check their tokens");
    assert_eq!(news, TokensEnded::Some);
    let answer = scene.bearer(Method::POST, AS_CLIENT, &access, "{}").await;
    assert_eq!(answer.refusal(), (403, "Forbidden".to_owned()));
}

// [C2]
#[tokio::test]
async fn a_disabled_member_has_no_token_of_any_resource() {
    let scene = scene().await;
    scene.assign_member(Role::Clients).await;
    scene.assign_member(Role::Extension).await;
    let mut made = Vec::new();
    for (scope, target) in [(CLIENTS, AS_CLIENT), (EXTENSION, AS_EXTENSION)] {
        let access = scene.access_token(scope).await;
        let answer = scene.bearer(Method::POST, target, &access, "{}").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        made.push(text(&answer.json()["accessToken"], "token").to_owned());
    }
    let services = &scene.stage.services;
    for token in &made {
        assert!(services.tokens.verify(token).await.is_ok());
    }
    for enabled in [false, true] {
        let change = MemberChange {
            enabled: Some(enabled),
            ..MemberChange::default()
        };
        let changed = services.members.change(scene.member.oid, change).await;
        changed.expect("change");
        for token in &made {
            assert!(services.tokens.verify(token).await.is_err(), "{enabled}");
        }
    }
}

// [C2] [C5]
#[tokio::test]
async fn an_extension_is_assigned_by_the_resource_and_acts_as_the_member() {
    let scene = scene().await;
    let oid = scene.member.oid.to_string();
    let access = scene.access_token(EXTENSION).await;
    let exchange = async || {
        scene
            .bearer(Method::POST, AS_EXTENSION, &access, "{}")
            .await
    };
    assert_eq!(exchange().await.refusal(), (403, "Forbidden".to_owned()));
    let place = format!(
        "/access/teamsExtension/tenants/{}/assignments/{oid}?api-version=2026-09-23",
        scene.tenant
    );
    let call = async |method, body: &str| scene.stage.call(method, &place, body).await;
    assert_eq!(
        call(Method::GET, "").await.refusal(),
        (404, "NotFound".to_owned())
    );
    let body = r#"{"principalType":"user","clientIds":["asking"]}"#;
    let made = call(Method::PUT, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let shown = json!({
        "objectId": oid, "tenantId": scene.tenant, "principalType": "user", "clientIds": ["asking"],
    });
    assert_eq!(made.json(), shown);
    assert_eq!(call(Method::GET, "").await.json(), shown);
    let refused = exchange().await;
    assert_eq!(
        refused.refusal(),
        (403, "Forbidden".to_owned()),
        "through another application"
    );
    let changed = call(Method::PUT, r#"{"principalType":"user"}"#).await;
    assert_eq!(changed.status, StatusCode::OK);
    let answer = exchange().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let id = text(&answer.json()["identity"], "id").to_owned();
    let resource = scene.stage.resource.id;
    assert_eq!(id, format!("8:acs:{resource}_{}_{oid}", scene.tenant));
    let tokens = &scene.stage.services.tokens;
    let token = text(&answer.json()["accessToken"], "token").to_owned();
    let principal = tokens.verify(&token).await.expect("accepted");
    assert!(matches!(principal.raw_id, RawId::Extension { .. }));
    assert!(principal.may_call() && !principal.may_chat());

    assert_eq!(
        call(Method::DELETE, "").await.status,
        StatusCode::NO_CONTENT
    );
    assert!(tokens.verify(&token).await.is_err());
    for bad in [
        "{}",
        r#"{"principalType":"group"}"#,
        r#"{"principalType":"user","clientIds":"x"}"#,
    ] {
        let answer = call(Method::PUT, bad).await;
        assert_eq!(
            answer.refusal(),
            (400, "ValidationError".to_owned()),
            "{bad}"
        );
    }
    let stranger = place.replace(&oid, "00000000-0000-4000-8000-000000000001");
    let answer = scene
        .stage
        .call(Method::PUT, &stranger, r#"{"principalType":"user"}"#)
        .await;
    assert_eq!(answer.refusal(), (404, "NotFound".to_owned()));
    let unsigned = scene.bearer(Method::PUT, &place, &access, body).await;
    assert_eq!(unsigned.refusal(), (401, "Unauthorized".to_owned()));
}

// [C2] [C3]
#[tokio::test]
async fn a_token_for_something_else_is_not_exchanged() {
    let scene = scene().await;
    scene.assign_member(Role::Clients).await;
    scene.assign_member(Role::Extension).await;
    let graph = scene.access_token("User.Read").await;
    let clients = scene.access_token(CLIENTS).await;
    let both = scene.access_token(BOTH).await;
    let user = scene.stage.services.visitors.token().await;
    let user = user.expect("token").token;
    for (flaw, target, token) in [
        ("another audience", AS_CLIENT, graph.as_str()),
        ("another audience", AS_CLIENT, &both),
        ("another audience", AS_EXTENSION, &clients),
        ("a user token", AS_CLIENT, &user),
        ("no token", AS_EXTENSION, "x"),
    ] {
        let answer = scene.bearer(Method::POST, target, token, "{}").await;
        let expected = (401, "InvalidAccessToken".to_owned());
        assert_eq!(answer.refusal(), expected, "{flaw}");
    }
    let answer = scene.bearer(Method::POST, AS_EXTENSION, &both, "{}").await;
    assert_eq!(
        answer.refusal(),
        (403, "Forbidden".to_owned()),
        "no such scope"
    );
    let bare = scene.stage.call(Method::POST, AS_CLIENT, "{}").await;
    assert_eq!(bare.refusal(), (401, "Unauthorized".to_owned()));
    // A signature gives no token either: the exchange is the member's.
    scene.stage.clock.forward_s(4_500);
    let answer = scene.bearer(Method::POST, AS_CLIENT, &clients, "{}").await;
    assert_eq!(
        answer.refusal(),
        (401, "InvalidAccessToken".to_owned()),
        "expired"
    );
}

// [B1] [B2]
#[tokio::test]
async fn an_assigned_back_end_needs_no_key() {
    let scene = scene().await;
    let services = &scene.stage.services;
    let member = scene.access_token(BACK_END).await;
    let target = "/identities?api-version=2023-10-01";
    let create = async |token: &str| scene.bearer(Method::POST, target, token, "{}").await;
    assert_eq!(
        create(&member).await.refusal(),
        (403, "Forbidden".to_owned())
    );
    assert_eq!(
        create("x").await.refusal(),
        (401, "Unauthorized".to_owned())
    );
    let graph = scene.access_token("User.Read").await;
    assert_eq!(
        create(&graph).await.refusal(),
        (401, "Unauthorized".to_owned())
    );
    let assignment = scene.assign_member(Role::BackEnd).await;
    assert_eq!(create(&member).await.status, StatusCode::CREATED);
    let mut app = new_client("app", true);
    app.permissions.retain(|name| name != "user_impersonation");
    services.sign_in.register_client(app).await.expect("client");
    assert_eq!(
        create(&member).await.refusal(),
        (401, "Unauthorized".to_owned()),
        "the app's permission was taken back"
    );
    let app = new_client("app", true);
    services.sign_in.register_client(app).await.expect("client");
    assert_eq!(create(&member).await.status, StatusCode::CREATED);
    scene.unassign(&assignment).await;
    assert_eq!(create(&member).await.status, StatusCode::FORBIDDEN);

    let mut client = new_client("server", true);
    client.secret = Some("a secret of its own".to_owned());
    services
        .sign_in
        .register_client(client.clone())
        .await
        .expect("client");
    let asked = |secret: &'static str, scope: &'static str| {
        [
            ("grant_type", "client_credentials"),
            ("client_id", "server"),
            ("client_secret", secret),
            ("scope", scope),
        ]
    };
    for (secret, scope, error) in [
        ("wrong", BACK_END, "invalid_client"),
        ("", BACK_END, "invalid_client"),
        (
            "a secret of its own",
            "https://graph.microsoft.com/.default",
            "invalid_scope",
        ),
        ("a secret of its own", "User.Read", "invalid_scope"),
    ] {
        let answer = scene.token(&asked(secret, scope)).await;
        assert_eq!(oauth_refusal(&answer).0, error, "{secret} {scope}");
    }
    let public = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("scope", BACK_END),
    ];
    assert_eq!(
        oauth_refusal(&scene.token(&public).await).0,
        "invalid_client"
    );
    let answer = scene.token(&asked("a secret of its own", BACK_END)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let token = text(&answer.json(), "access_token").to_owned();
    assert_eq!(create(&token).await.status, StatusCode::FORBIDDEN);
    let assignment = scene.assignment(Role::BackEnd, PrincipalKind::Application, "server");
    services
        .assignments
        .assign(&assignment)
        .await
        .expect("assign");
    assert_eq!(create(&token).await.status, StatusCode::CREATED);
    let answer = scene.bearer(Method::POST, AS_CLIENT, &token, "{}").await;
    assert_eq!(
        answer.refusal(),
        (401, "InvalidAccessToken".to_owned()),
        "an application is no member"
    );
    // Registered anew without a secret, it is nobody.
    client.secret = None;
    services
        .sign_in
        .register_client(client)
        .await
        .expect("client");
    assert_eq!(create(&token).await.status, StatusCode::UNAUTHORIZED);
}
