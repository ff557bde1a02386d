//! Meetings' threads through the chat dialect.
use super::*;

// [G1] [G2] [G3] [H2]
#[tokio::test]
async fn a_guest_s_chat_opens_at_admission_and_shuts_at_leaving() {
    let server = Server::start().await;
    let (host, guest) = (server.host().await, server.user(CHAT).await);
    let id = server.meeting().await;
    let thread = path_of(id.as_str());
    let messages = format!("{thread}/messages");
    let shut = async || {
        for (method, path, body) in operations("1", &host) {
            let answer = server
                .chat(&guest, method, format!("{thread}{path}"), body)
                .await;
            assert_eq!(answer.status, 403, "{method} {path}");
        }
    };
    server.send(&host, &thread, "before").await;
    shut().await;
    server.admit(&id, &guest, "Ada").await;
    server.send(&host, &thread, "welcome").await;
    let body = json!({ "content": "thanks", "senderDisplayName": "Ada (Organizer)" });
    assert_eq!(
        server.chat(&guest, "POST", &messages, body).await.status,
        201
    );
    let seen = server
        .chat(&guest, "GET", &messages, Value::Null)
        .await
        .json();
    let texts: Vec<_> = (0..2)
        .map(|n| &seen["value"][n]["content"]["message"])
        .collect();
    assert_eq!(texts, ["thanks", "welcome"]);
    assert_eq!(seen["value"].as_array().expect("list").len(), 3);
    let by_host = server
        .chat(&host, "GET", &messages, Value::Null)
        .await
        .json();
    assert_eq!(by_host["value"][0]["senderDisplayName"], "Ada (External)");
    assert_eq!(by_host["value"][1]["senderDisplayName"], "Ada");
    let sender = &by_host["value"][1]["senderCommunicationIdentifier"];
    assert_eq!(sender["microsoftTeamsUser"]["isAnonymous"], false);
    for (method, path) in [
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/participants/:add"),
    ] {
        let body = json!({ "topic": "x", "participants": [participant(&guest)] });
        let answer = server
            .chat(&host, method, format!("{thread}{path}"), body)
            .await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    server.dismiss(&id, &guest).await;
    shut().await;
}
