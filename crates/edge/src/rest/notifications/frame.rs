//! Frames of socket.io 0.9 as this protocol uses them: `type:id:endpoint:data`.
use serde::Deserialize;
use serde_json::Value;

/// A frame from the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClientFrame {
    /// `0`: goodbye.
    Disconnect,
    /// `2`: still there; and what the server has no use for.
    Nothing,
    /// `3`: the answer to the delivery of this number.
    Answer(u32),
    /// `5`: an event. `Some` is the number under which an acknowledgement is asked for.
    Event(Option<u32>),
    /// Not a frame.
    Malformed,
}

/// The part of an answer that counts: whatever its status, the client has the delivery.
#[derive(Deserialize)]
struct Answer {
    id: u32,
}

impl ClientFrame {
    /// Reads a text frame.
    pub(super) fn parse(text: &str) -> Self {
        let mut parts = text.splitn(4, ':');
        let (kind, id) = (parts.next(), parts.next());
        match (kind, id) {
            (Some("0"), _) => Self::Disconnect,
            (Some("3"), Some(_)) => match parts.nth(1).map(serde_json::from_str) {
                Some(Ok(Answer { id })) => Self::Answer(id),
                Some(Err(_)) | None => Self::Nothing,
            },
            (Some("1" | "2" | "4" | "6" | "7" | "8"), Some(_)) => Self::Nothing,
            (Some("5"), Some(id)) => match id.trim_end_matches('+') {
                "" => Self::Event(None),
                number => number.parse().map_or(Self::Malformed, |number| {
                    Self::Event(id.ends_with('+').then_some(number))
                }),
            },
            _ => Self::Malformed,
        }
    }
}

/// The connection stands.
pub(super) const CONNECTED: &str = "1::";
/// Still there.
pub(super) const HEARTBEAT: &str = "2::";

/// The answer to an event that asked for one.
pub(super) fn acknowledge(number: u32) -> String {
    format!("6:::{number}+[]")
}

/// An event for the client.
pub(super) fn event(name: &str, argument: &Value) -> String {
    format!(
        "5:::{}",
        serde_json::json!({ "name": name, "args": [argument] })
    )
}

/// A delivery: a request that the client answers by number.
pub(super) fn delivery(number: u32, address: &str, body: &Value) -> String {
    let request = serde_json::json!({
        "id": number, "method": "POST", "url": format!("/v4/f/{address}/"), "headers": {},
        "body": body.to_string(),
    });
    format!("3:::{request}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // [N2]
    #[test]
    fn client_frames_are_read() {
        let table = [
            ("5:1+::{\"name\":\"ping\"}", ClientFrame::Event(Some(1))),
            ("5:7::{\"name\":\"ping\"}", ClientFrame::Event(None)),
            ("5:::{\"name\":\"ping\"}", ClientFrame::Event(None)),
            ("0::", ClientFrame::Disconnect),
            ("2::", ClientFrame::Nothing),
            ("3:::{\"id\":1,\"status\":200}", ClientFrame::Answer(1)),
            ("3:::{\"id\":-1}", ClientFrame::Nothing),
            ("3:::", ClientFrame::Nothing),
            ("5:x+::{}", ClientFrame::Malformed),
            ("9::", ClientFrame::Malformed),
            ("", ClientFrame::Malformed),
            ("5", ClientFrame::Malformed),
        ];
        for (text, frame) in table {
            assert_eq!(ClientFrame::parse(text), frame, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_frame_panics(text in ".{0,80}") {
            let _ = ClientFrame::parse(&text);
        }
    }
}
