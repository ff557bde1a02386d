//! The built pages inside the binary: finding a file, choosing its packed form, caching.
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;

/// `web/dist` as it was when this crate was compiled; empty when the pages were not built.
#[derive(RustEmbed)]
#[folder = "../../web/dist/"]
struct Dist;

/// How long a browser may keep a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    /// The name holds a hash of the content.
    Forever,
    /// Ask again each time; the answer is mostly 304.
    Ask,
    /// Never: pages, which name the hashed files.
    Never,
}

impl Keep {
    fn of(path: &str) -> Self {
        match path {
            _ if path.ends_with(".html") => Self::Never,
            _ if path.contains("/assets/") => Self::Forever,
            _ => Self::Ask,
        }
    }

    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::Ask => "no-cache",
            Self::Never => "no-store",
        })
    }
}

/// Whether the pages were built before the binary.
pub(super) fn built() -> bool {
    Dist::get("start/index.html").is_some()
}

/// The answer with the file at `path` of `web/dist`; `None` when there is none.
pub(super) fn answer(path: &str, asked: &HeaderMap) -> Option<Response<Body>> {
    let plain = Dist::get(path)?;
    let keep = Keep::of(path);
    let tag = etag(&plain);
    let mut answer = if keep == Keep::Ask && asked.get(header::IF_NONE_MATCH) == Some(&tag) {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    } else {
        whole(path, plain, asked)
    };
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, keep.header());
    headers.insert(header::ETAG, tag);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(answer)
}

fn whole(path: &str, plain: EmbeddedFile, asked: &HeaderMap) -> Response<Body> {
    let packed = takes_brotli(asked)
        .then(|| Dist::get(&format!("{path}.br")))
        .flatten();
    let encoding = packed.as_ref().map(|_| HeaderValue::from_static("br"));
    let data = packed.unwrap_or(plain).data;
    let mut answer = Response::new(match data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    });
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type(path));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, encoding);
    }
    answer
}

fn content_type(path: &str) -> HeaderValue {
    if path.ends_with(".tgz") {
        return HeaderValue::from_static("application/gzip");
    }
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let text = match guess.type_() {
        mime_guess::mime::TEXT => format!("{guess}; charset=utf-8"),
        _ => guess.to_string(),
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

fn etag(file: &EmbeddedFile) -> HeaderValue {
    let hash = file.metadata.sha256_hash();
    let text: String = hash[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    HeaderValue::try_from(format!("\"{text}\"")).expect("hex in quotes is a header value")
}

/// Whether `br` is among the accepted encodings, and not with weight 0.
fn takes_brotli(asked: &HeaderMap) -> bool {
    asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|entry| {
            let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
            let refused = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.trim().parse() == Ok(0.0));
            name.trim() == "br" && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))])
    }

    #[test]
    fn hashed_files_are_kept_forever_and_pages_never() {
        for (path, keep) in [
            ("join/assets/index-abc.js", Keep::Forever),
            ("join/index.html", Keep::Never),
            ("brand/mark.svg", Keep::Ask),
            ("sdk/parvis-calling-1.46.100.tgz", Keep::Ask),
        ] {
            assert_eq!(Keep::of(path), keep, "{path}");
        }
    }

    #[test]
    fn brotli_is_sent_only_to_those_who_take_it() {
        for (text, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0", true),
            ("gzip, br;q=0", false),
            ("gzip", false),
            ("", false),
        ] {
            assert_eq!(takes_brotli(&accepting(text)), takes, "{text}");
        }
    }

    #[test]
    fn types_name_their_charset() {
        assert_eq!(content_type("a.html"), "text/html; charset=utf-8");
        assert_eq!(content_type("a.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("a.svg"), "image/svg+xml");
        assert_eq!(content_type("a.tgz"), "application/gzip");
    }

    #[test]
    fn no_path_leaves_the_folder() {
        for path in ["../Cargo.toml", "start/../../Cargo.toml", "/etc/passwd", ""] {
            assert!(answer(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }
}
