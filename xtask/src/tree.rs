//! The project's text files, read once. Built, downloaded and generated-by-run folders are not ours to judge.
use std::fs;
use std::io;
use std::path::Path;

const SKIPPED: &[&str] = &[
    ".git",
    "target",
    "node_modules",
    "dist",
    "build",
    ".parvis",
    ".venv",
    ".venv-older",
    "__pycache__",
    ".pytest_cache",
    "artifacts",
    "proptest-regressions",
];
const TEXT: &[&str] = &[
    "rs", "toml", "lock", "sql", "ts", "tsx", "js", "jsx", "mjs", "cjs", "json", "css", "html",
    "py", "java", "md", "txt", "sh", "yml", "yaml",
];
const NAMED: &[&str] = &["Makefile", "run", ".gitignore", ".npmrc"];

/// One text file: its path from the root, with `/`, and its text.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub path: String,
    pub text: String,
}

impl SourceFile {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The part after the last dot of the file's name, or nothing.
    pub(crate) fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or("");
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// The file's name without its extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or("");
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// Every text file below `root`, sorted by path.
pub(crate) fn read(root: &Path) -> io::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    visit(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn visit(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            visit(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else if kind.is_file() && is_text(&name) {
            let bytes = fs::read(entry.path())?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            files.push(SourceFile {
                path: format!("{prefix}{name}"),
                text,
            });
        }
    }
    Ok(())
}

fn is_text(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    NAMED.contains(&name) || extension.is_some_and(|extension| TEXT.contains(&extension))
}
