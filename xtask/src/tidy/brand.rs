//! [M2] The product never calls itself after somebody else's brand. Visible words of the pages hold no protected name;
//! names that the wire or a package gives (`microsoftTeamsUser`, `@azure/...`) are not visible words.
use super::Report;
use crate::tree::SourceFile;

const PAGES: &[&str] = &["web/apps/", "web/packages/react/", "samples/"];
const PROTECTED: &[&str] = &["Microsoft", "Teams", "Azure", "Skype"];

/// Looks at scripts, markup and styles of the pages, comments and imports left out.
pub(crate) fn check(tree: &[SourceFile], report: &mut Report) {
    let pages = tree
        .iter()
        .filter(|file| PAGES.iter().any(|page| file.path.starts_with(page)));
    for file in pages.filter(|file| {
        matches!(
            file.extension(),
            "ts" | "tsx" | "js" | "jsx" | "mjs" | "html" | "css"
        )
    }) {
        for (index, line) in file
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| !is_silent(line))
        {
            for name in PROTECTED.iter().filter(|name| holds_word(line, name)) {
                let place = format!("{}:{}", file.path, index + 1);
                report.problem(&place, format!("shows the name {name}, which is not ours"));
            }
        }
    }
}

/// A comment or an import: nobody sees it.
fn is_silent(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "*", "/*", "import ", "<!--", "} from "]
        .iter()
        .any(|start| line.starts_with(start))
}

fn holds_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let part_of_name =
            |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !part_of_name(before) && !part_of_name(after)
    })
}

#[cfg(test)]
mod tests {
    use super::super::problems_of;
    use super::check;

    fn problems(path: &str, text: &str) -> usize {
        problems_of(check, &[(path, text)]).len()
    }

    // [M2]
    #[test]
    fn a_visible_brand_fails() {
        assert_eq!(
            problems("web/apps/host/src/home.tsx", "<p>Join on Teams</p>"),
            1
        );
        assert_eq!(
            problems(
                "web/apps/visit/index.html",
                "<title>Microsoft visit</title>"
            ),
            1
        );
    }

    // [M2]
    #[test]
    fn wire_names_packages_and_plain_statements_elsewhere_pass() {
        let text = "import { x } from '@azure/communication-react';\nconst k = 'microsoftTeamsUser';\nclass TeamsCallAgent {}\n// like Teams";
        assert_eq!(problems("web/apps/host/src/home.tsx", text), 0);
        assert_eq!(
            problems("docs/guide.md", "Works with apps built on Azure."),
            0
        );
    }
}
