//! The load generator: measures a release binary of Parvis beside peers on the same machine, and kills it again and again
//! to see that nothing acknowledged is lost. It knows the server from outside only.
mod figures;
mod http;
mod kills;
mod parvis;
mod peers;
mod report;
mod workloads;

use clap::{Parser, Subcommand};
use http::Failure;
use parvis::Server;
use serde_json::{Value, json};
use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

#[derive(Parser)]
#[command(name = "parvis-load", about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures, prints the figures and writes them as JSON.
    Measure {
        /// The server's release binary.
        #[arg(long)]
        binary: PathBuf,
        /// Python with the peer for chat installed; left out, chat is measured alone.
        #[arg(long)]
        synapse: Option<PathBuf>,
        /// Folder with the peer for tokens installed; left out, tokens are measured alone.
        #[arg(long)]
        tokens: Option<PathBuf>,
        /// Only these workloads, separated by commas.
        #[arg(long, value_delimiter = ',')]
        only: Vec<String>,
        /// File for the figures.
        #[arg(long)]
        json: Option<PathBuf>,
        /// Page for people, written from the figures.
        #[arg(long)]
        page: Option<PathBuf>,
    },
    /// Writes the page again from figures measured before.
    Page {
        /// The figures.
        #[arg(long)]
        json: PathBuf,
        /// The page.
        #[arg(long)]
        page: PathBuf,
    },
    /// Kills the server during chat and looks whether everything acknowledged is there, once and in order.
    Kills {
        /// The server's binary.
        #[arg(long)]
        binary: PathBuf,
        /// How often.
        #[arg(long, default_value_t = 1_000)]
        count: u32,
        /// Draws the moments; the same seed draws the same ones.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new();
    let run = |runtime: tokio::runtime::Runtime| runtime.block_on(run(Arguments::parse().command));
    match runtime.map_err(Failure::from).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parvis-load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Measure {
            binary,
            synapse,
            tokens,
            only,
            json,
            page,
        } => {
            let mut figures = measure(&binary, &only).await?;
            let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
            if let Some(python) = synapse.filter(|_| wanted("peers")) {
                note_peer(&mut figures, "synapse", peers::synapse(&python).await);
            }
            if let Some(folder) = tokens.filter(|_| wanted("peers")) {
                let found = peers::oidc_provider(&folder).await;
                note_peer(&mut figures, "oidc_provider", found);
            }
            if let Some(json) = json {
                std::fs::write(json, format!("{figures:#}\n"))?;
            }
            match page {
                Some(page) => Ok(std::fs::write(page, report::page(&figures))?),
                None => Ok(()),
            }
        }
        Command::Page { json, page } => {
            let figures: Value = serde_json::from_slice(&std::fs::read(json)?)?;
            Ok(std::fs::write(page, report::page(&figures))?)
        }
        Command::Kills {
            binary,
            count,
            seed,
        } => kills::run(&binary, count, seed).await,
    }
}

/// Keeps a workload's figures and prints them at once.
fn note(figures: &mut Value, name: &str, found: Value) {
    eprintln!("{name}: {found}");
    figures[name] = found;
}

/// A peer that does not run is no reason to lose our own figures.
fn note_peer(figures: &mut Value, name: &str, found: Result<Value, Failure>) {
    match found {
        Ok(found) => note(figures, name, found),
        Err(error) => eprintln!("{name} was not measured: {error}"),
    }
}

async fn measure(binary: &std::path::Path, only: &[String]) -> Result<Value, Failure> {
    let mut figures = json!({ "machine": report::machine(), "load_before": report::load() });
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
    let fresh = async || {
        let (kept, folder) = parvis::folder()?;
        let server = Arc::new(Server::start(binary, &folder, 0).await?);
        Ok::<_, Failure>((kept, server))
    };
    if wanted("token") {
        let (_kept, server) = fresh().await?;
        note(&mut figures, "token", workloads::token(server).await?);
    }
    if wanted("chat-send") {
        let (_kept, server) = fresh().await?;
        note(
            &mut figures,
            "chat_send",
            workloads::chat_send(server).await?,
        );
    }
    if wanted("fan-out") {
        let (_kept, server) = fresh().await?;
        let pause = Duration::from_millis(100);
        let small = workloads::fan_out(server.clone(), 250, 1, 100, pause).await?;
        note(&mut figures, "fan_out_250", small);
        // The largest thread has 250 people, so 5,000 listeners are 20 tabs of each.
        let pause = Duration::from_millis(500);
        let large = workloads::fan_out(server, 250, 20, 30, pause).await?;
        note(&mut figures, "fan_out_5000", large);
    }
    if wanted("idle") {
        let (_kept, server) = fresh().await?;
        let chat = workloads::idle(server, 10_000, false).await?;
        note(&mut figures, "idle_chat", chat);
        let (_kept, server) = fresh().await?;
        // All from one address, of which no more are let in.
        let calling = workloads::idle(server, 2_000, true).await?;
        note(&mut figures, "idle_calling", calling);
    }
    if wanted("list") {
        let (_kept, server) = fresh().await?;
        note(
            &mut figures,
            "list",
            workloads::list(server, 100_000).await?,
        );
    }
    figures["load_after"] = report::load().into();
    Ok(figures)
}
