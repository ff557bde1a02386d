//! Query options: names with or without `$`, percent-encoded or not. What is not understood is refused, never ignored.
use super::error::GraphError;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use url::form_urlencoded;

/// Longest query that is read, in bytes.
const QUERY_BYTES_MAX: usize = 8_192;
/// Items on a page unless `$top` says less or more.
const PAGE_DEFAULT: u32 = 20;
/// Most items on a page.
pub(super) const PAGE_MAX: u32 = parvis_service::meetings::PAGE_MAX;
/// Furthest that `$skip` reaches.
const SKIP_MAX: u32 = 100_000;

/// The options of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) top: Option<u32>,
    pub(super) skip: u32,
    pub(super) count: bool,
    pub(super) filter: Option<String>,
    pub(super) select: Vec<String>,
}

impl Options {
    pub(super) fn parse(query: &str) -> Result<Self, GraphError> {
        if query.len() > QUERY_BYTES_MAX {
            return Err(GraphError::bad_request("", "The query is too long."));
        }
        let mut options = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            options.set(&name, &value)?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), GraphError> {
        let bad = |target, message: &str| Err(GraphError::bad_request(target, message));
        match name
            .strip_prefix('$')
            .unwrap_or(name)
            .to_ascii_lowercase()
            .as_str()
        {
            "top" => match value.parse() {
                Ok(top) if (1..=PAGE_MAX).contains(&top) => self.top = Some(top),
                _ => return bad("$top", "$top must be a number from 1 to 100."),
            },
            "skip" => match value.parse() {
                Ok(skip) if skip <= SKIP_MAX => self.skip = skip,
                _ => return bad("$skip", "$skip must be a number from 0 to 100000."),
            },
            "skiptoken" => match read_skip_token(value) {
                Some(skip) => self.skip = skip,
                None => return bad("$skiptoken", "The skip token is not valid."),
            },
            "count" => match value {
                "true" => self.count = true,
                "false" => self.count = false,
                _ => return bad("$count", "$count must be true or false."),
            },
            "filter" if self.filter.is_none() => self.filter = Some(value.to_owned()),
            "select" => self.select.extend(
                value
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty()),
            ),
            "filter" | "orderby" | "expand" | "search" | "apply" | "compute" => {
                return bad("", "The query option is not supported on this resource.");
            }
            // Other parameters without `$` are the caller's own business (OData 4.01 part 2, 5.2).
            _ if name.starts_with('$') => return bad("", "The query option is not known."),
            _ => {}
        }
        Ok(())
    }

    /// How many items the page has.
    pub(super) fn page(&self) -> u32 {
        self.top.unwrap_or(PAGE_DEFAULT)
    }

    /// Whether a collection of `count` items goes on behind this page.
    pub(super) fn has_next_page(&self, count: u32) -> bool {
        let next = self.skip.saturating_add(self.page());
        next < count && next <= SKIP_MAX
    }

    /// The query of the next page.
    pub(super) fn next_page(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if let Some(top) = self.top {
            query.append_pair("$top", &top.to_string());
        }
        if self.count {
            query.append_pair("$count", "true");
        }
        if !self.select.is_empty() {
            query.append_pair("$select", &self.select.join(","));
        }
        let skip = self.skip.saturating_add(self.page());
        query.append_pair("$skiptoken", &skip_token(skip));
        query.finish()
    }
}

fn skip_token(skip: u32) -> String {
    URL_SAFE_NO_PAD.encode(format!("skip={skip}"))
}

fn read_skip_token(token: &str) -> Option<u32> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let skip = text.strip_prefix("skip=")?.parse().ok()?;
    (skip <= SKIP_MAX).then_some(skip)
}

/// `<property> eq '<text>'`, the one form of filter there is; answers the property in lower case and the text, with `''`
/// read as one quote.
pub(super) fn parse_equality(filter: &str) -> Option<(String, String)> {
    let (property, rest) = filter.trim().split_once(char::is_whitespace)?;
    let (operator, value) = rest.trim_start().split_once(char::is_whitespace)?;
    let quoted = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    if !operator.eq_ignore_ascii_case("eq") {
        return None;
    }
    let mut text = String::with_capacity(quoted.len());
    let mut rest = quoted.chars();
    while let Some(c) = rest.next() {
        if c == '\'' && rest.next() != Some('\'') {
            return None;
        }
        text.push(c);
    }
    Some((property.to_ascii_lowercase(), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn options_are_read_with_and_without_dollar() {
        let options = |query| Options::parse(query).expect(query);
        let expected = Options {
            top: Some(5),
            skip: 10,
            count: true,
            filter: Some("a eq 'b c'".to_owned()),
            select: vec!["id".to_owned(), "subject".to_owned()],
        };
        for query in [
            "$top=5&$skip=10&$count=true&$filter=a%20eq%20'b%20c'&$select=id,subject",
            "top=5&skip=10&count=true&filter=a+eq+'b+c'&select=id,%20subject",
            "%24top=5&%24skip=10&%24count=true&%24filter=a%20eq%20%27b%20c%27&%24select=id%2Csubject",
        ] {
            assert_eq!(options(query), expected);
        }
        assert_eq!(options(""), Options::default());
        assert_eq!(options("mine=1"), Options::default());
        for query in [
            "$top=0",
            "$top=101",
            "$top=x",
            "$skip=-1",
            "$count=1",
            "$orderby=subject",
            "$expand=chat",
            "$whatever=1",
            "$skiptoken=x",
            "$filter=a&$filter=b",
        ] {
            assert!(Options::parse(query).is_err(), "{query}");
        }
        assert!(Options::parse(&"a".repeat(9_000)).is_err());
    }

    #[test]
    fn the_next_page_goes_on_where_this_one_ended() {
        let first = Options::parse("$top=5&$select=id").expect("options");
        let second = Options::parse(&first.next_page()).expect("own link");
        assert_eq!((second.top, second.skip), (Some(5), 5));
        assert_eq!(second.select, ["id"]);
    }

    #[test]
    fn only_equality_with_a_text_is_a_filter() {
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(parse_equality("JoinWebUrl eq 'a'"), pair("joinweburl", "a"));
        assert_eq!(parse_equality(" x/y  EQ  'it''s' "), pair("x/y", "it's"));
        assert_eq!(parse_equality("x eq ''"), pair("x", ""));
        for bad in [
            "",
            "x",
            "x eq",
            "x eq 5",
            "x ne 'a'",
            "x eq 'a' or y eq 'b'",
            "x eq 'a'b'",
            "x eq '",
            "startswith(x,'a')",
        ] {
            assert_eq!(parse_equality(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_quotes_survive(text in ".{0,80}") {
            let _ = Options::parse(&text);
            let _ = parse_equality(&text);
            let filter = format!("x eq '{}'", text.replace('\'', "''"));
            prop_assert_eq!(parse_equality(&filter), Some(("x".to_owned(), text)));
        }
    }
}
