//! Tables and properties of `assign`.

use super::*;
use proptest::prelude::*;

const CAMERA: StreamKind = StreamKind::Camera;
const SHARE: StreamKind = StreamKind::Share;

fn want(peer: u128, stream: StreamKind) -> Want {
    Want {
        peer: PeerId(peer),
        stream,
        width: 0,
        height: 0,
    }
}

fn places(slots: usize) -> Vec<VideoPlace> {
    (0..=slots)
        .map(|i| VideoPlace {
            is_share: i == slots,
            source: None,
        })
        .collect()
}

fn sources(places: &[VideoPlace]) -> Vec<Option<(u128, StreamKind)>> {
    places
        .iter()
        .map(|p| p.source.map(|(peer, kind)| (peer.0, kind)))
        .collect()
}

// [CP-43]
#[test]
fn the_most_important_wants_get_the_slots() {
    let mut places = places(2);
    assign_video(
        &mut places,
        &[want(1, CAMERA), want(2, CAMERA), want(3, CAMERA)],
        |_| true,
    );
    assert_eq!(
        sources(&places),
        [Some((1, CAMERA)), Some((2, CAMERA)), None]
    );
}

// [F3]
#[test]
fn a_share_takes_the_share_slot_first_and_a_second_one_any_other() {
    let mut places = places(2);
    assign_video(
        &mut places,
        &[
            want(1, CAMERA),
            want(2, SHARE),
            want(3, SHARE),
            want(4, CAMERA),
        ],
        |_| true,
    );
    assert_eq!(
        sources(&places),
        [Some((1, CAMERA)), Some((3, SHARE)), Some((2, SHARE))]
    );
}

#[test]
fn a_stream_keeps_its_slot_when_the_order_changes() {
    let mut places = places(2);
    assign_video(&mut places, &[want(1, CAMERA), want(2, CAMERA)], |_| true);
    assign_video(&mut places, &[want(3, CAMERA), want(2, CAMERA)], |_| true);
    assert_eq!(
        sources(&places),
        [Some((3, CAMERA)), Some((2, CAMERA)), None]
    );
}

#[test]
fn what_may_not_be_shown_frees_its_slot() {
    let mut places = places(1);
    let wants = [want(1, CAMERA), want(2, CAMERA)];
    assign_video(&mut places, &wants, |_| true);
    assign_video(&mut places, &wants, |(peer, _)| peer != PeerId(1));
    assert_eq!(sources(&places), [Some((2, CAMERA)), None]);
}

fn voices(list: &[(u128, f32)]) -> Vec<Voice> {
    list.iter()
        .map(|(peer, loudness)| Voice {
            peer: PeerId(*peer),
            loudness: *loudness,
        })
        .collect()
}

#[test]
fn the_loudest_are_heard() {
    let mut places = [None; 2];
    assign_audio(&mut places, &voices(&[(1, 10.0), (2, 50.0), (3, 30.0)]));
    assert_eq!(places, [Some(PeerId(2)), Some(PeerId(3))]);
}

#[test]
fn a_little_louder_is_not_enough() {
    let mut places = [Some(PeerId(1))];
    assign_audio(&mut places, &voices(&[(1, 40.0), (2, 45.0)]));
    assert_eq!(places, [Some(PeerId(1))]);
    assign_audio(&mut places, &voices(&[(1, 40.0), (2, 47.0)]));
    assert_eq!(places, [Some(PeerId(2))]);
}

#[test]
fn who_leaves_frees_the_slot() {
    let mut places = [Some(PeerId(1)), Some(PeerId(2))];
    assign_audio(&mut places, &voices(&[(2, 0.0), (3, 0.0)]));
    assert_eq!(places, [Some(PeerId(3)), Some(PeerId(2))]);
}

proptest! {
    #[test]
    fn nobody_is_placed_twice_and_shares_only_hold_shares(
        slots in 0_usize..6,
        rounds in proptest::collection::vec(proptest::collection::vec((0_u128..8, any::<bool>()), 0..12), 1..6),
    ) {
        let mut places = places(slots);
        for round in rounds {
            let wants: Vec<_> = round.iter().map(|(peer, share)| want(*peer, if *share { SHARE } else { CAMERA })).collect();
            assign_video(&mut places, &wants, |_| true);
            let mut held: Vec<_> = places.iter().filter_map(|p| p.source).collect();
            prop_assert!(held.iter().all(|(peer, kind)| wants.iter().any(|w| w.peer == *peer && w.stream == *kind)));
            held.sort();
            held.dedup();
            prop_assert_eq!(held.len(), places.iter().filter(|p| p.source.is_some()).count());
            prop_assert!(places.iter().all(|p| !p.is_share || p.source.is_none_or(|(_, kind)| kind == SHARE)));
        }
    }

    #[test]
    fn voices_are_placed_once(levels in proptest::collection::vec(0_f32..127.0, 0..8), slots in 0_usize..4) {
        let list: Vec<_> = levels.iter().enumerate().map(|(i, l)| (i as u128, *l)).collect();
        let mut places = vec![None; slots];
        assign_audio(&mut places, &voices(&list));
        let mut held: Vec<_> = places.iter().flatten().collect();
        prop_assert_eq!(held.len(), slots.min(list.len()));
        held.sort();
        held.dedup();
        prop_assert_eq!(held.len(), slots.min(list.len()));
    }
}
