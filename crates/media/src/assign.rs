//! Who goes into which slot: pure decisions over the wants of a page and the loudness of voices.
use crate::plane::{PeerId, StreamKind, Want};

/// A voice takes over a slot when it is this much louder (dB) than the quietest one held. Lower is livelier, higher
/// is calmer.
const TAKE_OVER_DB: f32 = 6.0;

/// What a video slot carries: whose stream.
pub(crate) type Source = (PeerId, StreamKind);

/// A video slot before and after the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VideoPlace {
    pub(crate) is_share: bool,
    pub(crate) source: Option<Source>,
}

/// Places the wanted streams that `may_show` allows, most important first. A stream that has a slot keeps it.
pub(crate) fn assign_video(
    places: &mut [VideoPlace],
    wants: &[Want],
    may_show: impl Fn(Source) -> bool,
) {
    let chosen = choose(places, wants, may_show);
    for place in places.iter_mut() {
        if place.source.is_some_and(|source| !chosen.contains(&source)) {
            place.source = None;
        }
    }
    for source in chosen {
        if places.iter().any(|p| p.source == Some(source)) {
            continue;
        }
        let wants_share = source.1 == StreamKind::Share;
        let free = |p: &&mut VideoPlace| p.source.is_none();
        let in_share_slot = places
            .iter_mut()
            .filter(|p| p.is_share && wants_share)
            .find(free);
        let place = match in_share_slot {
            Some(place) => Some(place),
            None => places.iter_mut().filter(|p| !p.is_share).find(free),
        };
        if let Some(place) = place {
            place.source = Some(source);
        }
    }
}

/// The most important streams that fit: shares into share slots first, everything else into the rest.
fn choose(places: &[VideoPlace], wants: &[Want], may_show: impl Fn(Source) -> bool) -> Vec<Source> {
    let mut share_room = places.iter().filter(|p| p.is_share).count();
    let mut room = places.len() - share_room;
    let mut chosen: Vec<Source> = Vec::new();
    for want in wants {
        let source = (want.peer, want.stream);
        if chosen.contains(&source) || !may_show(source) {
            continue;
        }
        if want.stream == StreamKind::Share && share_room > 0 {
            share_room -= 1;
        } else if room > 0 {
            room -= 1;
        } else {
            continue;
        }
        chosen.push(source);
    }
    chosen
}

/// A publisher that may be heard, and how loud it is (higher is louder).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Voice {
    pub(crate) peer: PeerId,
    pub(crate) loudness: f32,
}

/// Places voices into audio slots: holders stay until they go or a clearly louder voice needs the slot.
pub(crate) fn assign_audio(places: &mut [Option<PeerId>], voices: &[Voice]) {
    let loudness = |peer: PeerId| voices.iter().find(|v| v.peer == peer).map(|v| v.loudness);
    for place in places.iter_mut() {
        if place.is_some_and(|peer| loudness(peer).is_none()) {
            *place = None;
        }
    }
    let mut waiting: Vec<Voice> = voices
        .iter()
        .copied()
        .filter(|v| !places.contains(&Some(v.peer)))
        .collect();
    waiting.sort_by(|a, b| b.loudness.total_cmp(&a.loudness).then(a.peer.cmp(&b.peer)));
    for voice in waiting {
        if let Some(free) = places.iter_mut().find(|p| p.is_none()) {
            *free = Some(voice.peer);
            continue;
        }
        let held = |p: &Option<PeerId>| p.and_then(loudness).unwrap_or(f32::MIN);
        let Some(quietest) = places.iter_mut().min_by(|a, b| held(a).total_cmp(&held(b))) else {
            return;
        };
        if voice.loudness < held(quietest) + TAKE_OVER_DB {
            return;
        }
        *quietest = Some(voice.peer);
    }
}

#[cfg(test)]
mod tests;
