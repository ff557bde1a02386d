//! The page for people: docs/benchmarks.md, from the figures alone.
use serde_json::Value;
use std::fmt::Write;

/// The processor, how many of it, and the memory; no names.
pub(crate) fn machine() -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name"));
    let model = model
        .and_then(|line| line.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = cpus
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory
        .split_whitespace()
        .nth(1)
        .and_then(|kib| kib.parse::<u64>().ok());
    let gib = kib.unwrap_or(0) / (1_024 * 1_024);
    format!("{cores} cores ({model}), {gib} GiB")
}

/// Processes that waited for a processor, on average of the last minute: other work on the machine.
pub(crate) fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

fn today() -> String {
    let now = time::OffsetDateTime::now_utc().date();
    now.to_string()
}

/// The whole page.
pub(crate) fn page(figures: &Value) -> String {
    let mut page = String::new();
    let mut say = |line: &str| {
        page.push_str(line);
        page.push('\n');
    };
    say("# Benchmarks\n");
    say(
        "Written by `make bench`; do not edit. Figures of one machine on one day, as they came, with the load generator on the",
    );
    say("same machine. What each workload does: [bench/README.md](../bench/README.md).\n");
    say(&format!("- Date: {}", today()));
    say(&format!(
        "- Machine: {}, everything on it",
        text(&figures["machine"])
    ));
    say(&format!(
        "- Other work on it (load average of a minute): {} before, {} after\n",
        text(&figures["load_before"]),
        text(&figures["load_after"])
    ));
    levels(
        &mut page,
        "Identity and token in one signed request",
        &figures["token"],
        "oidc-provider: a token only, nothing saved",
        &figures["oidc_provider"]["token"],
    );
    levels(
        &mut page,
        "Send a message, one thread, durable",
        &figures["chat_send"],
        "Matrix Synapse, SQLite, one room",
        &figures["synapse"]["chat_send"],
    );
    fan_out(&mut page, figures);
    idle(&mut page, figures);
    list(&mut page, &figures["list"]);
    page
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "not measured".to_owned(),
        other => other.to_string(),
    }
}

fn ratio(ours: &Value, theirs: &Value) -> String {
    match (ours.as_f64(), theirs.as_f64()) {
        (Some(ours), Some(theirs)) if theirs > 0.0 => format!("{:.1}", ours / theirs),
        _ => "–".to_owned(),
    }
}

fn levels(page: &mut String, title: &str, ours: &Value, peer: &str, theirs: &Value) {
    let _ = writeln!(page, "## {title}\n\nPeer: {peer}.\n");
    let _ = writeln!(
        page,
        "| Clients | Parvis per s | p50 ms | p99 ms | processor µs each | Peer per s | p50 ms | Parvis : peer |\n|---|---|---|---|---|---|---|---|"
    );
    for (place, level) in ours.as_array().into_iter().flatten().enumerate() {
        let other = &theirs[place];
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            text(&level["clients"]),
            text(&level["per_second"]),
            text(&level["p50_ms"]),
            text(&level["p99_ms"]),
            text(&level["server_processor_us"]),
            text(&other["per_second"]),
            text(&other["p50_ms"]),
            ratio(&level["per_second"], &other["per_second"]),
        );
    }
    page.push('\n');
}

fn fan_out(page: &mut String, figures: &Value) {
    let _ = writeln!(
        page,
        "## From send to heard\n\nPeer: Matrix Synapse, long polling of 250 people in one room.\n\n\
         | | Listeners | p50 ms | p99 ms | Last listener p50 ms |\n|---|---|---|---|---|"
    );
    for (name, found) in [
        ("Parvis, 250 people", &figures["fan_out_250"]),
        (
            "Parvis, 250 people with 20 tabs each",
            &figures["fan_out_5000"],
        ),
        ("Synapse", &figures["synapse"]["fan_out_250"]),
    ] {
        let _ = writeln!(
            page,
            "| {name} | {} | {} | {} | {} |",
            text(&found["listeners"]),
            text(&found["p50_ms"]),
            text(&found["p99_ms"]),
            text(&found["last_listener_p50_ms"]),
        );
    }
    let p99 = ratio(
        &figures["synapse"]["fan_out_250"]["p99_ms"],
        &figures["fan_out_250"]["p99_ms"],
    );
    let _ = writeln!(page, "\nSynapse : Parvis, p99 with 250 listeners: {p99}\n");
}

fn idle(page: &mut String, figures: &Value) {
    let _ = writeln!(
        page,
        "## Idle sockets over TLS\n\n| Socket | Open | KiB each, resident |\n|---|---|---|"
    );
    for (name, found) in [
        ("news of chat", &figures["idle_chat"]),
        ("calling", &figures["idle_calling"]),
    ] {
        let (open, each) = (text(&found["sockets"]), text(&found["kib_per_socket"]));
        let _ = writeln!(page, "| {name} | {open} | {each} |");
    }
    page.push('\n');
}

fn list(page: &mut String, found: &Value) {
    let _ = writeln!(
        page,
        "## Many stored messages (4 clients)\n\n\
         | Stored in the thread | Send per s | p50 ms | Page of 50 per s | p50 ms |\n|---|---|---|---|---|"
    );
    for row in found.as_array().into_iter().flatten() {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            text(&row["stored"]),
            text(&row["send"]["per_second"]),
            text(&row["send"]["p50_ms"]),
            text(&row["list"]["per_second"]),
            text(&row["list"]["p50_ms"]),
        );
    }
}
