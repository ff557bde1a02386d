//! The project's own tool: `cargo xtask check | tidy | gen`. Nothing of the product lives here.
#![expect(clippy::print_stdout, reason = "a command-line tool talks on stdout")]
mod features;
mod tidy;
mod tree;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask <command>
  check   format, lints, tidy and generated files: what a change must pass
  tidy    the rules of the house that no compiler knows
  gen     write the generated files (docs/features.md)";

fn main() -> ExitCode {
    let root = root();
    let command = std::env::args().nth(1).unwrap_or_default();
    let outcome = match command.as_str() {
        "check" => check(&root),
        "tidy" => run_tidy(&root),
        "gen" => features::write(&root),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace: the parent of this package.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

fn check(root: &Path) -> Result<String, String> {
    cargo(root, &["fmt", "--all", "--", "--check"])?;
    let lints = [
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    cargo(root, &lints)?;
    let tidy = run_tidy(root)?;
    features::compare(root)?;
    Ok(format!(
        "format and lints are clean\n{tidy}\ngenerated files are up to date"
    ))
}

fn run_tidy(root: &Path) -> Result<String, String> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root)
        .exec()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let mut report = tidy::Report::default();
    tidy::dependencies::check(&tidy::dependencies::graph(&metadata), &mut report);
    let files = tree::read(root).map_err(|error| format!("reading the tree: {error}"))?;
    tidy::check_files(&files, &mut report);
    report.note_machine_paths(&files, root);
    report.finish()
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<(), String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .status()
        .map_err(|error| format!("cargo {}: {error}", arguments[0]))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("cargo {} found something, see above", arguments[0]))
    }
}
