//! The calling end codes that this server emits (behaviour 10.1; section 6 of the calling protocol).
use crate::admission::Refusal;
use std::fmt;

/// Why a leg ended, or why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndCode {
    /// As HTTP and SIP count.
    pub code: u16,
    /// The finer reason.
    pub sub_code: u32,
}

macro_rules! end_codes {
    ($($name:ident $code:literal $sub_code:literal $message:literal;)*) => {
        #[expect(missing_docs, reason = "the message says it")]
        impl EndCode {
            $(pub const $name: Self = Self { code: $code, sub_code: $sub_code };)*

            /// For people.
            pub fn message(self) -> &'static str {
                match (self.code, self.sub_code) {
                    $(($code, $sub_code) => $message,)*
                    _ => "refused",
                }
            }
        }
    };
}

end_codes! {
    LEFT 0 0 "left";
    ENDED_FOR_ALL 0 4097 "the call was ended for everyone";
    VANISHED 0 4521 "the connection was lost";
    CALL_OVER 0 5003 "the call is over";
    REMOVED 0 5300 "removed by a participant";
    ENDED_BY_SERVER 0 7000 "the call was ended by the service";
    INVITATION_WITHDRAWN 0 5317 "no longer invited to the room";
    LOBBY_DENIED 0 5854 "not admitted";
    LOBBY_TIME_OUT 0 5855 "nobody admitted in time";
    MALFORMED 400 0 "a field is missing or wrongly typed";
    BAD_LOCATOR 400 40209 "the locator is malformed";
    BAD_LINK 400 40210 "the meeting link is malformed";
    PERSONAL_LINK 400 40238 "links of personal accounts are not supported";
    NAME_TOO_LONG 400 40215 "the display name is longer than 256 characters";
    OTHER_IDENTITY 400 40233 "the token belongs to another identity";
    BAD_CALLEE 400 10044 "the id names nobody who can be rung";
    NO_LOBBY 400 41802 "this call has no lobby";
    ALREADY_ADMITTED 400 41803 "already admitted";
    NOT_IN_LOBBY 400 41804 "not in the lobby";
    MEETING_UNKNOWN 400 5751 "unknown meeting or passcode";
    BAD_TOKEN 401 10009 "the token is not valid";
    NO_CALLING_SCOPE 401 44113 "the token does not allow calling";
    FORBIDDEN 403 0 "not allowed";
    POLICY 403 5448 "refused by policy";
    BROADCAST 403 5354 "broadcasts cannot be joined";
    MAY_NOT_RING_MEMBER 403 10124 "the person cannot be rung";
    ANONYMOUS_JOIN_OFF 403 5723 "people without an account may not join";
    NOT_TRUSTED 403 5724 "the organisation is not trusted";
    FEATURE_FORBIDDEN 403 45802 "this is not allowed here";
    MAY_NOT_UNMUTE 403 41106 "the microphone is not allowed";
    MAY_NOT_MANAGE_LOBBY 403 41805 "not allowed to manage the lobby";
    NOT_INVITED 403 5828 "not invited to the room";
    OUTSIDE_ROOM_TIME 403 5829 "the room is not open at this time";
    ONLY_USERS_IN_ROOMS 403 5830 "only users of the room's resource may join";
    NOT_IN_CALL 404 0 "not in the call";
    UNKNOWN_CALL 404 4500 "unknown call";
    ROOM_UNKNOWN 404 5732 "unknown room";
    ALREADY_IN_CALL 409 0 "already in the call";
    MEDIA_NEVER_UP 410 301004 "media never came up";
    MEDIA_LOST 410 301005 "media was lost";
    LOBBY_FULL 413 5807 "the lobby is full";
    CALL_FULL 413 5808 "the call is full";
    SPOTLIGHT_FULL 413 0 "the spotlight holds seven people";
    TOO_MANY 429 0 "too many requests";
    TOO_LONG 429 10110 "the call reached its longest time";
    NO_ENDPOINT 480 10037 "the person has no client that could ring";
    RING_CANCELLED 487 0 "the caller cancelled";
    ANSWERED_ELSEWHERE 487 10003 "answered elsewhere";
    NO_ANSWER 487 10004 "nobody answered";
    ALL_DECLINED 487 10024 "everybody declined";
    TOKEN_ENDED 495 4507 "the token ended";
    UNAVAILABLE 503 0 "try again later";
    DECLINED 603 0 "declined";
}

impl From<Refusal> for EndCode {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            sub_code: refusal.sub_code,
        }
    }
}

impl fmt::Display for EndCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.code, self.sub_code)
    }
}
