//! What may be written: sizes of content, names, subjects and attached metadata. HTML is sanitised by `service`.
use super::{MessageKind, Metadata};

/// Content and metadata of a message together, in bytes of UTF-8.
pub const MESSAGE_BYTES_MAX: usize = 28 * 1_024;
/// Metadata of a thread or a participant, names and values together, in bytes.
pub const METADATA_BYTES_MAX: usize = 1_024;
/// A thread's subject, in characters.
pub const TOPIC_CHARS_MAX: usize = 250;
/// A person's name, in characters.
pub const NAME_CHARS_MAX: usize = 256;

/// Which bound was broken; the text is for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// No content.
    #[error("the content is empty")]
    Empty,
    /// More than [`MESSAGE_BYTES_MAX`].
    #[error("content and metadata together are larger than 28 KB")]
    MessageTooLarge,
    /// People send text and html only.
    #[error("the message type has to be text or html")]
    NotWritten,
    /// More than [`METADATA_BYTES_MAX`].
    #[error("the metadata is larger than 1 KB")]
    MetadataTooLarge,
    /// More than [`TOPIC_CHARS_MAX`], or control characters.
    #[error("the topic is longer than 250 characters or not printable")]
    BadTopic,
    /// More than [`NAME_CHARS_MAX`], or control characters.
    #[error("the display name is longer than 256 characters or not printable")]
    BadName,
}

fn bytes_of(metadata: &Metadata) -> usize {
    metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum()
}

/// Checks what a person sends.
pub fn check_message(
    kind: MessageKind,
    content: &str,
    metadata: &Metadata,
) -> Result<(), ContentError> {
    if !kind.is_written() {
        return Err(ContentError::NotWritten);
    }
    if content.is_empty() {
        return Err(ContentError::Empty);
    }
    check_size(content, metadata)
}

/// Checks what is kept of a message.
pub fn check_size(content: &str, metadata: &Metadata) -> Result<(), ContentError> {
    if content.len() + bytes_of(metadata) > MESSAGE_BYTES_MAX {
        return Err(ContentError::MessageTooLarge);
    }
    Ok(())
}

/// Checks what is attached to a thread or a participant.
pub fn check_metadata(metadata: &Metadata) -> Result<(), ContentError> {
    if bytes_of(metadata) > METADATA_BYTES_MAX {
        return Err(ContentError::MetadataTooLarge);
    }
    Ok(())
}

/// Checks a subject.
pub fn check_topic(topic: &str) -> Result<(), ContentError> {
    if topic.chars().count() > TOPIC_CHARS_MAX || topic.contains(char::is_control) {
        return Err(ContentError::BadTopic);
    }
    Ok(())
}

/// Checks a name.
pub fn check_name(name: &str) -> Result<(), ContentError> {
    if name.chars().count() > NAME_CHARS_MAX || name.contains(char::is_control) {
        return Err(ContentError::BadName);
    }
    Ok(())
}

/// Merges a change into what is attached: names replace, an empty value removes.
pub fn merge_metadata(current: &Metadata, change: &Metadata) -> Metadata {
    let mut merged = current.clone();
    for (name, value) in change {
        if value.is_empty() {
            merged.remove(name);
        } else {
            merged.insert(name.clone(), value.clone());
        }
    }
    merged
}
