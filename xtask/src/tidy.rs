//! The rules of the house that no compiler knows. Each rule lives in its own file, is a function of the tree alone,
//! and is tested on small sample trees.
pub(crate) mod brand;
pub(crate) mod code;
pub(crate) mod dependencies;
pub(crate) mod files;
pub(crate) mod folders;
pub(crate) mod purity;

use crate::features;
use crate::tree::SourceFile;
use std::path::Path;

/// What the rules found. A warning is printed, a problem fails the check.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub problems: Vec<String>,
    pub warnings: Vec<String>,
}

impl Report {
    pub(crate) fn problem(&mut self, place: &str, what: impl AsRef<str>) {
        self.problems.push(format!("{place}: {}", what.as_ref()));
    }

    pub(crate) fn warn(&mut self, place: &str, what: impl AsRef<str>) {
        self.warnings.push(format!("{place}: {}", what.as_ref()));
    }

    /// No file may name this checkout's own folder or the home of whoever runs the check.
    pub(crate) fn note_machine_paths(&mut self, tree: &[SourceFile], root: &Path) {
        let home = std::env::var("HOME").unwrap_or_default();
        let own = [root.display().to_string(), home];
        for file in tree {
            for path in own.iter().filter(|path| path.len() > 3) {
                if file.text.contains(&format!("{path}/")) {
                    self.problem(&file.path, "names a folder of this machine");
                }
            }
        }
    }

    /// The closing words, or the list of problems.
    pub(crate) fn finish(self) -> Result<String, String> {
        let warnings: String = self
            .warnings
            .iter()
            .map(|text| format!("warning: {text}\n"))
            .collect();
        if self.problems.is_empty() {
            return Ok(format!(
                "{warnings}tidy: the house is in order ({} warnings)",
                self.warnings.len()
            ));
        }
        let problems: String = self
            .problems
            .iter()
            .map(|text| format!("{text}\n"))
            .collect();
        Err(format!(
            "{warnings}{problems}tidy: {} problems",
            self.problems.len()
        ))
    }
}

/// Every rule that reads the tree's text.
pub(crate) fn check_files(tree: &[SourceFile], report: &mut Report) {
    files::check(tree, report);
    purity::check(tree, report);
    folders::check(tree, report);
    brand::check(tree, report);
    features::check_tags(tree, report);
}

#[cfg(test)]
pub(crate) fn problems_of(
    rule: fn(&[SourceFile], &mut Report),
    tree: &[(&str, &str)],
) -> Vec<String> {
    let files: Vec<_> = tree
        .iter()
        .map(|(path, text)| SourceFile::new(path, text))
        .collect();
    let mut report = Report::default();
    rule(&files, &mut report);
    report.problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_this_machine_is_found() {
        let root = Path::new("/somewhere/checkout");
        let bad = [SourceFile::new("docs/a.md", "see /somewhere/checkout/docs")];
        let good = [SourceFile::new("docs/a.md", "see docs/b.md")];
        let mut report = Report::default();
        report.note_machine_paths(&good, root);
        assert!(report.problems.is_empty());
        report.note_machine_paths(&bad, root);
        assert_eq!(report.problems.len(), 1);
        assert!(report.finish().is_err());
    }
}
