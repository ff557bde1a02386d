//! A folder of the edge is one dialect, and dialects do not know each other. What several of them need is `auth`, `ops`,
//! `out` or a use case in `service`.
use super::{Report, code};
use crate::tree::SourceFile;

const EDGE: &str = "crates/edge/src/";
/// What every dialect may use.
const SHARED: &[&str] = &[
    "crate::rest::auth",
    "crate::auth",
    "crate::ops",
    "crate::out",
];

/// Looks at every module path that the edge's files name.
pub(crate) fn check(tree: &[SourceFile], report: &mut Report) {
    let units: Vec<String> = tree.iter().filter_map(|file| unit(&file.path)).collect();
    for file in tree {
        let Some(own) = unit(&file.path) else {
            continue;
        };
        let lines = code::product_lines(&file.text);
        let text: String = lines
            .iter()
            .map(|line| format!("{}\n", line.text))
            .collect();
        for path in code::module_paths(&text) {
            let full = absolute(&file.path, &path);
            let other = units.iter().find(|unit| within(&full, unit));
            if let Some(other) =
                other.filter(|other| **other != own && !SHARED.contains(&other.as_str()))
            {
                report.problem(
                    &file.path,
                    format!("names `{full}`: the folder {own} must not know {other}"),
                );
            }
        }
    }
}

/// The dialect a file belongs to, as a module path; none for the files that put dialects together.
fn unit(path: &str) -> Option<String> {
    let inner = path.strip_prefix(EDGE)?.strip_suffix(".rs")?;
    let mut parts = inner.split('/');
    match (parts.next()?, parts.next()) {
        ("lib", None) | ("rest", None | Some("mod")) => None,
        ("rest", Some(dialect)) => Some(format!("crate::rest::{dialect}")),
        (first, _) => Some(format!("crate::{first}")),
    }
}

/// `super::` steps resolved from the file's own module.
fn absolute(file: &str, path: &str) -> String {
    let inner = file
        .strip_prefix(EDGE)
        .and_then(|rest| rest.strip_suffix(".rs"))
        .unwrap_or("");
    let mut module: Vec<&str> = inner
        .split('/')
        .filter(|part| *part != "mod" && *part != "lib")
        .collect();
    let mut rest = path;
    if !rest.starts_with("super::") {
        return path.to_owned();
    }
    while let Some(after) = rest.strip_prefix("super::") {
        module.pop();
        rest = after;
    }
    let start = if module.is_empty() {
        "crate".to_owned()
    } else {
        format!("crate::{}", module.join("::"))
    };
    format!("{start}::{rest}")
}

fn within(path: &str, unit: &str) -> bool {
    path == unit
        || path
            .strip_prefix(unit)
            .is_some_and(|rest| rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::super::problems_of;
    use super::check;

    const CHAT: (&str, &str) = ("crates/edge/src/rest/chat/mod.rs", "");
    const WS: (&str, &str) = ("crates/edge/src/ws.rs", "");

    fn identity(text: &'static str) -> usize {
        let auth = ("crates/edge/src/rest/auth.rs", "");
        problems_of(
            check,
            &[
                CHAT,
                WS,
                auth,
                ("crates/edge/src/rest/identity/mod.rs", text),
            ],
        )
        .len()
    }

    #[test]
    fn a_dialect_that_imports_another_fails() {
        assert_eq!(identity("use crate::rest::chat::Problem;"), 1);
        assert_eq!(
            identity("use crate::{App, rest::{auth, chat::Problem}};"),
            1
        );
        assert_eq!(identity("let x = super::chat::problem();"), 1);
        assert_eq!(identity("use crate::ws;"), 1);
    }

    #[test]
    fn its_own_files_the_app_and_what_is_shared_are_free() {
        assert_eq!(
            identity(
                "use crate::App;\nuse crate::rest::auth::Caller;\nuse crate::rest::identity::body;"
            ),
            0
        );
        assert_eq!(identity("// crate::rest::chat is the other one"), 0);
    }

    #[test]
    fn the_file_that_merges_routers_names_them_all() {
        let merge = (
            "crates/edge/src/rest/mod.rs",
            "Router::new().merge(crate::rest::chat::router())",
        );
        assert!(problems_of(check, &[CHAT, merge]).is_empty());
    }
}
