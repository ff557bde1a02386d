//! Bodies that no client would write: whatever comes, the answer is an answer and never our fault.
use super::*;

/// Random numbers with a seed, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    /// Something that is not what is expected there.
    fn odd(&mut self) -> Value {
        match self.throw(14) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!(1.5e300),
            4 => json!(u64::MAX),
            5 => json!(""),
            6 => json!("\u{0}\u{202e}\u{fffd}"),
            7 => json!("9".repeat(400)),
            8 => json!([]),
            9 => json!({}),
            10 => json!([[[[[null]]]]]),
            11 => json!({ "": { "": "" } }),
            12 => json!("8:acs:_"),
            _ => json!("0000-00-00T99:99:99Z"),
        }
    }

    /// Puts something odd into some place of `value`, or adds or takes something.
    fn spoil(&mut self, value: &mut Value) {
        let deeper = self.throw(4) != 0;
        match value {
            Value::Object(fields) if deeper && !fields.is_empty() => {
                let chosen = fields
                    .keys()
                    .nth(self.throw(fields.len()))
                    .cloned()
                    .expect("in range");
                match self.throw(8) {
                    0 => drop(fields.remove(&chosen)),
                    1 => drop(fields.insert(format!("{chosen}x"), self.odd())),
                    _ => self.spoil(fields.get_mut(&chosen).expect("there")),
                }
            }
            Value::Array(items) if deeper && !items.is_empty() => {
                let chosen = self.throw(items.len());
                match self.throw(4) {
                    0 => items.push(items[chosen].clone()),
                    _ => self.spoil(&mut items[chosen]),
                }
            }
            other => *other = self.odd(),
        }
    }
}

fn bodies(thread: &str, message: &str, person: &User) -> Vec<(&'static str, String, Value)> {
    let mut somebody = participant(person);
    somebody["shareHistoryTime"] = "2026-01-01T00:00:00Z".into();
    somebody["metadata"] = json!({ "a": "b" });
    let policy = json!({ "kind": "threadCreationDate", "deleteThreadAfterDays": 40 });
    vec![
        (
            "POST",
            String::new(),
            json!({ "topic": "t", "participants": [somebody], "metadata": { "a": "b" }, "retentionPolicy": policy }),
        ),
        (
            "PATCH",
            thread.to_owned(),
            json!({ "topic": "t", "metadata": { "a": "b" }, "retentionPolicy": policy }),
        ),
        (
            "POST",
            format!("{thread}/messages"),
            json!({ "content": "<p>c</p>", "type": "html", "senderDisplayName": "n", "metadata": { "a": "b" } }),
        ),
        (
            "PATCH",
            format!("{thread}/messages/{message}"),
            json!({ "content": "c", "metadata": { "a": "b" } }),
        ),
        (
            "POST",
            format!("{thread}/participants/:add"),
            json!({ "participants": [somebody] }),
        ),
        (
            "POST",
            format!("{thread}/participants/:remove"),
            somebody["communicationIdentifier"].clone(),
        ),
        (
            "POST",
            format!("{thread}/readReceipts"),
            json!({ "chatMessageId": message }),
        ),
        (
            "POST",
            format!("{thread}/typing"),
            json!({ "senderDisplayName": "n" }),
        ),
    ]
}

fn check(answer: &server::Answer, what: &str) {
    assert!(
        answer.status < 500,
        "{what}: {} {}",
        answer.status,
        answer.text
    );
    if answer.status >= 400 {
        let error = &answer.json()["error"];
        let told = error["code"].is_string() && error["message"].is_string();
        assert!(told, "{what}: {}", answer.text);
    }
}

#[tokio::test]
async fn no_body_is_answered_by_a_fault_of_ours() {
    let server = Server::start().await;
    let (ana, ben) = (server.user(CHAT).await, server.user(CHAT).await);
    let thread = server.thread(&ana, &[&ben]).await;
    let message = server.send(&ana, &thread, "x").await;
    let mut dice = Dice(7);
    for round in 0..150 {
        for (method, path, mut body) in bodies(&thread, &message, &ben) {
            for _ in 0..=dice.throw(3) {
                dice.spoil(&mut body);
            }
            let answer = server.chat(&ana, method, &path, body.clone()).await;
            check(&answer, &format!("{round}: {method} {path} {body}"));
        }
    }
    let read = server
        .chat(&ana, "GET", format!("{thread}/messages"), Value::Null)
        .await;
    assert_eq!(
        read.status, 200,
        "all that was taken can be read again: {}",
        read.text
    );
}

#[tokio::test]
async fn no_text_and_no_query_is_answered_by_a_fault_of_ours() {
    let server = Server::start().await;
    let ana = server.user(CHAT).await;
    let thread = server.thread(&ana, &[]).await;
    let bearer = format!("Bearer {}", ana.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let texts = [
        "{",
        "nul",
        "\"",
        "{\"content\":\"\\ud800\"}",
        "{\"content\":1e999}",
        "[]",
        "0",
        "\u{feff}{}",
        "{\"topic\":\"a\",\"topic\":\"b\"}",
        "{\"content\":\"x\"} {}",
        &deep,
    ];
    for (method, path, _) in bodies(&thread, "1", &ana) {
        for text in texts {
            let path = format!("/chat/threads{path}");
            let answer = server.request(method, &path, &headers, text).await;
            check(&answer, &format!("{method} {path} {text:.40}"));
        }
    }
    let mut dice = Dice(11);
    let pieces = [
        "maxPageSize",
        "=",
        "&",
        "startTime",
        "skip",
        "ct",
        "-1",
        "9".repeat(30).leak(),
        "0.0.0",
        "%",
        "%FF",
        "+",
        "1",
        "T00:00:00Z",
    ];
    for list in ["", "/messages", "/participants", "/readReceipts"] {
        let list = if list.is_empty() {
            String::new()
        } else {
            format!("{thread}{list}")
        };
        for _ in 0..60 {
            let query: String = (0..dice.throw(9))
                .map(|_| pieces[dice.throw(pieces.len())])
                .collect();
            let answer = server
                .chat(&ana, "GET", format!("{list}?{query}"), Value::Null)
                .await;
            check(&answer, &format!("{list}?{query}"));
        }
    }
}
