//! Offers through the router: later offers, ICE restart, new connections, and what no client may do.
mod call;

use call::{Call, OPEN, Sends, assert_continuous, server};
use parvis_media::{Event, Local, OfferError, Output, PeerId, Proto, StreamKind};
use parvis_sim::LinkConfig;
use proptest::prelude::*;

const CAMERA: StreamKind = StreamKind::Camera;

// [CP-41]
#[test]
fn more_slots_by_a_later_offer() {
    let mut call = Call::new();
    for _ in 0..3 {
        call.join(false, 1);
    }
    call.run_ms(500);
    for index in 0..3 {
        call.gate(index, OPEN);
        call.clients[index].sends = Sends {
            camera: true,
            ..Sends::default()
        };
    }
    call.want(2, &[(0, CAMERA, 180), (1, CAMERA, 180)]);
    call.run_ms(1_000);
    assert_eq!(call.slots(2).video.len(), 1);
    call.offer_again(2, 2, false);
    call.run_ms(1_000);
    assert_eq!(call.slots(2).video.len(), 2);
    let viewer = &call.clients[2];
    assert_continuous(viewer.video_slot(0));
    // The share slot is the last line of the first offer; appended ones follow it.
    assert_continuous(viewer.video_slot(2));
    assert!(viewer.share_slot().is_empty());
}

// [CP-41] [CP-47]
#[test]
fn an_ice_restart_goes_on_from_another_address() {
    let mut call = Call::of(2, false);
    call.clients[0].sends = Sends {
        camera: true,
        ..Sends::default()
    };
    call.want(1, &[(0, CAMERA, 720)]);
    call.run_ms(1_000);
    let ufrag = call.router.local_ufrag(PeerId(1));
    // The network is gone, then the client comes back from elsewhere.
    call.clients[0].up.config = LinkConfig {
        loss: 1.0,
        ..LinkConfig::default()
    };
    call.run_ms(20_000);
    assert!(
        call.events
            .iter()
            .any(|(_, e)| *e == Event::Disconnected(PeerId(1)))
    );
    call.events.clear();
    call.clients[0].up.config = LinkConfig::default();
    call.clients[0].move_to(std::net::SocketAddr::from(([203, 0, 113, 9], 9_000)));
    call.offer_again(0, 0, true);
    assert_ne!(call.router.local_ufrag(PeerId(1)), ufrag);
    let before = call.clients[1].video_slot(0).len();
    call.run_ms(3_000);
    assert!(
        call.events
            .iter()
            .any(|(_, e)| *e == Event::Connected(PeerId(1))),
        "{:?}",
        call.events
    );
    assert!(call.clients[1].video_slot(0).len() > before + 50);
}

// [CP-47]
#[test]
fn a_viewer_that_comes_back_starts_with_a_key_frame() {
    let mut call = Call::of(2, false);
    call.clients[0].sends = Sends {
        camera: true,
        ..Sends::default()
    };
    call.want(1, &[(0, CAMERA, 720)]);
    call.run_ms(1_000);
    let gone = LinkConfig {
        loss: 1.0,
        ..LinkConfig::default()
    };
    call.clients[1].up.config = gone;
    call.clients[1].down.config = gone;
    call.run_ms(18_000);
    assert!(
        call.events
            .iter()
            .any(|(_, e)| *e == Event::Disconnected(PeerId(2)))
    );
    call.clients[1].up.config = LinkConfig::default();
    call.clients[1].down.config = LinkConfig::default();
    let seen = call.clients[1].video_slot(0).len();
    call.offer_again(1, 0, true);
    call.run_ms(2_000);
    let got = &call.clients[1].video_slot(0)[seen..];
    assert!(got.len() > 50, "{} packets after the break", got.len());
    assert!(got[0].is_keyframe, "what comes first cannot be decoded");
}

// [CP-24]
#[test]
fn another_connection_of_the_same_peer_takes_over() {
    let mut call = Call::of(2, false);
    call.clients[0].sends = Sends {
        camera: true,
        ..Sends::default()
    };
    call.want(1, &[(0, CAMERA, 720)]);
    call.run_ms(1_000);
    call.events.clear();
    call.reload(0);
    call.clients[0].sends = Sends {
        camera: true,
        ..Sends::default()
    };
    call.run_ms(1_500);
    let told: Vec<&Event> = call.events.iter().map(|(_, e)| e).collect();
    assert!(
        told.contains(&&Event::Disconnected(PeerId(1)))
            && told.contains(&&Event::Connected(PeerId(1))),
        "{told:?}"
    );
    let got = call.clients[1].video_slot(0);
    assert_continuous(got);
    assert!(
        got.len() > 120,
        "{} packets over both connections",
        got.len()
    );
}

// [CP-41]
#[test]
fn what_may_not_change_is_refused() {
    let mut call = Call::of(1, false);
    let offer = call.clients[0].later_offer(1, false);
    let now = call.clock.now();
    let inactive = offer.replacen("a=recvonly", "a=inactive", 1);
    assert!(matches!(
        call.router.accept_offer(PeerId(1), &inactive, now),
        Err(OfferError::Shape(_))
    ));
    let sending = offer.replacen("a=recvonly", "a=sendonly", 1);
    assert!(matches!(
        call.router.accept_offer(PeerId(1), &sending, now),
        Err(OfferError::Changed(_))
    ));
    assert_eq!(
        call.router
            .accept_offer(PeerId(1), &"x".repeat(70_000), now),
        Err(OfferError::TooLong)
    );
    assert!(call.router.accept_offer(PeerId(1), "", now).is_err());
    call.run_ms(200);
    assert!(call.clients[0].rtc.is_connected(), "refusals do no harm");
}

#[test]
fn a_full_call_takes_no_more_peers() {
    let mut call = Call::new();
    for _ in 0..20 {
        call.join(false, 0);
    }
    let offer = call.stranger_offer();
    let now = call.clock.now();
    assert_eq!(
        call.router.accept_offer(PeerId(99), &offer, now),
        Err(OfferError::Full)
    );
    call.router.remove_peer(PeerId(1), now);
    assert!(call.router.accept_offer(PeerId(99), &offer, now).is_ok());
}

fn poll_all(call: &mut Call) {
    while !matches!(call.router.poll_output(), Output::Wait(_)) {}
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn malformed_datagrams_do_no_harm(
        datagrams in proptest::collection::vec((prop_oneof![0_u8..4, 20_u8..64, 128_u8..192, any::<u8>()], proptest::collection::vec(any::<u8>(), 0..200)), 1..200),
    ) {
        let mut call = Call::of(2, true);
        call.clients[0].sends = Sends { audio: Some(Some(-20)), camera: true, ..Sends::default() };
        call.want(1, &[(0, CAMERA, 720)]);
        call.run_ms(300);
        let local = Local { proto: Proto::Udp, addr: server() };
        for (first, mut bytes) in datagrams {
            bytes.insert(0, first);
            let (now, addr) = (call.clock.now(), call.clients[0].addr);
            call.router.handle_datagram(PeerId(1), local, addr, &bytes, now);
            call.router.handle_datagram(PeerId(77), local, addr, &bytes, now);
        }
        let seen = call.clients[1].video_slot(0).len();
        call.run_ms(500);
        poll_all(&mut call);
        prop_assert_eq!(call.router.counters().panics, 0);
        prop_assert!(call.clients[1].video_slot(0).len() > seen, "the call goes on");
    }

    #[test]
    fn broken_offers_are_refused_or_answered(cut in 0_usize..3_000, noise in "[ -~\r\n]{0,30}") {
        let mut call = Call::of(1, true);
        let offer = call.clients[0].later_offer(1, true);
        let cut = cut.min(offer.len());
        let broken = format!("{}{noise}{}", &offer[..cut], &offer[cut..]);
        let now = call.clock.now();
        let _ = call.router.accept_offer(PeerId(1), &broken, now);
        let _ = call.router.accept_offer(PeerId(2), &broken, now);
        call.run_ms(100);
        prop_assert_eq!(call.router.counters().panics, 0);
    }
}
