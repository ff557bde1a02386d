//! Sanitises the HTML that people send: formatting, links and images stay; scripts, handlers, styles and frames go.
use ammonia::Builder;
use std::sync::LazyLock;

static RICH: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .url_schemes(["http", "https", "mailto", "tel"].into())
        // A mention of a person, as chat clients write it.
        .add_tags(["msft-mention"])
        .add_tag_attributes("msft-mention", ["id"])
        .add_tag_attributes("img", ["id"])
        .link_rel(Some("noopener noreferrer"));
    builder
});

static TEXT_ONLY: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .rm_tags(["img", "map", "area"])
        .link_rel(Some("noopener noreferrer"));
    builder
});

/// What is left of `html`; without images when the meeting's chat is for text only.
pub(super) fn sanitise(html: &str, text_only: bool) -> String {
    let builder = if text_only { &TEXT_ONLY } else { &RICH };
    builder.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::sanitise;
    use proptest::prelude::*;

    #[test]
    fn harmful_parts_go_and_formatting_stays() {
        let table = [
            ("<b>hi</b>", "<b>hi</b>"),
            ("a<script>alert(1)</script>b", "ab"),
            ("<p onclick=\"x()\">a</p>", "<p>a</p>"),
            (
                "<a href=\"javascript:x()\">a</a>",
                "<a rel=\"noopener noreferrer\">a</a>",
            ),
            ("<iframe src=\"https://x\"></iframe>", ""),
            ("<img src=\"data:text/html,x\">", "<img>"),
            ("<p style=\"position:fixed\">a</p>", "<p>a</p>"),
            (
                "<msft-mention id=\"1\">Ana</msft-mention>",
                "<msft-mention id=\"1\">Ana</msft-mention>",
            ),
        ];
        for (given, expected) in table {
            assert_eq!(sanitise(given, false), expected, "{given}");
        }
        assert_eq!(sanitise("a<img src=\"https://x/y.png\">", true), "a");
    }

    proptest! {
        #[test]
        fn what_is_clean_stays_as_it_is(html in "[<>a-z/\"'= &;:!-]{0,200}") {
            let once = sanitise(&html, false);
            prop_assert_eq!(sanitise(&once, false), once.clone());
            prop_assert!(!once.contains("<script"));
        }
    }
}
