//! Tables and properties of `rewrite`.

use super::*;
use proptest::prelude::*;
use std::time::Duration;

fn plain(seq: u64, timestamp: u32) -> Incoming<'static> {
    Incoming {
        seq,
        timestamp,
        vp8: None,
    }
}

fn sent(rewritten: Rewritten) -> Numbered {
    match rewritten {
        Rewritten::Send(numbered) => numbered,
        other => panic!("not sent: {other:?}"),
    }
}

/// Extended descriptor with a 15-bit picture id, TL0PICIDX and TID, then a key frame's first byte.
fn vp8(picture_id: u16, tl0: u8) -> Vec<u8> {
    let [high, low] = picture_id.to_be_bytes();
    vec![0x90, 0xe0, 0x80 | high, low, tl0, 0x00, 0x00, 0x00]
}

#[test]
fn first_packet_starts_below_65536() {
    let mut rewriter = Rewriter::new(90_000);
    let numbered = sent(rewriter.rewrite(plain(9_999_999, 77), Instant::now()));
    assert_eq!(
        (numbered.seq, numbered.timestamp, numbered.is_first),
        (1, 77, true)
    );
}

#[test]
fn gaps_stay_gaps_so_that_late_packets_fit() {
    let (mut rewriter, now) = (Rewriter::new(90_000), Instant::now());
    sent(rewriter.rewrite(plain(100, 0), now));
    assert_eq!(sent(rewriter.rewrite(plain(102, 3000), now)).seq, 3);
    assert_eq!(sent(rewriter.rewrite(plain(101, 3000), now)).seq, 2);
}

#[test]
fn switch_goes_on_without_a_gap() {
    let (mut rewriter, now) = (Rewriter::new(90_000), Instant::now());
    for i in 0..10 {
        sent(rewriter.rewrite(plain(100 + i, 3000 * i as u32), now));
    }
    rewriter.restart();
    let later = now + Duration::from_millis(100);
    let numbered = sent(rewriter.rewrite(plain(5, 4_000_000_000), later));
    assert_eq!((numbered.seq, numbered.timestamp), (11, 27_000 + 9_000));
    assert_eq!(rewriter.rewrite(plain(4, 1), later), Rewritten::Stale);
}

#[test]
fn picture_ids_go_on_over_a_switch() {
    let (mut rewriter, now) = (Rewriter::new(90_000), Instant::now());
    let first = vp8(0x7fff, 255);
    let descriptor = Vp8Descriptor::parse(&first).expect("valid");
    sent(rewriter.rewrite(
        Incoming {
            seq: 1,
            timestamp: 0,
            vp8: Some(&descriptor),
        },
        now,
    ));
    rewriter.restart();
    let second = vp8(1234, 17);
    let descriptor = Vp8Descriptor::parse(&second).expect("valid");
    let numbered = sent(rewriter.rewrite(
        Incoming {
            seq: 500,
            timestamp: 0,
            vp8: Some(&descriptor),
        },
        now,
    ));
    let wanted = descriptor
        .patch()
        .picture_id(0)
        .tl0_pic_idx(0)
        .build()
        .expect("fits");
    assert_eq!(numbered.patch, Some(wanted));
}

#[test]
fn a_jump_starts_over() {
    let (mut rewriter, now) = (Rewriter::new(90_000), Instant::now());
    sent(rewriter.rewrite(plain(100, 0), now));
    assert_eq!(rewriter.rewrite(plain(50_000, 0), now), Rewritten::Jumped);
    assert_eq!(sent(rewriter.rewrite(plain(50_001, 0), now)).seq, 2);
}

proptest! {
    /// Whatever is switched, lost or late: no number is given to two different packets.
    #[test]
    fn numbers_are_never_reused(steps in proptest::collection::vec((0_u64..3, 0_u64..4, any::<bool>()), 1..300)) {
        let (mut rewriter, now) = (Rewriter::new(90_000), Instant::now());
        let mut next = [1_000_u64, 70_000, 4_000_000_000];
        let mut current = 0;
        let mut seen = std::collections::BTreeSet::new();
        for (stream, skip, switch) in steps {
            if switch {
                rewriter.restart();
                current = stream as usize;
            }
            next[current] += 1 + skip;
            if let Rewritten::Send(numbered) = rewriter.rewrite(plain(next[current], 0), now) {
                prop_assert!(seen.insert(numbered.seq), "sent twice: {}", numbered.seq);
            }
        }
    }
}
