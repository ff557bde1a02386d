//! The pure crates read no clock, open no socket, start no thread and draw no randomness: time, bytes and seeds are handed in.
use super::{Report, code};
use crate::tree::SourceFile;

const PURE: &[&str] = &["domain", "media", "signalling", "sim"];
const BANNED: &[(&str, &str)] = &[
    ("Instant::now", "reads a clock"),
    ("SystemTime", "reads a clock"),
    ("now_utc", "reads a clock"),
    ("UdpSocket", "opens a socket"),
    ("TcpStream", "opens a socket"),
    ("TcpListener", "opens a socket"),
    ("tokio::", "names a runtime"),
    ("rand::", "draws randomness"),
    ("getrandom", "draws randomness"),
    ("new_v4", "draws randomness"),
    ("now_v7", "draws randomness and reads a clock"),
    ("std::fs", "touches files"),
    ("std::thread", "starts threads"),
    ("std::env", "reads the environment"),
    ("std::process", "starts processes"),
];

/// Looks at the product code of each pure crate; tests may do what they like.
pub(crate) fn check(tree: &[SourceFile], report: &mut Report) {
    for file in tree.iter().filter(|file| is_pure(&file.path)) {
        for line in code::product_lines(&file.text) {
            for (word, does) in BANNED.iter().filter(|(word, _)| line.text.contains(word)) {
                let place = format!("{}:{}", file.path, line.number);
                report.problem(
                    &place,
                    format!("`{word}` {does}, which a pure crate must not"),
                );
            }
        }
    }
}

fn is_pure(path: &str) -> bool {
    let mut parts = path.split('/');
    let head = (parts.next(), parts.next(), parts.next());
    let in_source =
        matches!(head, (Some("crates"), Some(name), Some("src")) if PURE.contains(&name));
    in_source && path.ends_with(".rs") && !code::is_test_file(path)
}

#[cfg(test)]
mod tests {
    use super::super::problems_of;
    use super::check;

    #[test]
    fn a_clock_in_the_domain_fails() {
        let tree = [(
            "crates/domain/src/call.rs",
            "//! Calls.\nlet t = Instant::now();",
        )];
        assert_eq!(problems_of(check, &tree).len(), 1);
    }

    #[test]
    fn tests_comments_and_other_crates_may() {
        let tree = [
            ("crates/domain/src/call/tests.rs", "let t = Instant::now();"),
            (
                "crates/media/src/a.rs",
                "// never std::fs here\n#[cfg(test)]\nmod tests {\nuse std::fs;\n}",
            ),
            ("crates/media/tests/loss.rs", "std::env::var(\"SEED\")"),
            ("crates/edge/src/udp.rs", "tokio::net::UdpSocket"),
        ];
        assert!(problems_of(check, &tree).is_empty());
    }
}
