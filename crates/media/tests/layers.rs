//! Simulcast through the router: which layer, how it is switched, and how often key frames are asked for.
mod call;

use call::{Call, Sends, assert_continuous};
use parvis_media::StreamKind;
use std::time::Duration;

const CAMERA: StreamKind = StreamKind::Camera;

fn simulcast(viewers: u8, tile: u32) -> Call {
    let mut call = Call::of(1 + viewers, true);
    call.clients[0].sends = Sends {
        camera: true,
        ..Sends::default()
    };
    for viewer in 1..=usize::from(viewers) {
        call.want(viewer, &[(0, CAMERA, tile)]);
    }
    call.run_ms(2_000);
    call
}

fn layer(call: &Call, viewer: usize) -> u8 {
    call.clients[viewer]
        .video_slot(0)
        .last()
        .expect("video")
        .origin
        .2
}

// [F2] [CP-43]
#[test]
fn the_layer_follows_the_tile_and_the_stream_goes_on() {
    let mut call = simulcast(1, 720);
    assert_eq!(layer(&call, 1), 2);
    for (tile, wanted) in [(180, 0), (300, 1), (1_080, 2), (90, 0)] {
        call.want(1, &[(0, CAMERA, tile)]);
        call.run_ms(1_500);
        assert_eq!(layer(&call, 1), wanted, "tile of {tile}");
    }
    let got = call.clients[1].video_slot(0);
    assert_continuous(got);
    let mut sorted = got.to_vec();
    sorted.sort_by_key(|g| g.seq);
    for pair in sorted.windows(2).filter(|w| w[0].origin.2 != w[1].origin.2) {
        assert!(pair[1].is_keyframe, "switched without a key frame");
    }
}

#[test]
fn a_layer_the_publisher_stops_is_replaced() {
    let mut call = simulcast(1, 720);
    call.clients[0].sends.camera_layers_off = 0b100;
    call.run_ms(3_000);
    assert_eq!(layer(&call, 1), 1);
    call.clients[0].sends.camera_layers_off = 0;
    call.run_ms(1_500);
    assert_eq!(layer(&call, 1), 2);
    assert_continuous(call.clients[1].video_slot(0));
}

#[test]
fn many_viewers_cost_one_keyframe() {
    let mut call = simulcast(5, 720);
    call.run_ms(1_000);
    call.clients[0].keyframe_requests.clear();
    for viewer in 1..=5 {
        call.want(viewer, &[(0, CAMERA, 180)]);
    }
    call.run_ms(1_000);
    assert_eq!(
        call.clients[0].keyframe_requests.len(),
        1,
        "{:?}",
        call.clients[0].keyframe_requests
    );
    assert!((1..=5).all(|viewer| layer(&call, viewer) == 0));
}

#[test]
fn viewers_that_ask_without_end_are_throttled() {
    let mut call = simulcast(1, 720);
    call.run_ms(1_000);
    call.clients[0].keyframe_requests.clear();
    for _ in 0..50 {
        let viewer = &mut call.clients[1];
        let mid = viewer.mids[6];
        let mut api = viewer.rtc.direct_api();
        let rx = api.stream_rx_by_mid(mid, None).expect("the slot");
        rx.request_keyframe(str0m::media::KeyframeRequestKind::Pli);
        call.run_ms(40);
    }
    let asked: Vec<_> = call.clients[0]
        .keyframe_requests
        .iter()
        .map(|r| r.0)
        .collect();
    assert!(
        (3..=5).contains(&asked.len()),
        "{} requests in two seconds",
        asked.len()
    );
    assert!(
        asked
            .windows(2)
            .all(|w| w[1] - w[0] >= Duration::from_millis(490))
    );
}
