//! The rows of the feature table, read from rows.txt.
use super::tags::Tagged;
use std::collections::BTreeMap;

/// The list that is committed beside this file.
pub(crate) const TEXT: &str = include_str!("rows.txt");

/// One chapter of the table.
#[derive(Debug)]
pub(crate) struct Heading {
    pub title: String,
    pub rows: Vec<Row>,
}

/// One feature.
#[derive(Debug)]
pub(crate) struct Row {
    pub id: String,
    pub priority: String,
    /// The kinds of test any one of which proves the whole row.
    pub proofs: Vec<String>,
    pub title: String,
    /// A part that is known to be missing.
    pub open: Option<String>,
}

impl Row {
    /// `tested`, `partly` or `not yet`.
    pub(crate) fn state(&self, tests: &BTreeMap<String, Vec<Tagged>>) -> &'static str {
        let found = tests.get(&self.id).map_or(&[][..], Vec::as_slice);
        let whole = found
            .iter()
            .any(|test| self.proofs.iter().any(|proof| proof == test.kind()));
        match (found.is_empty(), whole && self.open.is_none()) {
            (true, _) => "not yet",
            (false, true) => "tested",
            (false, false) => "partly",
        }
    }
}

/// Reads the list. A line that is no row, heading or comment is a mistake of ours, so it panics.
pub(crate) fn parse(text: &str) -> Vec<Heading> {
    let mut headings: Vec<Heading> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("# "))
    {
        if let Some(title) = line.strip_prefix("## ") {
            headings.push(Heading {
                title: title.to_owned(),
                rows: Vec::new(),
            });
            continue;
        }
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        assert!(
            fields.len() == 4 || fields.len() == 5,
            "rows.txt: `{line}` has {} fields",
            fields.len()
        );
        let row = Row {
            id: fields[0].to_owned(),
            priority: fields[1].to_owned(),
            proofs: fields[2]
                .split(',')
                .map(|proof| proof.trim().to_owned())
                .collect(),
            title: fields[3].to_owned(),
            open: fields.get(4).map(|open| (*open).to_owned()),
        };
        headings
            .last_mut()
            .expect("rows.txt starts with a heading")
            .rows
            .push(row);
    }
    headings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_well_formed() {
        let headings = parse(TEXT);
        let mut counts: BTreeMap<char, Vec<u32>> = BTreeMap::new();
        for row in headings.iter().flat_map(|heading| &heading.rows) {
            assert!(
                ["core", "next", "later"].contains(&row.priority.as_str()),
                "{row:?}"
            );
            assert!(
                row.proofs
                    .iter()
                    .all(|proof| ["browser", "sdk", "code"].contains(&proof.as_str())),
                "{row:?}"
            );
            let chapter = row.id.chars().next().unwrap();
            counts
                .entry(chapter)
                .or_default()
                .push(row.id[1..].parse().unwrap());
        }
        assert_eq!(counts.keys().collect::<String>(), "ABCDEFGHIJKLMN");
        for (chapter, numbers) in counts {
            let expected: Vec<u32> = (1..=u32::try_from(numbers.len()).unwrap()).collect();
            assert_eq!(numbers, expected, "chapter {chapter}");
        }
    }
}
