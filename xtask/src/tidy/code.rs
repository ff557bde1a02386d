//! Reading Rust without a parser: lines of product code (comments and test modules cut away), and the module paths they name.

/// One line of product code and its number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub number: usize,
    pub text: &'a str,
}

/// Whether the file holds tests only.
pub(crate) fn is_test_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    name == "tests.rs" || path.contains("/tests/") || path.contains("/benches/")
}

/// The lines of `text` outside comments and outside a closing `#[cfg(test)] mod … {`.
pub(crate) fn product_lines(text: &str) -> Vec<Line<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .windows(2)
        .position(|pair| pair[0].trim() == "#[cfg(test)]" && opens_module(pair[1]))
        .unwrap_or(lines.len());
    let product = lines[..end].iter().enumerate();
    product
        .map(|(index, line)| Line {
            number: index + 1,
            text: without_comment(line),
        })
        .filter(|line| !line.text.trim().is_empty())
        .collect()
}

fn opens_module(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("mod ") || line.starts_with("pub(crate) mod ")) && line.ends_with('{')
}

/// The line up to `//`; a `//` that follows `:` is taken for an address in a string.
fn without_comment(line: &str) -> &str {
    let mut from = 0;
    while let Some(at) = line[from..].find("//").map(|at| at + from) {
        if at == 0 || line.as_bytes()[at - 1] != b':' {
            return &line[..at];
        }
        from = at + 2;
    }
    line
}

/// Every path that starts with `crate::` or `super::`, groups in braces opened up: `crate::{a::b, c}` gives two.
pub(crate) fn module_paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in text.match_indices(start) {
            let before = text[..at].chars().next_back();
            if before.is_none_or(|character| !is_word(character) && character != ':') {
                expand(&text[at..], String::new(), &mut found);
            }
        }
    }
    found
}

/// Reads one path from the front of `text`, adds it (or each branch of its group) to `found`, and returns what follows.
fn expand<'a>(text: &'a str, prefix: String, found: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return rest;
            }
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let before = rest.len();
            rest = expand(rest, prefix.clone(), found).trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest);
            if rest.len() == before {
                rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
            }
        }
    }
    let end = text
        .find(|character| !is_word(character))
        .unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    match text[end..].strip_prefix("::") {
        Some(rest) if rest.starts_with(|next: char| is_word(next) || next == '{') => {
            expand(rest, format!("{path}::"), found)
        }
        _ => {
            if end > 0 {
                found.push(path);
            }
            &text[end..]
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_the_test_module_are_no_product() {
        let text = "//! Doc.\nfn a() {} // why\nlet u = \"https://x\";\n#[cfg(test)]\nmod tests {\nfn b() {}\n}\n";
        let lines: Vec<_> = product_lines(text)
            .into_iter()
            .map(|line| line.text)
            .collect();
        assert_eq!(lines, ["fn a() {} ", "let u = \"https://x\";"]);
    }

    #[test]
    fn a_test_module_in_its_own_file_hides_nothing() {
        let text = "#[cfg(test)]\nmod tests;\nfn after() {}\n";
        assert_eq!(product_lines(text).len(), 3);
    }

    #[test]
    fn groups_are_opened_up() {
        let paths = module_paths(
            "use crate::{rest::{chat::Error, auth}, ws};\nlet x = super::super::udp::Port;",
        );
        assert_eq!(
            paths,
            [
                "crate::rest::chat::Error",
                "crate::rest::auth",
                "crate::ws",
                "super::super::udp::Port"
            ]
        );
    }
}
