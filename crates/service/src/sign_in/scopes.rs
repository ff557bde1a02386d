//! What a client may ask for: scopes of the audiences we serve, and the OpenID ones. Pure.
use std::collections::BTreeSet;

/// Scopes of the Graph dialect.
pub const GRAPH_SCOPES: [&str; 20] = [
    "User.Read",
    "User.ReadBasic.All",
    "User.Read.All",
    "OnlineMeetings.Read",
    "OnlineMeetings.ReadWrite",
    "OnlineMeetingArtifact.Read.All",
    "OnlineMeetingTranscript.Read.All",
    "OnlineMeetingRecording.Read.All",
    "Chat.ReadBasic",
    "Chat.Read",
    "Chat.ReadWrite",
    "Chat.Create",
    "ChatMember.Read",
    "ChatMember.ReadWrite",
    "ChatMessage.Read",
    "ChatMessage.Send",
    "Calendars.Read",
    "Calendars.ReadWrite",
    "Presence.Read",
    "Presence.ReadWrite",
];
/// Scopes of the exchange; it needs both.
pub const CALLING_SCOPES: [&str; 2] = ["Teams.ManageCalls", "Teams.ManageChats"];
/// The scope of taking calls for a resource.
pub const EXTENSION_SCOPE: &str = "TeamsExtension.ManageCalls";
/// What the calling audience has.
const CALLING_AUDIENCE_SCOPES: [&str; 3] = [CALLING_SCOPES[0], CALLING_SCOPES[1], EXTENSION_SCOPE];
/// Scopes of members who chat and call as identities of a resource.
pub const CLIENT_SCOPES: [&str; 5] = [
    "Chat",
    "Chat.Join",
    "Chat.Join.Limited",
    "VoIP",
    "VoIP.Join",
];
/// The scope of members who act in place of a resource's key.
pub const BACK_END_SCOPES: [&str; 1] = ["user_impersonation"];
/// The public names of the exchange's audience, and our own one.
pub const CALLING_AUDIENCES: [&str; 4] = [
    "https://auth.msft.communication.azure.com",
    "1fd5118e-2576-4263-8130-9503064c837a",
    "api://1fd5118e-2576-4263-8130-9503064c837a",
    "api://parvis",
];
/// Other names of the Graph audience, next to our origin.
const GRAPH_AUDIENCES: [&str; 2] = [
    "https://graph.microsoft.com",
    "00000003-0000-0000-c000-000000000000",
];
const CLIENT_AUDIENCES: [&str; 2] = [
    "https://communication.azure.com/clients",
    "api://parvis/clients",
];
const BACK_END_AUDIENCES: [&str; 2] = ["https://communication.azure.com", "api://parvis/back-end"];
const OPENID_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];
/// Scopes in one request.
const SCOPES_MAX: usize = 64;

/// Whom an access token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// The Graph dialect of this server.
    Graph,
    /// The exchange of a member's token for a user token, on a resource's behalf or as its extension.
    Calling,
    /// The exchange of a member's token for a token of a resource's identity.
    Clients,
    /// What a resource's key opens.
    BackEnd,
}

const AUDIENCES: [Audience; 4] = [
    Audience::Graph,
    Audience::Calling,
    Audience::Clients,
    Audience::BackEnd,
];

impl Audience {
    /// Every scope it has.
    pub fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Graph => &GRAPH_SCOPES,
            Self::Calling => &CALLING_AUDIENCE_SCOPES,
            Self::Clients => &CLIENT_SCOPES,
            Self::BackEnd => &BACK_END_SCOPES,
        }
    }

    /// Its names, next to our origin; the last one is our own. Of the Graph dialect only those of others.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Graph => &GRAPH_AUDIENCES,
            Self::Calling => &CALLING_AUDIENCES,
            Self::Clients => &CLIENT_AUDIENCES,
            Self::BackEnd => &BACK_END_AUDIENCES,
        }
    }

    fn of(scope: &str) -> Option<(Self, &'static str)> {
        AUDIENCES.into_iter().find_map(|audience| {
            let known = audience
                .scopes()
                .iter()
                .find(|known| known.eq_ignore_ascii_case(scope))?;
            Some((audience, *known))
        })
    }
}

/// Reads a scope's bare name, of any audience.
pub fn known_scope(name: &str) -> Option<&'static str> {
    Audience::of(name).map(|(_, known)| known)
}

/// One asked scope of an audience.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    audience: Audience,
    /// The audience as the client wrote it, without a trailing slash; `None` for a bare scope.
    spelling: Option<String>,
    /// `None` is `.default`: all that was granted.
    scope: Option<&'static str>,
    /// As the client wrote it.
    text: String,
}

/// What a client asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedScopes {
    openid: BTreeSet<&'static str>,
    asked: Vec<Asked>,
}

/// Why a scope was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeError {
    /// No audience of that name.
    UnknownAudience,
    /// The audience has no such scope.
    UnknownScope,
    /// Too many, or of more than one audience where a token is made.
    TooMany,
}

impl AskedScopes {
    /// Reads a space-separated list; `origin` is ours, without a trailing slash.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ScopeError> {
        let mut scopes = Self::default();
        for (count, word) in text.split_ascii_whitespace().enumerate() {
            if count == SCOPES_MAX {
                return Err(ScopeError::TooMany);
            }
            match OPENID_SCOPES
                .iter()
                .find(|known| known.eq_ignore_ascii_case(word))
            {
                Some(known) => {
                    scopes.openid.insert(known);
                }
                None => scopes.asked.push(parse_scope(word, origin)?),
            }
        }
        Ok(scopes)
    }

    /// Whether an OpenID scope was asked.
    pub fn has_openid(&self, scope: &str) -> bool {
        self.openid.contains(scope)
    }

    /// The audiences, each once, in the order asked.
    pub fn audiences(&self) -> Vec<Audience> {
        let mut audiences = Vec::new();
        for asked in &self.asked {
            if !audiences.contains(&asked.audience) {
                audiences.push(asked.audience);
            }
        }
        audiences
    }

    /// Only the scopes of one audience, and the OpenID ones.
    pub fn only(&self, audience: Audience) -> Self {
        let mut one = self.clone();
        one.asked.retain(|asked| asked.audience == audience);
        one
    }

    /// The names asked one by one; `.default` names none.
    pub fn named(&self) -> Vec<&'static str> {
        self.asked.iter().filter_map(|asked| asked.scope).collect()
    }

    /// The audiences of which everything granted was asked.
    pub fn defaults(&self) -> Vec<Audience> {
        let defaults = self.asked.iter().filter(|asked| asked.scope.is_none());
        defaults.map(|asked| asked.audience).collect()
    }

    /// How the client names its audience; `None` when it never did.
    pub fn spelling(&self) -> Option<&str> {
        self.asked
            .iter()
            .find_map(|asked| asked.spelling.as_deref())
    }

    /// The answer's `scope`: what was asked as it was asked, and the `granted` scopes that `.default` stood for.
    pub fn answer(&self, granted: &BTreeSet<&'static str>) -> String {
        let mut words: Vec<String> = self
            .openid
            .iter()
            .map(|scope| (*scope).to_owned())
            .collect();
        for asked in &self.asked {
            words.push(asked.text.clone());
            if asked.scope.is_none() {
                let prefix = asked.spelling.as_deref().map(|text| format!("{text}/"));
                let prefix = prefix.unwrap_or_default();
                words.extend(granted.iter().map(|scope| format!("{prefix}{scope}")));
            }
        }
        let mut seen = BTreeSet::new();
        words.retain(|word| seen.insert(word.to_ascii_lowercase()));
        words.join(" ")
    }

    /// The whole list, as it can be parsed again.
    pub fn text(&self) -> String {
        let openid = self.openid.iter().copied();
        let asked = self.asked.iter().map(|asked| asked.text.as_str());
        openid.chain(asked).collect::<Vec<_>>().join(" ")
    }
}

fn parse_scope(word: &str, origin: &str) -> Result<Asked, ScopeError> {
    let (prefix, name) = match word.rsplit_once('/') {
        Some((prefix, name)) => (Some(prefix.trim_end_matches('/')), name),
        None => (None, word),
    };
    let named = prefix.map(|prefix| audience_of(prefix, origin).ok_or(ScopeError::UnknownAudience));
    let named = named.transpose()?;
    let (audience, scope) = if name.eq_ignore_ascii_case(".default") {
        (named.unwrap_or(Audience::Graph), None)
    } else {
        let (owner, known) = Audience::of(name).ok_or(ScopeError::UnknownScope)?;
        // Our origin stands for all audiences, as it is the address of all.
        let ours = named.is_none_or(|named| named == owner)
            || prefix.is_some_and(|prefix| is_origin(prefix, origin));
        if !ours {
            return Err(ScopeError::UnknownScope);
        }
        (owner, Some(known))
    };
    Ok(Asked {
        audience,
        spelling: prefix.map(str::to_owned),
        scope,
        text: word.to_owned(),
    })
}

fn audience_of(prefix: &str, origin: &str) -> Option<Audience> {
    if is_origin(prefix, origin) {
        return Some(Audience::Graph);
    }
    AUDIENCES.into_iter().find(|audience| {
        let mut names = audience.names().iter();
        names.any(|name| name.eq_ignore_ascii_case(prefix))
    })
}

/// Our origin, with its port or (one Graph client asks so) without.
fn is_origin(prefix: &str, origin: &str) -> bool {
    let bare = origin
        .rsplit_once(':')
        .filter(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(origin, |(bare, _)| bare);
    prefix.eq_ignore_ascii_case(origin)
        || prefix.eq_ignore_ascii_case(bare)
        // The same client writes `http` for 127.0.0.1.
        || prefix.strip_prefix("http://").is_some_and(|rest| {
            rest.starts_with("127.0.0.1") && bare.strip_prefix("https://") == Some(rest)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ORIGIN: &str = "https://localhost:8443";

    fn parse(text: &str) -> Result<AskedScopes, ScopeError> {
        AskedScopes::parse(text, ORIGIN)
    }

    // [C1]
    #[test]
    fn audiences_are_told_from_prefix_and_name() {
        for (text, audience) in [
            ("User.Read", Audience::Graph),
            ("user.read", Audience::Graph),
            ("https://localhost:8443/User.Read", Audience::Graph),
            ("https://localhost:8443/.default", Audience::Graph),
            ("https://localhost/.default", Audience::Graph),
            (
                "https://graph.microsoft.com/Chat.ReadWrite",
                Audience::Graph,
            ),
            (".default", Audience::Graph),
            ("Teams.ManageCalls", Audience::Calling),
            (
                "https://auth.msft.communication.azure.com/Teams.ManageCalls",
                Audience::Calling,
            ),
            (
                "https://auth.msft.communication.azure.com//.default",
                Audience::Calling,
            ),
            (
                "1fd5118e-2576-4263-8130-9503064c837a/Teams.ManageChats",
                Audience::Calling,
            ),
            ("api://parvis/Teams.ManageChats", Audience::Calling),
            (
                "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls",
                Audience::Calling,
            ),
            (
                "https://communication.azure.com/clients/.default",
                Audience::Clients,
            ),
            (
                "https://communication.azure.com/clients/VoIP",
                Audience::Clients,
            ),
            (
                "https://communication.azure.com//.default",
                Audience::BackEnd,
            ),
            (
                "https://localhost:8443/Teams.ManageCalls",
                Audience::Calling,
            ),
        ] {
            assert_eq!(parse(text).expect(text).audiences(), [audience], "{text}");
        }
        let loopback = AskedScopes::parse("http://127.0.0.1/.default", "https://127.0.0.1:8443");
        assert_eq!(loopback.expect("loopback").audiences(), [Audience::Graph]);
    }

    #[test]
    fn unknown_names_are_refused() {
        for (text, error) in [
            ("All.Rights", ScopeError::UnknownScope),
            (
                "https://other.example/User.Read",
                ScopeError::UnknownAudience,
            ),
            ("api://parvis/User.Read", ScopeError::UnknownScope),
            (
                "https://graph.microsoft.com/Teams.ManageCalls",
                ScopeError::UnknownScope,
            ),
            ("/", ScopeError::UnknownAudience),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
        assert_eq!(parse(&"User.Read ".repeat(65)), Err(ScopeError::TooMany));
    }

    #[test]
    fn the_answer_repeats_what_was_asked_and_spells_out_default() {
        let asked = parse("openid https://localhost:8443/.default offline_access").expect("valid");
        let granted = BTreeSet::from(["User.Read", "Chat.Read"]);
        assert_eq!(
            asked.answer(&granted),
            "offline_access openid https://localhost:8443/.default \
             https://localhost:8443/Chat.Read https://localhost:8443/User.Read"
        );
        assert_eq!(parse(&asked.text()), Ok(asked));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_parses_prints(text in "[ -~]{0,120}") {
            if let Ok(asked) = parse(&text) {
                prop_assert_eq!(parse(&asked.text()), Ok(asked));
            }
        }
    }
}
