//! The shape of an offer (CP-41): checked before the WebRTC library sees it, so that everything later may rely on it.
//! The slots of a peer are the receive lines of its offer.
use std::collections::BTreeSet;

/// A longer offer is refused.
pub const SDP_BYTES_MAX: usize = 64 * 1024;
/// An offer with more m-lines is refused.
pub const SDP_LINES_MAX: usize = 64;
/// More audio slots than this make no sense: beyond a few voices nobody is understood.
const AUDIO_SLOTS_MAX: usize = 16;
/// The 16 of the join reply and the one of the screen share (CP-41).
const VIDEO_SLOTS_MAX: usize = 17;
const RIDS_MAX: usize = 4;

/// Why an offer is refused. The text is for the client and repeats nothing of the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// More than [`SDP_BYTES_MAX`].
    #[error("the offer is too long")]
    TooLong,
    /// More than [`SDP_LINES_MAX`].
    #[error("the offer has too many media lines")]
    TooManyLines,
    /// Not the order of lines the protocol asks for.
    #[error("the offer has the wrong shape: {0}")]
    Shape(&'static str),
    /// A later offer changes what may not change.
    #[error("a later offer may only append video slots or restart ICE: {0}")]
    Changed(&'static str),
    /// The WebRTC library cannot read or use it.
    #[error("the offer cannot be read")]
    Unreadable,
    /// The call has as many peers as it may have.
    #[error("the call has no room for another peer")]
    Full,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    Audio,
    Video,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The client sends: a publisher's line.
    Up,
    /// The client receives: a slot.
    Down,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) kind: LineKind,
    pub(crate) way: Way,
    pub(crate) mid: String,
    /// Simulcast layers in the order of the offer.
    pub(crate) rids: Vec<String>,
}

/// The lines of an accepted offer, in the protocol's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    lines: Vec<Line>,
    share_slot: usize,
    /// Names the client's DTLS identity: another one is another connection.
    pub(crate) fingerprint: String,
}

impl Layout {
    pub(crate) fn microphone(&self) -> &Line {
        &self.lines[0]
    }
    pub(crate) fn camera(&self) -> &Line {
        &self.lines[1]
    }
    pub(crate) fn share(&self) -> &Line {
        &self.lines[2]
    }
    pub(crate) fn audio_slots(&self) -> impl Iterator<Item = &Line> {
        self.slots()
            .filter(|(_, l)| l.kind == LineKind::Audio)
            .map(|(_, l)| l)
    }
    /// Video slots with the mark of the share slot.
    pub(crate) fn video_slots(&self) -> impl Iterator<Item = (&Line, bool)> {
        self.slots()
            .filter(|(_, l)| l.kind == LineKind::Video)
            .map(|(i, l)| (l, i == self.share_slot))
    }
    fn slots(&self) -> impl Iterator<Item = (usize, &Line)> {
        self.lines.iter().enumerate().skip(3)
    }

    /// Reads a first offer.
    pub(crate) fn first(sdp: &str) -> Result<Layout, OfferError> {
        let (lines, fingerprint) = scan(sdp)?;
        check_senders(&lines)?;
        let slots = &lines[3..];
        let audio = slots
            .iter()
            .take_while(|l| l.kind == LineKind::Audio)
            .count();
        if audio > AUDIO_SLOTS_MAX {
            return Err(OfferError::Shape("too many audio slots"));
        }
        if slots.iter().any(|l| l.way != Way::Down) {
            return Err(OfferError::Shape("lines after the third must be recvonly"));
        }
        if slots[audio..].iter().any(|l| l.kind != LineKind::Video) {
            return Err(OfferError::Shape("audio slots come before video slots"));
        }
        if slots.len() - audio > VIDEO_SLOTS_MAX {
            return Err(OfferError::Shape("too many video slots"));
        }
        if slots.len() == audio {
            return Err(OfferError::Shape(
                "the last line must be the recvonly video line for a screen share",
            ));
        }
        let share_slot = lines.len() - 1;
        Ok(Layout {
            lines,
            share_slot,
            fingerprint,
        })
    }

    /// Reads a later offer of the same connection: the same lines, perhaps more video slots.
    pub(crate) fn later(&self, sdp: &str) -> Result<Layout, OfferError> {
        let (lines, fingerprint) = scan(sdp)?;
        if lines.len() < self.lines.len() {
            return Err(OfferError::Changed("a line is missing"));
        }
        let (old, new) = lines.split_at(self.lines.len());
        if old
            .iter()
            .zip(&self.lines)
            .any(|(a, b)| a.kind != b.kind || a.way != b.way || a.mid != b.mid)
        {
            return Err(OfferError::Changed("a line is not what it was"));
        }
        if new
            .iter()
            .any(|l| l.kind != LineKind::Video || l.way != Way::Down)
        {
            return Err(OfferError::Changed(
                "an appended line must be recvonly video",
            ));
        }
        let layout = Layout {
            lines,
            share_slot: self.share_slot,
            fingerprint,
        };
        if layout.video_slots().count() > VIDEO_SLOTS_MAX {
            return Err(OfferError::Changed("too many video slots"));
        }
        Ok(layout)
    }

    /// Whether the offer comes from the connection this layout belongs to.
    pub(crate) fn is_same_connection(&self, sdp: &str) -> bool {
        scan(sdp).is_ok_and(|(_, fingerprint)| fingerprint == self.fingerprint)
    }
}

fn check_senders(lines: &[Line]) -> Result<(), OfferError> {
    const WANTED: [LineKind; 3] = [LineKind::Audio, LineKind::Video, LineKind::Video];
    if lines.len() < WANTED.len() {
        return Err(OfferError::Shape(
            "microphone, camera and share lines are missing",
        ));
    }
    for (line, kind) in lines.iter().zip(WANTED) {
        if line.kind != kind || line.way != Way::Up {
            return Err(OfferError::Shape(
                "the first lines must be sendonly audio, video, video",
            ));
        }
    }
    Ok(())
}

/// The candidates of the offer are of no use: this side answers checks and never makes one. Without them, names that
/// the library cannot read (mDNS) do no harm.
pub(crate) fn without_candidates(sdp: &str) -> String {
    let mut out = String::with_capacity(sdp.len());
    for line in sdp
        .lines()
        .filter(|l| !l.starts_with("a=candidate:") && !l.starts_with("a=end-of-candidates"))
    {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}

/// A media line while it is read.
struct Draft {
    kind: LineKind,
    way: Option<Way>,
    mid: Option<String>,
    rids: Vec<String>,
}

fn scan(sdp: &str) -> Result<(Vec<Line>, String), OfferError> {
    if sdp.len() > SDP_BYTES_MAX {
        return Err(OfferError::TooLong);
    }
    if sdp.contains('\0') {
        return Err(OfferError::Unreadable);
    }
    let mut fingerprint = None;
    let mut lines: Vec<Line> = Vec::new();
    let mut draft: Option<Draft> = None;
    for text in sdp.lines() {
        if let Some(media) = text.strip_prefix("m=") {
            finish(draft.take(), &mut lines)?;
            draft = Some(Draft {
                kind: line_kind(media)?,
                way: None,
                mid: None,
                rids: Vec::new(),
            });
        } else if let Some(value) = text.strip_prefix("a=fingerprint:") {
            fingerprint.get_or_insert_with(|| value.trim().to_ascii_lowercase());
        } else if let Some(draft) = &mut draft {
            attribute(draft, text)?;
        }
    }
    finish(draft, &mut lines)?;
    let fingerprint = fingerprint.ok_or(OfferError::Shape("no fingerprint"))?;
    let mids: BTreeSet<_> = lines.iter().map(|l| l.mid.as_str()).collect();
    if mids.len() != lines.len() {
        return Err(OfferError::Shape("two lines have the same mid"));
    }
    Ok((lines, fingerprint))
}

fn line_kind(media: &str) -> Result<LineKind, OfferError> {
    match media.split(' ').next() {
        Some("audio") => Ok(LineKind::Audio),
        Some("video") => Ok(LineKind::Video),
        _ => Err(OfferError::Shape("only audio and video lines are known")),
    }
}

fn attribute(draft: &mut Draft, text: &str) -> Result<(), OfferError> {
    match text {
        "a=sendonly" => draft.way = Some(Way::Up),
        "a=recvonly" => draft.way = Some(Way::Down),
        "a=sendrecv" | "a=inactive" => {
            return Err(OfferError::Shape("a line must be sendonly or recvonly"));
        }
        _ => {
            if let Some(mid) = text.strip_prefix("a=mid:") {
                draft.mid = Some(mid.trim().to_owned());
            } else if let Some(streams) = text.strip_prefix("a=simulcast:send ") {
                draft.rids = rids(streams);
            }
        }
    }
    Ok(())
}

/// `q;h;f`, where `~` marks a paused stream and `,` separates alternatives.
fn rids(streams: &str) -> Vec<String> {
    let list = streams.split(' ').next().unwrap_or_default();
    let first = |alternatives: &str| {
        alternatives
            .split(',')
            .next()
            .unwrap_or_default()
            .trim_start_matches('~')
            .to_owned()
    };
    list.split(';')
        .map(first)
        .filter(|rid| !rid.is_empty())
        .collect()
}

fn finish(draft: Option<Draft>, lines: &mut Vec<Line>) -> Result<(), OfferError> {
    let Some(draft) = draft else { return Ok(()) };
    if lines.len() == SDP_LINES_MAX {
        return Err(OfferError::TooManyLines);
    }
    let way = draft
        .way
        .ok_or(OfferError::Shape("a line must be sendonly or recvonly"))?;
    let mid = draft.mid.ok_or(OfferError::Shape("a line has no mid"))?;
    let is_plain = (1..=16).contains(&mid.len()) && mid.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_plain {
        return Err(OfferError::Shape(
            "a mid must be 1 to 16 letters and digits",
        ));
    }
    if draft.rids.len() > RIDS_MAX {
        return Err(OfferError::Shape("too many simulcast layers"));
    }
    lines.push(Line {
        kind: draft.kind,
        way,
        mid,
        rids: draft.rids,
    });
    Ok(())
}

#[cfg(test)]
mod tests;
