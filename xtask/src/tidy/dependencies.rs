//! Dependencies point one way. Who may import whom is a table, and the pure crates pull in no runtime and no socket.
use super::Report;
use cargo_metadata::{DependencyKind, Metadata};
use std::collections::{BTreeMap, BTreeSet};

/// What each crate may name of ours. The binary wires everything; the simulator is for tests only.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("parvis-domain", &[]),
    ("parvis-media", &[]),
    ("parvis-sim", &[]),
    ("parvis-signalling", &["parvis-domain"]),
    ("parvis-store", &["parvis-domain"]),
    (
        "parvis-service",
        &["parvis-domain", "parvis-store", "parvis-media"],
    ),
    (
        "parvis-edge",
        &[
            "parvis-service",
            "parvis-signalling",
            "parvis-media",
            "parvis-domain",
        ],
    ),
    (
        "parvis-server",
        &[
            "parvis-domain",
            "parvis-media",
            "parvis-signalling",
            "parvis-store",
            "parvis-service",
            "parvis-edge",
        ],
    ),
    // Loads a running server from outside.
    ("parvis-load", &[]),
    ("xtask", &[]),
];
const PURE: &[&str] = &[
    "parvis-domain",
    "parvis-media",
    "parvis-signalling",
    "parvis-sim",
];
const IMPURE: &[&str] = &[
    "tokio",
    "mio",
    "socket2",
    "axum",
    "hyper",
    "sqlx",
    "sqlx-core",
    "reqwest",
    "quinn-udp",
];
/// Test benches that any crate's tests may use.
const TEST_ONLY: &[&str] = &["parvis-sim"];

/// The workspace's crates and what they pull in.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Our crates: the crates of ours named under `[dependencies]`.
    pub named: BTreeMap<String, BTreeSet<String>>,
    /// Our crates: the crates of ours named under `[dev-dependencies]`.
    pub named_by_tests: BTreeMap<String, BTreeSet<String>>,
    /// Our crates: every package in the tree below, whoever names it.
    pub pulled: BTreeMap<String, BTreeSet<String>>,
}

/// Reads the graph out of cargo's own answer.
pub(crate) fn graph(metadata: &Metadata) -> Graph {
    let ours: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    let mut graph = Graph::default();
    for package in metadata.workspace_packages() {
        let of_kind = |kind: DependencyKind| -> BTreeSet<String> {
            let named = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == kind);
            named
                .map(|dependency| dependency.name.clone())
                .filter(|name| ours.contains(name))
                .collect()
        };
        let name = package.name.to_string();
        graph
            .named
            .insert(name.clone(), of_kind(DependencyKind::Normal));
        graph
            .named_by_tests
            .insert(name.clone(), of_kind(DependencyKind::Development));
        graph.pulled.insert(name, pulled(metadata, &package.id));
    }
    graph
}

fn pulled(metadata: &Metadata, package: &cargo_metadata::PackageId) -> BTreeSet<String> {
    let Some(resolve) = &metadata.resolve else {
        return BTreeSet::new();
    };
    let mut seen = BTreeSet::new();
    let mut waiting = vec![package.clone()];
    while let Some(id) = waiting.pop() {
        let Some(node) = resolve.nodes.iter().find(|node| node.id == id) else {
            continue;
        };
        for dependency in &node.deps {
            let normal = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal);
            if normal && seen.insert(dependency.pkg.clone()) {
                waiting.push(dependency.pkg.clone());
            }
        }
    }
    let named = metadata
        .packages
        .iter()
        .filter(|package| seen.contains(&package.id));
    named.map(|package| package.name.to_string()).collect()
}

/// Fails for each edge that the table does not list and for each runtime below a pure crate.
pub(crate) fn check(graph: &Graph, report: &mut Report) {
    for (name, named) in &graph.named {
        let Some((_, allowed)) = MAY_NAME.iter().find(|(krate, _)| krate == name) else {
            report.problem(
                name,
                "is a new crate: give it a row in the table of who may import whom",
            );
            continue;
        };
        for other in named
            .iter()
            .filter(|other| !allowed.contains(&other.as_str()))
        {
            report.problem(name, format!("must not depend on {other}"));
        }
        let by_tests = graph.named_by_tests.get(name).into_iter().flatten();
        for other in by_tests.filter(|other| {
            !allowed.contains(&other.as_str()) && !TEST_ONLY.contains(&other.as_str())
        }) {
            report.problem(
                name,
                format!("must not depend on {other}, not even in tests"),
            );
        }
    }
    for krate in PURE {
        let below = graph.pulled.get(*krate).into_iter().flatten();
        for other in below.filter(|other| IMPURE.contains(&other.as_str())) {
            report.problem(krate, format!("is pure but pulls in {other}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(krate: &str, named: &[&str], by_tests: &[&str], pulled: &[&str]) -> Vec<String> {
        let set = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<BTreeSet<_>>()
        };
        let graph = Graph {
            named: [(krate.to_owned(), set(named))].into(),
            named_by_tests: [(krate.to_owned(), set(by_tests))].into(),
            pulled: [(krate.to_owned(), set(pulled))].into(),
        };
        let mut report = Report::default();
        check(&graph, &mut report);
        report.problems
    }

    #[test]
    fn listed_edges_pass() {
        assert!(
            sample(
                "parvis-service",
                &["parvis-domain", "parvis-store"],
                &["parvis-sim"],
                &[]
            )
            .is_empty()
        );
    }

    #[test]
    fn an_edge_against_the_direction_fails() {
        assert_eq!(sample("parvis-edge", &["parvis-store"], &[], &[]).len(), 1);
        assert_eq!(
            sample("parvis-domain", &["parvis-service"], &[], &[]).len(),
            1
        );
        assert_eq!(sample("parvis-edge", &[], &["parvis-store"], &[]).len(), 1);
    }

    #[test]
    fn a_runtime_below_a_pure_crate_fails() {
        assert_eq!(
            sample("parvis-media", &[], &[], &["str0m", "tokio"]).len(),
            1
        );
        assert!(sample("parvis-edge", &[], &[], &["tokio"]).is_empty());
    }

    #[test]
    fn an_unknown_crate_asks_for_a_row() {
        assert_eq!(sample("parvis-extras", &[], &[], &[]).len(), 1);
    }
}
