//! Tags in tests: `[A1]` names a feature row, `[CP-12]` a protocol rule. A tag counts only where a test follows it or
//! carries it in its name.
use crate::tree::SourceFile;

/// How far below a tag its test may begin: a doc comment, attributes and a proptest header fit.
const REACH: usize = 8;

/// One test that carries one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tagged {
    pub id: String,
    pub name: String,
    pub file: String,
}

impl Tagged {
    /// Which of the places of rows.txt the test stands in.
    pub(crate) fn kind(&self) -> &'static str {
        match self.file.split('/').next() {
            Some("e2e") => "browser",
            Some("conformance") => "sdk",
            _ => "code",
        }
    }
}

/// Every tagged test of the tree, in its order.
pub(crate) fn find(tree: &[SourceFile]) -> Vec<Tagged> {
    let mut found = Vec::new();
    let scripts = ["rs", "ts", "tsx", "mjs", "js", "py", "java"];
    for file in tree
        .iter()
        .filter(|file| scripts.contains(&file.extension()))
    {
        if !file.path.starts_with("xtask/src/features") {
            in_file(file, &mut found);
        }
    }
    found
}

fn in_file(file: &SourceFile, found: &mut Vec<Tagged>) {
    let lines: Vec<&str> = file.text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let ids = tags(line);
        let trimmed = line.trim_start();
        let is_comment = ["//", "#", "*", "\"\"\""]
            .iter()
            .any(|start| trimmed.starts_with(start));
        if ids.is_empty() || !(is_comment || test_name(line, file.extension()).is_some()) {
            continue;
        }
        let below = &lines[index..lines.len().min(index + REACH)];
        let Some(name) = below
            .iter()
            .find_map(|line| test_name(line, file.extension()))
        else {
            continue;
        };
        for id in ids {
            let test = Tagged {
                id,
                name: name.clone(),
                file: file.path.clone(),
            };
            if !found.contains(&test) {
                found.push(test);
            }
        }
    }
}

/// The ids in brackets on one line: `[G1][G2]`, `[G1] [CP-3]`, `[G1, G2]`.
fn tags(line: &str) -> Vec<String> {
    let groups = line
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .map(|(inner, _)| inner);
    let mut ids = Vec::new();
    for group in groups {
        let parts: Vec<&str> = group.split(',').map(str::trim).collect();
        if parts.iter().all(|part| is_id(part)) {
            ids.extend(parts.into_iter().map(str::to_owned));
        }
    }
    ids
}

fn is_id(text: &str) -> bool {
    let digits = |rest: &str| {
        !rest.is_empty() && rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit())
    };
    let row = text.strip_prefix(|first: char| ('A'..='N').contains(&first));
    row.is_some_and(digits) || text.strip_prefix("CP-").is_some_and(digits)
}

/// The name of the test that this line opens, tags removed.
fn test_name(line: &str, extension: &str) -> Option<String> {
    let line = line.trim_start();
    match extension {
        "rs" => {
            let rest = line
                .strip_prefix("async ")
                .unwrap_or(line)
                .strip_prefix("fn ")?;
            Some(
                rest.chars()
                    .take_while(|character| character.is_alphanumeric() || *character == '_')
                    .collect(),
            )
        }
        "py" => {
            let rest = line
                .strip_prefix("async ")
                .unwrap_or(line)
                .strip_prefix("def test")?;
            let tail: String = rest
                .chars()
                .take_while(|character| character.is_alphanumeric() || *character == '_')
                .collect();
            Some(format!("test{tail}"))
        }
        "java" => {
            let (name, _) = line.strip_prefix("void ")?.split_once('(')?;
            Some(name.to_owned())
        }
        _ => script_name(line),
    }
}

fn script_name(line: &str) -> Option<String> {
    let line = line.strip_prefix("await ").unwrap_or(line);
    let plain = ["test(", "it(", "describe(", "t.test(", "stage.scenario("];
    let call = plain
        .iter()
        .find_map(|open| line.strip_prefix(open))
        // A table's name stands after its rows: `test.each(rows)('name'` or `])('name'`.
        .or_else(|| line.strip_prefix("])("))
        .or_else(|| {
            line.split_once(".each(")
                .and_then(|(_, rest)| rest.split_once(")("))
                .map(|(_, call)| call)
        })?;
    let quote = call
        .chars()
        .next()
        .filter(|quote| "'\"`".contains(*quote))?;
    let name = call[1..].split(quote).next()?;
    let mut words = name.trim_start();
    while let Some(after) = words
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        words = after.1.trim_start();
    }
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(String, String)> {
        find(&[SourceFile::new(path, text)])
            .into_iter()
            .map(|test| (test.id, test.name))
            .collect()
    }

    fn pair(id: &str, name: &str) -> (String, String) {
        (id.to_owned(), name.to_owned())
    }

    #[test]
    fn a_comment_above_a_rust_test_counts() {
        let text = "// [G2] [CP-12]\n#[tokio::test]\nasync fn early_guest_reads_nothing() {}\n";
        let name = "early_guest_reads_nothing";
        assert_eq!(
            found("crates/a/src/b.rs", text),
            [pair("G2", name), pair("CP-12", name)]
        );
    }

    #[test]
    fn a_script_carries_tags_in_the_name() {
        let text = "test('[A1][F2] both see each other', async () => {})";
        let name = "both see each other";
        assert_eq!(
            found("e2e/tests/a.mjs", text),
            [pair("A1", name), pair("F2", name)]
        );
    }

    #[test]
    fn a_table_carries_tags_in_its_name() {
        let text = "test.each([\n  1,\n])('[A4] %s', () => {});\nit.each(rows)('[E9] %s is refused', () => {});\n";
        assert_eq!(
            found("web/a.test.ts", text),
            [pair("A4", "%s"), pair("E9", "%s is refused")]
        );
    }

    #[test]
    fn python_tags_stand_above() {
        assert_eq!(
            found(
                "conformance/python/test_a.py",
                "# [B2, N3]\ndef test_token():\n"
            ),
            [pair("B2", "test_token"), pair("N3", "test_token")]
        );
    }

    #[test]
    fn java_tags_stand_above() {
        let text = "    // [B2][N3]\n    @Test\n    void aTokenIsIssued() {\n    }\n";
        let name = "aTokenIsIssued";
        assert_eq!(
            found("conformance/java/src/test/java/parvis/ATest.java", text),
            [pair("B2", name), pair("N3", name)]
        );
    }

    #[test]
    fn a_tag_without_a_test_counts_for_nothing() {
        assert!(found("crates/a/src/b.rs", "// [G2] the window\nstruct Window;\n").is_empty());
        assert!(found("crates/a/src/b.rs", "let x = list[A1];\nfn a() {}\n").is_empty());
        assert!(
            found(
                "crates/a/src/b.rs",
                "// CP-12 without brackets\nfn a() {}\n"
            )
            .is_empty()
        );
    }
}
