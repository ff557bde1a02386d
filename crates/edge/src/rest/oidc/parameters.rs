//! Parameters of the provider's requests. Unknown ones are ignored; a known one that comes twice is an error
//! (RFC 6749 3.1). Pure.
use parvis_service::sign_in::{AuthorizeRequest, OAuthError, TokenRequest};
use std::collections::HashMap;
use url::form_urlencoded;

/// Bytes of a query.
pub(super) const QUERY_BYTES_MAX: usize = 16 * 1024;

/// Every parameter that is read anywhere.
const KNOWN: [&str; 21] = [
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "csrf",
    "decision",
    "grant_type",
    "login_hint",
    "nonce",
    "password",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "username",
];

/// Known parameters by name.
#[derive(Default)]
pub(super) struct Parameters(HashMap<&'static str, String>);

impl Parameters {
    /// Reads a query or a form.
    pub(super) fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut found = HashMap::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let Some(known) = KNOWN.iter().find(|known| **known == name) else {
                continue;
            };
            if found.insert(*known, value.into_owned()).is_some() {
                return Err(OAuthError::Unsupported(known));
            }
        }
        // An empty value is as good as none (RFC 6749 3.1).
        found.retain(|_, value| !value.is_empty());
        Ok(Self(found))
    }

    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(super) fn authorize_request(&self) -> AuthorizeRequest {
        let text = |name: &str| self.find(name).map(str::to_owned);
        AuthorizeRequest {
            client_id: text("client_id"),
            redirect_uri: text("redirect_uri"),
            response_type: text("response_type"),
            scope: text("scope"),
            nonce: text("nonce"),
            code_challenge: text("code_challenge"),
            code_challenge_method: text("code_challenge_method"),
        }
    }

    pub(super) fn into_token_request(mut self) -> TokenRequest {
        TokenRequest {
            grant_type: self.take("grant_type"),
            client_id: self.take("client_id"),
            client_secret: self.take("client_secret"),
            code: self.take("code"),
            redirect_uri: self.take("redirect_uri"),
            code_verifier: self.take("code_verifier"),
            refresh_token: self.take("refresh_token"),
            scope: self.take("scope"),
        }
    }
}

/// How the answer reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, OAuthError> {
        match text {
            None | Some("query") => Ok(Self::Query),
            Some("fragment") => Ok(Self::Fragment),
            Some("form_post") => Ok(Self::FormPost),
            Some(_) => Err(OAuthError::Unsupported("response_mode")),
        }
    }
}

/// `uri` with `fields` in its query or fragment.
pub(super) fn answer_address(uri: &str, mode: ResponseMode, fields: &[(&str, &str)]) -> String {
    let text = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let mark = match mode {
        ResponseMode::Fragment => '#',
        _ if uri.contains('?') => '&',
        _ => '?',
    };
    format!("{uri}{mark}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unknown_parameters_are_ignored_and_known_ones_come_once() {
        let parameters =
            Parameters::parse("client_id=a&x-client-SKU=b&x-client-SKU=c&state=&scope=a+b%20c");
        let Ok(parameters) = parameters else {
            panic!("valid")
        };
        assert_eq!(parameters.find("client_id"), Some("a"));
        assert_eq!(parameters.find("scope"), Some("a b c"));
        assert_eq!(parameters.find("state"), None);
        assert!(Parameters::parse("state=a&state=b").is_err());
    }

    #[test]
    fn answers_join_the_clients_address() {
        let fields = [("code", "a b"), ("state", "x&y")];
        assert_eq!(
            answer_address("https://a/cb", ResponseMode::Query, &fields),
            "https://a/cb?code=a+b&state=x%26y"
        );
        assert_eq!(
            answer_address("https://a/cb?z=1", ResponseMode::Query, &fields),
            "https://a/cb?z=1&code=a+b&state=x%26y"
        );
        assert_eq!(
            answer_address("https://a/cb?z=1", ResponseMode::Fragment, &fields),
            "https://a/cb?z=1#code=a+b&state=x%26y"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,200}") {
            if let Ok(parameters) = Parameters::parse(&text) {
                let _ = parameters.authorize_request();
                let _ = parameters.into_token_request();
            }
        }
    }
}
