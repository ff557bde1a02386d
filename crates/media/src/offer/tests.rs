//! Tables and properties of `offer`.

use super::*;
use proptest::prelude::*;

fn sdp(lines: &[(&str, &str)]) -> String {
    let mut text = String::from("v=0\r\na=fingerprint:sha-256 AA:BB\r\n");
    for (mid, (kind, way)) in lines.iter().enumerate() {
        text.push_str(&format!(
            "m={kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:{mid}\r\na={way}\r\n"
        ));
    }
    text
}

const UP: [(&str, &str); 3] = [
    ("audio", "sendonly"),
    ("video", "sendonly"),
    ("video", "sendonly"),
];

fn with_slots(slots: &[(&'static str, &'static str)]) -> String {
    let mut lines = UP.to_vec();
    lines.extend_from_slice(slots);
    sdp(&lines)
}

// [CP-41]
#[test]
fn first_offer_is_read_line_by_line() {
    let offer = with_slots(&[
        ("audio", "recvonly"),
        ("video", "recvonly"),
        ("video", "recvonly"),
    ]);
    let layout = Layout::first(&offer).expect("the right shape");
    assert_eq!(layout.microphone().mid, "0");
    assert_eq!(
        (layout.camera().mid.as_str(), layout.share().mid.as_str()),
        ("1", "2")
    );
    assert_eq!(
        layout
            .audio_slots()
            .map(|l| l.mid.as_str())
            .collect::<Vec<_>>(),
        ["3"]
    );
    assert_eq!(
        layout
            .video_slots()
            .map(|(l, s)| (l.mid.as_str(), s))
            .collect::<Vec<_>>(),
        [("4", false), ("5", true)]
    );
}

// [CP-41]
#[test]
fn other_shapes_are_refused() {
    let video_slot = ("video", "recvonly");
    let cases = [
        sdp(&[]),
        sdp(&UP),
        sdp(&[
            ("video", "sendonly"),
            ("audio", "sendonly"),
            ("video", "sendonly"),
            video_slot,
        ]),
        sdp(&[
            ("audio", "sendrecv"),
            ("video", "sendonly"),
            ("video", "sendonly"),
            video_slot,
        ]),
        with_slots(&[video_slot, ("audio", "recvonly")]),
        with_slots(&[("audio", "recvonly")]),
        with_slots(&[("video", "sendonly")]),
        with_slots(&[("video", "inactive")]),
        with_slots(&[("application", "recvonly"), video_slot]),
        with_slots(&[video_slot]).replace("a=mid:3", "a=mid:0"),
        with_slots(&[video_slot]).replace("a=mid:3", "a=mid:a b"),
        with_slots(&[video_slot]).replace("a=mid:3\r\n", ""),
        with_slots(&[video_slot]).replace("a=fingerprint:sha-256 AA:BB\r\n", ""),
    ];
    for case in cases {
        assert!(
            matches!(Layout::first(&case), Err(OfferError::Shape(_))),
            "accepted: {case}"
        );
    }
    // The join reply's 16 and the share's.
    assert!(Layout::first(&with_slots(&[video_slot; 17])).is_ok());
    let greedy = Layout::first(&with_slots(&[video_slot; 18]));
    assert!(matches!(greedy, Err(OfferError::Shape(_))), "{greedy:?}");
    let many = vec![video_slot; SDP_LINES_MAX - 2];
    assert_eq!(
        Layout::first(&with_slots(&many)),
        Err(OfferError::TooManyLines)
    );
    assert_eq!(
        Layout::first(&"x".repeat(SDP_BYTES_MAX + 1)),
        Err(OfferError::TooLong)
    );
}

// [CP-41]
#[test]
fn later_offer_may_only_append_video_slots() {
    let slots = [("video", "recvonly"), ("video", "recvonly")];
    let layout = Layout::first(&with_slots(&slots)).expect("the right shape");
    let later = |slots: &[(&'static str, &'static str)]| layout.later(&with_slots(slots));
    let more = later(&[slots[0], slots[1], slots[0]]).expect("one more slot");
    assert_eq!(
        more.video_slots()
            .map(|(_, share)| share)
            .collect::<Vec<_>>(),
        [false, true, false]
    );
    assert!(later(&[slots[0]; 17]).is_ok());
    assert!(matches!(
        later(&[slots[0]; 18]),
        Err(OfferError::Changed(_))
    ));
    assert_eq!(
        later(&slots[..1]),
        Err(OfferError::Changed("a line is missing"))
    );
    let audio = ("audio", "recvonly");
    assert!(matches!(
        later(&[slots[0], slots[1], audio]),
        Err(OfferError::Changed(_))
    ));
    assert!(matches!(
        later(&[audio, slots[1]]),
        Err(OfferError::Changed(_))
    ));
}

#[test]
fn simulcast_layers_are_read_in_order() {
    let offer = with_slots(&[("video", "recvonly")])
        .replace("a=mid:1\r\n", "a=mid:1\r\na=simulcast:send q;~h;f,x\r\n");
    assert_eq!(
        Layout::first(&offer)
            .expect("the right shape")
            .camera()
            .rids,
        ["q", "h", "f"]
    );
}

#[test]
fn candidates_are_left_out() {
    let text =
        "v=0\r\na=candidate:1 1 udp 1 abc.local 1 typ host\r\na=mid:0\r\na=end-of-candidates\r\n";
    assert_eq!(without_candidates(text), "v=0\r\na=mid:0\r\n");
}

proptest! {
    #[test]
    fn any_text_is_refused_or_read(text in "(m=(audio|video|x) |a=(mid:|sendonly|recvonly|simulcast:send q;~|fingerprint:a)|[ -~]{0,8}|\r\n){0,60}") {
        let _ = Layout::first(&text);
    }
}
