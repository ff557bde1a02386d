//! The provider's pages as HTML: no script, nothing from elsewhere, readable on a phone and by a screen reader.
use super::{error::log_failure, status_of};
use aws_lc_rs::digest;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use parvis_service::sign_in::OAuthError;
use std::sync::LazyLock;
use url::Url;

const STYLE: &str = include_str!("page.css");
const MARK: &str = include_str!("mark.svg");
/// Sends a form answer on by itself; without script its button does.
const SUBMIT: &str = "document.forms[0].submit()";

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| source_hash(STYLE));
static SUBMIT_HASH: LazyLock<String> = LazyLock::new(|| source_hash(SUBMIT));

/// What a form has to say first.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notice {
    /// Unknown name or wrong password: one text for both.
    Wrong,
    /// Too many failures.
    Throttled(u32),
    /// The form was not ours or too old.
    Stale,
}

impl Notice {
    fn text(self) -> String {
        match self {
            Self::Wrong => {
                "That name and password do not go together. Please try again.".to_owned()
            }
            Self::Throttled(seconds) => {
                let minutes = seconds.div_ceil(60);
                format!("Too many tries did not work. Please wait {minutes} min and try again.")
            }
            Self::Stale => "The page was open for too long. Please sign in again.".to_owned(),
        }
    }
}

/// What both forms need.
pub(super) struct Page<'a> {
    pub(super) action: &'a str,
    pub(super) client_name: &'a str,
    pub(super) csrf: &'a str,
    /// Where the answer will go: browsers hold a form to its policy across redirects.
    pub(super) redirect_uri: &'a str,
}

impl Page<'_> {
    pub(super) fn sign_in(&self, name: &str, notice: Option<Notice>) -> Response {
        let (notice, described) = match notice {
            Some(notice) => (
                format!(
                    r#"<p id="notice" class="notice" role="alert">{}</p>"#,
                    escape(&notice.text())
                ),
                r#" aria-describedby="notice""#,
            ),
            None => (String::new(), ""),
        };
        let (on_name, on_password) = if name.is_empty() {
            (" autofocus", "")
        } else {
            ("", " autofocus")
        };
        let content = format!(
            r#"<h1>Sign in</h1>
<p class="lead">to continue to <strong>{client}</strong></p>
{notice}
<form method="post" action="{action}">
<input type="hidden" name="csrf" value="{csrf}">
<label for="username">Account</label>
<input id="username" name="username" type="email" inputmode="email" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="254" required value="{name}"{described}{on_name}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required{described}{on_password}>
<button type="submit">Sign in</button>
</form>"#,
            client = escape(self.client_name),
            action = escape(self.action),
            csrf = escape(self.csrf),
            name = escape(name),
        );
        document("Sign in", &content, &self.form_targets(), "")
    }

    pub(super) fn consent(&self, member: &str, scopes: &[&str]) -> Response {
        let items: String = scopes
            .iter()
            .map(|scope| {
                format!(
                    "<li>{} <small>{}</small></li>",
                    escape(meaning(scope)),
                    escape(scope)
                )
            })
            .collect();
        let content = format!(
            r#"<h1>May {client} do this?</h1>
<p class="lead">Signed in as <strong>{member}</strong>. The application asks to:</p>
<ul>{items}</ul>
<form method="post" action="{action}">
<input type="hidden" name="csrf" value="{csrf}">
<button type="submit" name="decision" value="accept">Allow</button>
<button type="submit" name="decision" value="decline" class="second">Do not allow</button>
</form>"#,
            client = escape(self.client_name),
            member = escape(member),
            action = escape(self.action),
            csrf = escape(self.csrf),
        );
        document("Allow access", &content, &self.form_targets(), "")
    }

    fn form_targets(&self) -> String {
        format!("'self' {}", form_target(self.redirect_uri))
    }
}

/// A refusal that is not sent to any client.
pub(super) fn refusal(error: &OAuthError) -> Response {
    log_failure(error);
    let content = format!(
        r#"<h1>This sign-in cannot go on</h1>
<p class="lead">{text}</p>
<p>The link that led here is not right. Please go back to the application and try again; if it stays so, tell its maker this number: <strong>{number}</strong>.</p>"#,
        text = escape(&error.to_string()),
        number = error.number(),
    );
    (
        status_of(error),
        document("Sign-in", &content, "'none'", ""),
    )
        .into_response()
}

pub(super) fn signed_out() -> Response {
    let content = "<h1>You are signed out</h1>\n<p class=\"lead\">You may close this page.</p>";
    document("Signed out", content, "'none'", "")
}

/// `response_mode=form_post`: the answer in a form that the browser sends to the client.
pub(super) fn form_post(redirect_uri: &str, fields: &[(&str, &str)]) -> Response {
    let inputs: String = fields
        .iter()
        .map(|(name, value)| {
            format!(
                r#"<input type="hidden" name="{}" value="{}">"#,
                escape(name),
                escape(value)
            )
        })
        .collect();
    let content = format!(
        r#"<h1>One moment</h1>
<form method="post" action="{}">{inputs}<button type="submit">Continue</button></form>
<script>{SUBMIT}</script>"#,
        escape(redirect_uri),
    );
    let script = format!("; script-src {}", *SUBMIT_HASH);
    document("Continue", &content, &form_target(redirect_uri), &script)
}

fn document(title: &str, content: &str, form_targets: &str, script: &str) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - Parvis</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<p class="brand">{MARK}<span>Parvis</span></p>
{content}
</main>
</body>
</html>
"#
    );
    let policy = format!(
        "default-src 'none'; style-src {}; form-action {form_targets}; base-uri 'none'; frame-ancestors 'none'{script}",
        *STYLE_HASH
    );
    let mut answer = (StatusCode::OK, Html(html)).into_response();
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// A redirect URI as a source of `form-action`: its origin, or its scheme for an app's own one.
fn form_target(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) if url.origin().is_tuple() => url.origin().ascii_serialization(),
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => "'none'".to_owned(),
    }
}

fn source_hash(text: &str) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    format!("'sha256-{}'", BASE64_STANDARD.encode(hash))
}

/// Text for HTML, in elements and in quoted attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// What a scope means to the person who is asked.
fn meaning(scope: &str) -> &'static str {
    match scope {
        "User.Read" => "See your name and account",
        "Teams.ManageCalls" => "Take part in calls as you",
        "Teams.ManageChats" => "Use chats as you",
        "VoIP" | "VoIP.Join" => "Make and join calls as you",
        "TeamsExtension.ManageCalls" => "Take calls as you",
        "user_impersonation" => "Manage identities, rooms and calls for you",
        scope if scope.starts_with("OnlineMeeting") && scope.contains("Write") => {
            "Schedule and change your meetings"
        }
        scope if scope.starts_with("OnlineMeeting") => "See your meetings",
        scope
            if scope.starts_with("Chat")
                && (scope.contains("Read") && !scope.contains("Write")) =>
        {
            "Read your chats"
        }
        scope if scope.starts_with("Chat") => "Read and write in your chats",
        scope if scope.starts_with("Calendars") && scope.contains("Write") => {
            "See and change your calendar"
        }
        scope if scope.starts_with("Calendars") => "See your calendar",
        scope if scope.starts_with("Presence") && scope.contains("Write") => {
            "See and set whether you are available"
        }
        scope if scope.starts_with("Presence") => "See whether you are available",
        _ => "See people of your organisation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn form_targets_are_origins_or_schemes() {
        assert_eq!(
            form_target("http://localhost:5000/cb?x=1"),
            "http://localhost:5000"
        );
        assert_eq!(form_target("com.example.app:/cb"), "com.example.app:");
        assert_eq!(form_target("x"), "'none'");
    }

    proptest! {
        #[test]
        fn escaped_text_holds_no_markup(text in ".{0,100}") {
            let safe = escape(&text);
            prop_assert!(!safe.contains(['<', '>', '"', '\'']));
        }
    }
}
