//! Which peer a datagram is for, as far as the datagram itself tells: STUN names the local ufrag, the rest is known by address.
use str0m::ice::StunMessage;

/// A longer datagram is dropped: no browser sends one, and the RTP writer has a fixed buffer of 2,000 bytes.
pub const DATAGRAM_BYTES_MAX: usize = 1_800;

/// What a received datagram is, for the demultiplexer of a socket shared by many peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datagram {
    /// A STUN request for the peer with this local ufrag.
    Stun {
        /// Our side of the user name.
        local_ufrag: String,
    },
    /// DTLS, RTP or RTCP: known by its source address.
    Other,
    /// Nothing a peer could have sent.
    Junk,
}

/// Classifies by the first bytes (RFC 7983). STUN without a user name (a response: this side never asks) is junk.
pub fn classify(bytes: &[u8]) -> Datagram {
    if bytes.len() > DATAGRAM_BYTES_MAX {
        return Datagram::Junk;
    }
    match bytes.first() {
        Some(0..=1) => stun(bytes),
        Some(20..=63 | 128..=191) => Datagram::Other,
        _ => Datagram::Junk,
    }
}

fn stun(bytes: &[u8]) -> Datagram {
    // The parser belongs to a library that asserts on broken invariants; hostile bytes end here, not in the worker.
    let parsed = std::panic::catch_unwind(|| {
        let message = StunMessage::parse(bytes).ok()?;
        let (local, _) = message.split_username()?;
        Some(local.to_owned())
    });
    match parsed {
        Ok(Some(local_ufrag)) => Datagram::Stun { local_ufrag },
        _ => Datagram::Junk,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn first_byte_decides() {
        assert_eq!(classify(&[]), Datagram::Junk);
        assert_eq!(classify(&[22, 254, 253]), Datagram::Other);
        assert_eq!(classify(&[128, 96, 0, 1]), Datagram::Other);
        assert_eq!(classify(&[64, 0, 0, 0]), Datagram::Junk);
        assert_eq!(classify(&[128; DATAGRAM_BYTES_MAX + 1]), Datagram::Junk);
        assert_eq!(classify(&[0; 20]), Datagram::Junk);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = classify(&bytes);
        }

        #[test]
        fn stun_like_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 20..200)) {
            bytes[0] = 0;
            bytes[1] = 1;
            let length = (bytes.len() - 20) as u16 & !3;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            bytes[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
            let _ = classify(&bytes);
        }
    }
}
