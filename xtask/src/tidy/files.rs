//! What a file must look like: it opens by saying what lives in it, it has a name that says something, a bounded length,
//! and no left-over marks.
use super::{Report, code};
use crate::tree::SourceFile;

const LINES_MAX: usize = 800;
const LINES_AIM: usize = 400;
const NAMES: &[&str] = &[
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "managers",
];
/// Left-over marks. Written in halves so that this list does not find itself.
const MARKS: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[ign", "ore"),
    concat!("test.on", "ly("),
    concat!("it.on", "ly("),
    concat!("describe.on", "ly("),
];
const TO_DO: &str = concat!("TO", "DO");
const GETTER: &str = concat!("fn ge", "t_");

/// Looks at every file that somebody wrote.
pub(crate) fn check(tree: &[SourceFile], report: &mut Report) {
    for file in tree.iter().filter(|file| is_code(file)) {
        opening(file, report);
        length(file, report);
        name(file, report);
        marks(file, report);
        if file.extension() == "rs" {
            getters(file, report);
        }
    }
    for file in tree
        .iter()
        .filter(|file| file.path.ends_with("package-lock.json"))
    {
        if file.text.contains("\"resolved\": \"http") {
            report.problem(
                &file.path,
                "names a registry's host: write it with omit-lockfile-registry-resolved",
            );
        }
    }
}

fn is_code(file: &SourceFile) -> bool {
    let written = matches!(
        file.extension(),
        "rs" | "ts" | "tsx" | "js" | "mjs" | "cjs" | "py" | "java" | "sql" | "css"
    );
    written && !file.path.ends_with(".d.ts")
}

fn opening(file: &SourceFile, report: &mut Report) {
    // The name says it all: tests of the file beside it, the settings of a tool.
    if file.extension() != "rs" && (file.path.contains(".test.") || file.path.contains(".config."))
    {
        return;
    }
    let first = file
        .text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with("#!"))
        .unwrap_or("");
    let starts: &[&str] = match file.extension() {
        "rs" => &["//!"],
        "py" => &["#", "\"\"\""],
        "sql" => &["--"],
        "css" => &["/*"],
        _ => &["//", "/*"],
    };
    if !starts.iter().any(|start| first.starts_with(start)) {
        report.problem(
            &file.path,
            format!("must open with `{}` and say what lives in it", starts[0]),
        );
    }
}

fn length(file: &SourceFile, report: &mut Report) {
    let lines = file.text.lines().count();
    if lines > LINES_MAX {
        report.problem(
            &file.path,
            format!("has {lines} lines, the ceiling is {LINES_MAX}: split it by what it holds"),
        );
    } else if lines > LINES_AIM {
        report.warn(&file.path, format!("has {lines} lines, aim at {LINES_AIM}"));
    }
}

fn name(file: &SourceFile, report: &mut Report) {
    let folders = file.path.split('/').rev().skip(1);
    for part in folders
        .chain([file.stem()])
        .filter(|part| NAMES.contains(part))
    {
        report.problem(
            &file.path,
            format!("`{part}` says nothing: name what it holds"),
        );
    }
}

fn marks(file: &SourceFile, report: &mut Report) {
    for (index, line) in file.text.lines().enumerate() {
        let place = format!("{}:{}", file.path, index + 1);
        for mark in MARKS.iter().filter(|mark| line.contains(**mark)) {
            report.problem(&place, format!("left-over mark `{mark}`"));
        }
        if line.contains(TO_DO) && !line.contains(&format!("{TO_DO}(#")) {
            report.problem(&place, format!("a {TO_DO} names its issue: {TO_DO}(#n)"));
        }
    }
}

fn getters(file: &SourceFile, report: &mut Report) {
    if code::is_test_file(&file.path) {
        return;
    }
    for line in code::product_lines(&file.text) {
        if line.text.contains(GETTER) {
            report.problem(
                &format!("{}:{}", file.path, line.number),
                "no `get_`: name the thing itself",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::problems_of;
    use super::{LINES_MAX, MARKS, TO_DO, check};

    fn problems(path: &str, text: &str) -> usize {
        problems_of(check, &[(path, text)]).len()
    }

    #[test]
    fn a_file_opens_by_saying_what_lives_in_it() {
        assert_eq!(problems("crates/domain/src/call.rs", "use std::fmt;\n"), 1);
        assert_eq!(
            problems("crates/domain/src/call.rs", "//! Calls.\nuse std::fmt;\n"),
            0
        );
        assert_eq!(
            problems("web/apps/host/src/lobby.tsx", "import x from 'x';\n"),
            1
        );
        assert_eq!(
            problems("e2e/run.mjs", "#!/usr/bin/env node\n// Runs.\n"),
            0
        );
        assert_eq!(
            problems("conformance/python/test_a.py", "\"\"\"Identity.\"\"\"\n"),
            0
        );
    }

    #[test]
    fn a_file_has_a_ceiling() {
        let long = format!("//! Long.\n{}", "fn a() {}\n".repeat(LINES_MAX));
        assert_eq!(problems("crates/domain/src/call.rs", &long), 1);
    }

    #[test]
    fn a_name_says_something() {
        assert_eq!(problems("crates/domain/src/utils.rs", "//! Things.\n"), 1);
        assert_eq!(
            problems("crates/domain/src/common/a.rs", "//! Things.\n"),
            1
        );
        assert_eq!(problems("crates/domain/src/roster.rs", "//! Roster.\n"), 0);
    }

    #[test]
    fn marks_are_found() {
        for mark in MARKS {
            assert_eq!(
                problems("crates/domain/src/a.rs", &format!("//! A.\n// {mark}\n")),
                1,
                "{mark}"
            );
        }
        assert_eq!(
            problems(
                "crates/domain/src/a.rs",
                &format!("//! A.\n// {TO_DO} later\n")
            ),
            1
        );
        assert_eq!(
            problems(
                "crates/domain/src/a.rs",
                &format!("//! A.\n// {TO_DO}(#12) later\n")
            ),
            0
        );
    }

    #[test]
    fn getters_drop_the_prefix() {
        assert_eq!(
            problems("crates/domain/src/a.rs", "//! A.\nfn get_name() {}\n"),
            1
        );
    }

    #[test]
    fn lock_files_name_no_host() {
        assert_eq!(
            problems(
                "web/package-lock.json",
                "{\n \"resolved\": \"https://r/x.tgz\"\n}"
            ),
            1
        );
    }
}
