//! The feature table: which rows exist, which tests prove them, which protocol rules have a test. It is written to
//! docs/features.md from what the tree holds, so the page cannot claim a test that is not there.
mod rows;
mod tags;

use crate::tidy::Report;
use crate::tree::{self, SourceFile};
use rows::{Heading, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use tags::Tagged;

const PAGE: &str = "docs/features.md";
const PROTOCOL: &str = "docs/spec/calling-protocol.md";

/// Writes the page.
pub(crate) fn write(root: &Path) -> Result<String, String> {
    let page = page_of(root)?;
    std::fs::write(root.join(PAGE), page).map_err(|error| format!("{PAGE}: {error}"))?;
    Ok(format!("wrote {PAGE}"))
}

/// Fails when the committed page is not what the tree gives.
pub(crate) fn compare(root: &Path) -> Result<(), String> {
    let committed = std::fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    if committed == page_of(root)? {
        return Ok(());
    }
    Err(format!(
        "{PAGE} is out of date: run `cargo xtask gen` and commit it"
    ))
}

/// A test that names a row or a rule that does not exist proves nothing: a typing error, most likely.
pub(crate) fn check_tags(tree: &[SourceFile], report: &mut Report) {
    let headings = rows::parse(rows::TEXT);
    let known: BTreeSet<&str> = headings
        .iter()
        .flat_map(|heading| &heading.rows)
        .map(|row| row.id.as_str())
        .collect();
    let rules = rules(tree);
    for test in tags::find(tree) {
        if !known.contains(test.id.as_str()) && !rules.contains(&test.id) {
            report.problem(
                &test.file,
                format!("`{}` names [{}], which does not exist", test.name, test.id),
            );
        }
    }
    let missing = untested(&rules, &by_id(tags::find(tree))).join(", ");
    if !missing.is_empty() {
        report.warn(PROTOCOL, format!("rules without a tagged test: {missing}"));
    }
}

fn page_of(root: &Path) -> Result<String, String> {
    let tree = tree::read(root).map_err(|error| format!("reading the tree: {error}"))?;
    Ok(page(
        &rows::parse(rows::TEXT),
        &rules(&tree),
        &by_id(tags::find(&tree)),
    ))
}

/// The rule numbers that the protocol's page defines: each stands in bold at the start of its rule.
fn rules(tree: &[SourceFile]) -> Vec<String> {
    let text = tree
        .iter()
        .find(|file| file.path == PROTOCOL)
        .map_or("", |file| file.text.as_str());
    let starts = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("- **CP-"));
    starts
        .filter_map(|rest| rest.split_once("**"))
        .map(|(number, _)| format!("CP-{number}"))
        .collect()
}

fn untested<'a>(rules: &'a [String], tests: &BTreeMap<String, Vec<Tagged>>) -> Vec<&'a str> {
    rules
        .iter()
        .filter(|rule| !tests.contains_key(*rule))
        .map(String::as_str)
        .collect()
}

fn by_id(found: Vec<Tagged>) -> BTreeMap<String, Vec<Tagged>> {
    let mut tests: BTreeMap<String, Vec<Tagged>> = BTreeMap::new();
    for test in found {
        tests.entry(test.id.clone()).or_default().push(test);
    }
    tests
}

fn page(headings: &[Heading], rules: &[String], tests: &BTreeMap<String, Vec<Tagged>>) -> String {
    let mut page = String::from(
        "# Features and their tests\n\n\
         Written by `cargo xtask gen` from the tags in the tests; do not edit. *tested*: a tagged test in the place that can\n\
         prove the whole row. *partly*: tagged tests elsewhere only, or a part named as open. *not yet*: no tagged test.\n\n",
    );
    let rows = || headings.iter().flat_map(|heading| &heading.rows);
    for priority in ["core", "next", "later"] {
        let of = |state: &str| {
            rows()
                .filter(|row| row.priority == priority && row.state(tests) == state)
                .count()
        };
        let (tested, partly, missing) = (of("tested"), of("partly"), of("not yet"));
        let _ = writeln!(
            page,
            "- {priority}: {tested} tested, {partly} partly, {missing} not yet"
        );
    }
    for heading in headings {
        let _ = write!(
            page,
            "\n## {}\n\n| Id | Feature | Priority | State | Tests |\n|---|---|---|---|---|\n",
            heading.title
        );
        for row in &heading.rows {
            write_row(&mut page, row, tests);
        }
    }
    let _ = write!(
        page,
        "\n## Rules of the calling protocol\n\n| Rule | Tests |\n|---|---|\n"
    );
    for rule in rules {
        let _ = writeln!(page, "| {rule} | {} |", names(tests.get(rule)));
    }
    let missing = untested(rules, tests);
    let words = if missing.is_empty() {
        "none".to_owned()
    } else {
        missing.join(", ")
    };
    let _ = writeln!(page, "\nRules without a tagged test: {words}.");
    page
}

fn write_row(page: &mut String, row: &Row, tests: &BTreeMap<String, Vec<Tagged>>) {
    let open = row
        .open
        .as_ref()
        .map_or(String::new(), |open| format!(" (open: {open})"));
    let state = row.state(tests);
    let _ = writeln!(
        page,
        "| {} | {}{open} | {} | {state} | {} |",
        row.id,
        row.title,
        row.priority,
        names(tests.get(&row.id))
    );
}

fn names(tests: Option<&Vec<Tagged>>) -> String {
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for test in tests.into_iter().flatten() {
        files
            .entry(&test.file)
            .or_default()
            .push(test.name.replace('|', "\\|"));
    }
    let cells: Vec<String> = files
        .iter()
        .map(|(file, names)| format!("{} (`{file}`)", names.join(", ")))
        .collect();
    if cells.is_empty() {
        "—".to_owned()
    } else {
        cells.join("<br>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Vec<SourceFile> {
        vec![
            SourceFile::new(
                PROTOCOL,
                "- **CP-1** One.\n- **CP-2** Two.\nsee **CP-3** too\n",
            ),
            SourceFile::new(
                "crates/edge/src/ws/tests.rs",
                "// [CP-1] [A6]\n#[test]\nfn one() {}\n",
            ),
            SourceFile::new("e2e/tests/a.mjs", "test('[F1] heard', async () => {});\n"),
            SourceFile::new("crates/domain/src/a.rs", "// [F2]\n#[test]\nfn seen() {}\n"),
        ]
    }

    #[test]
    fn the_page_tells_states_and_gaps() {
        let tree = tree();
        let page = page(
            &rows::parse(rows::TEXT),
            &rules(&tree),
            &by_id(tags::find(&tree)),
        );
        let line = |id: &str| {
            page.lines()
                .find(|line| line.starts_with(&format!("| {id} |")))
                .unwrap()
                .to_owned()
        };
        assert!(
            line("F1").contains("| tested | heard (`e2e/tests/a.mjs`)"),
            "{}",
            line("F1")
        );
        assert!(
            line("F2").contains("| partly |"),
            "a unit test alone does not prove video"
        );
        assert!(line("A6").contains("| tested |"));
        assert!(line("F3").contains("| not yet |"));
        assert!(page.contains("Rules without a tagged test: CP-2."));
    }

    #[test]
    fn a_tag_that_names_nothing_fails() {
        let mut tree = tree();
        let mut report = Report::default();
        check_tags(&tree, &mut report);
        assert_eq!((report.problems.len(), report.warnings.len()), (0, 1));
        tree.push(SourceFile::new(
            "crates/edge/src/b.rs",
            "// [A99] [CP-77]\n#[test]\nfn two() {}\n",
        ));
        check_tags(&tree, &mut report);
        assert_eq!(report.problems.len(), 2);
    }
}
