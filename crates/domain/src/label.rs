//! Names as they are shown. Anybody from outside may call themselves anything, so members see a label behind such names,
//! and whatever in a name looks like a label or a rank is taken out first. Stored names stay as they were given.
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::confusable_detection::skeleton;

/// Longest name somebody may give, in UTF-16 units, as the clients count.
pub const NAME_UNITS_MAX: usize = 256;

/// What stands for a name of which nothing remains.
const NAMELESS: &str = "Unnamed";

/// Words by which a name would borrow trust or look like our own label.
const TRUST_WORDS: [&str; 26] = [
    "external",
    "extern",
    "unverified",
    "verified",
    "trusted",
    "internal",
    "organiser",
    "organizer",
    "coorganiser",
    "coorganizer",
    "presenter",
    "host",
    "cohost",
    "moderator",
    "admin",
    "administrator",
    "guest",
    "member",
    "employee",
    "staff",
    "attendee",
    "you",
    "me",
    "bot",
    "recorder",
    "official",
];

/// The name is longer than `NAME_UNITS_MAX`: 400/40215.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the display name is longer than 256 characters")]
pub struct NameTooLong;

/// Checks a name that somebody gives on joining.
pub fn check_name(name: &str) -> Result<(), NameTooLong> {
    if name.encode_utf16().count() <= NAME_UNITS_MAX {
        Ok(())
    } else {
        Err(NameTooLong)
    }
}

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Viewer {
    /// A member or guest of the meeting's organisation.
    Member,
    /// Anybody else: sees no labels.
    Outsider,
}

/// Where the person who is looked at comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The meeting's organisation: the name is the directory's, and shown as it stands.
    Organisation,
    /// Anywhere else: external users, visitors, phones, members of other organisations.
    Elsewhere,
}

/// The person who is looked at.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The name as it was given.
    pub display_name: &'a str,
    /// Where they come from.
    pub origin: Origin,
    /// The organisation's label for people from elsewhere, without brackets (`OrganisationPolicy::external_label`).
    pub external_label: &'a str,
}

/// What is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownName {
    /// The name, with the label behind it where one is due.
    pub display_name: String,
    /// The bare label, where one is due.
    pub label: Option<String>,
}

impl std::fmt::Debug for ShownName {
    /// Names are personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownName")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// The name of `person` as `viewer` is to see it.
pub fn shown_name(viewer: Viewer, person: Shown<'_>) -> ShownName {
    if person.origin == Origin::Organisation {
        return ShownName {
            display_name: person.display_name.to_owned(),
            label: None,
        };
    }
    let bare = without_trust(person.display_name, person.external_label);
    match viewer {
        Viewer::Outsider => ShownName {
            display_name: bare,
            label: None,
        },
        Viewer::Member => ShownName {
            display_name: format!("{bare} ({})", person.external_label),
            label: Some(person.external_label.to_owned()),
        },
    }
}

/// The name without anything that looks like a label or a rank: bracketed anywhere, or set off at the end.
fn without_trust(name: &str, label: &str) -> String {
    let words = TrustWords::new(label);
    let mut name = tidied(name);
    loop {
        let shorter = without_bracketed(&name, &words);
        let shorter = without_set_off(&shorter, &words);
        let shorter = tidied(&shorter);
        if shorter == name {
            break;
        }
        name = shorter;
    }
    if name.is_empty() {
        NAMELESS.to_owned()
    } else {
        name
    }
}

/// Without characters that hide, reorder or break text, and with single blanks.
fn tidied(name: &str) -> String {
    let visible: String = name
        .chars()
        .filter_map(|c| match c {
            c if c.is_whitespace() || is_blank(c) => Some(' '),
            c if c.is_control() || is_invisible(c) => None,
            c => Some(c),
        })
        .collect();
    visible
        .split(' ')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Letters that show nothing and are not white space to Unicode.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
    )
}

/// Direction marks and overrides, zero-width spaces, soft hyphens, tags. Joiners stay: scripts and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}'
        | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Brackets, and marks that look like them.
const OPENING: &str =
    "([{<«‹⁅⁽₍〈❨❪❬❮❰❲❴⟅⟦⟨⟪⟬⟮⦃⦅⦇⦉⦋⦍⦏⦑⦓⦕⦗⸨〈《「『【〔〖〘〚︵︷︹︻︽︿﹁﹃﹙﹛﹝＜（［｛｟｢˂⌈⌊⎛⎝";
const CLOSING: &str =
    ")]}>»›⁆⁾₎〉❩❫❭❯❱❳❵⟆⟧⟩⟫⟭⟯⦄⦆⦈⦊⦌⦎⦐⦒⦔⦖⦘⸩〉》」』】〕〗〙〛︶︸︺︼︾﹀﹂﹄﹚﹜﹞＞）］｝｠｣˃⌉⌋⎞⎠";

fn is_opening(c: char) -> bool {
    OPENING.contains(c)
}

fn is_closing(c: char) -> bool {
    CLOSING.contains(c)
}

/// Without bracketed trust words and empty brackets; brackets need not match, and the last one need not close.
fn without_bracketed(name: &str, words: &TrustWords) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut kept = String::with_capacity(name.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if is_opening(c) {
            let inner_ends = chars[at + 1..]
                .iter()
                .position(|&c| is_closing(c) || is_opening(c))
                .map_or(chars.len(), |length| at + 1 + length);
            let inner: String = chars[at + 1..inner_ends].iter().collect();
            if inner.trim().is_empty() || words.hold(&inner) {
                at = inner_ends;
                while chars.get(at).is_some_and(|&c| is_closing(c)) {
                    at += 1;
                }
                kept.truncate(
                    kept.trim_end_matches([' '])
                        .trim_end_matches(is_opening)
                        .len(),
                );
                kept.push(' ');
                continue;
            }
        }
        kept.push(c);
        at += 1;
    }
    kept
}

/// Marks that set off what follows them; the dashes only with a blank before them, as they stand in names.
const SEPARATORS: &str = "|¦/\\•·:;,~*=+→»›";
const DASHES: &str = "-‐‑‒–—―−_.";

/// Without a trust word set off at the end (`Ana - External`, `Ana External)`), nor marks left hanging there.
fn without_set_off(name: &str, words: &TrustWords) -> String {
    let is_mark = |c: char| SEPARATORS.contains(c) || DASHES.contains(c);
    let bare =
        name.trim_end_matches(|c: char| c == ' ' || is_mark(c) || is_closing(c) || is_opening(c));
    let marks = &name[bare.len()..];
    for (at, c) in bare.char_indices().rev() {
        let (front, tail) = (&bare[..at], &bare[at + c.len_utf8()..]);
        let set_off = SEPARATORS.contains(c)
            || is_opening(c)
            || is_closing(c)
            || (DASHES.contains(c) && front.ends_with(' '))
            || (c == ' ' && marks.contains(is_closing));
        if set_off && words.hold(tail) {
            return front
                .trim_end_matches(|c: char| c == ' ' || is_mark(c))
                .to_owned();
        }
        if tail.chars().filter(|c| c.is_alphanumeric()).count() > words.longest {
            break;
        }
    }
    let hanging = marks.starts_with(' ') && !marks.contains(is_closing);
    if hanging {
        bare.to_owned()
    } else {
        name.to_owned()
    }
}

/// The trust words and the label, folded so that letters that look alike are alike.
struct TrustWords {
    folded: Vec<String>,
    longest: usize,
}

impl TrustWords {
    fn new(label: &str) -> Self {
        let mut folded = Vec::new();
        for word in TRUST_WORDS.into_iter().chain([label]) {
            folded.extend(folds(word));
            folded.extend(folds(&word.to_uppercase()));
        }
        folded.sort_unstable();
        folded.dedup();
        // Folding may turn one letter into several, so this is generous.
        let longest = 2 * folded
            .iter()
            .map(|word| word.chars().count())
            .max()
            .unwrap_or(0);
        Self { folded, longest }
    }

    /// Whether `text`, blanks and punctuation aside, is one of the words.
    fn hold(&self, text: &str) -> bool {
        folds(text)
            .iter()
            .any(|fold| self.folded.binary_search(fold).is_ok())
    }
}

/// The text as it looks (UTS 39), without case, marks, blanks and punctuation; twice, as case and look do not commute.
fn folds(text: &str) -> [String; 2] {
    let plain = |text: &str| -> String {
        text.nfkd()
            .filter(|c| {
                !is_combining_mark(*c)
                    && (c.is_alphanumeric() || *c == '|' || *c == '$' || *c == '@')
            })
            .collect()
    };
    let looks = |text: &str| -> String { plain(&skeleton(text).collect::<String>()) };
    let bare = plain(text);
    [
        looks(&bare.to_lowercase()).to_lowercase(),
        looks(&bare).to_lowercase(),
    ]
}

#[cfg(test)]
mod tests;
