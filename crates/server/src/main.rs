//! The binary `parvis`: reads the configuration, wires the parts, handles signals. No rule lives here.
mod certificates;
mod commands;
mod config;
mod demo;
mod log;
mod resource;
mod running;

use clap::{Parser, Subcommand};
use config::{Config, LogConfig};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

/// Self-hosted meetings for people outside: the server.
#[derive(Parser)]
#[command(name = "parvis", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until SIGTERM or Ctrl-C.
    Serve {
        /// Configuration file; see config.example.toml.
        #[arg(long, env = "PARVIS_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Serves with a seeded organisation, members and meetings, and writes what was seeded as JSON once it is ready.
    Demo {
        /// Folder of the database and keys; a second start with the same folder keeps everything.
        #[arg(long)]
        dir: PathBuf,
        /// Where to listen for https; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:8443")]
        https: SocketAddr,
        /// Where to listen for plain http (loopback, pages only); port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:8080")]
        http: SocketAddr,
        /// File to write the connection string, members and meetings to.
        #[arg(long)]
        json: PathBuf,
        /// Configuration file for everything else.
        #[arg(long, env = "PARVIS_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Prints the certificate of this server's own authority (PEM), making it first if needed.
    Ca {
        /// Configuration file; see config.example.toml.
        #[arg(long, env = "PARVIS_CONFIG")]
        config: Option<PathBuf>,
        /// Folder of a `parvis demo` instead of the configured one.
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// Makes an external identity and a token for it, for trying things by hand.
    Token {
        /// Configuration file; see config.example.toml.
        #[arg(long, env = "PARVIS_CONFIG")]
        config: Option<PathBuf>,
        /// Folder of a `parvis demo` instead of the configured one.
        #[arg(long)]
        dir: Option<PathBuf>,
        /// The public address that the token names as its issuer, if it is not the configured one.
        #[arg(long)]
        public_url: Option<url::Url>,
        /// The resource's id; may be left out where there is only one.
        #[arg(long)]
        resource: Option<parvis_domain::ids::ResourceId>,
        /// Comma-separated scopes.
        #[arg(long, default_value = "chat,voip")]
        scopes: String,
    },
    /// Resources: list, create, rotate a key, and who may use one without a key. Works beside a running server.
    Resource {
        #[command(flatten)]
        place: resource::Place,
        #[command(subcommand)]
        command: resource::ResourceCommand,
    },
    /// Brings the database's schema up to date and ends.
    Migrate {
        /// Configuration file; see config.example.toml.
        #[arg(long, env = "PARVIS_CONFIG")]
        config: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .expect("installed once, at start");
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parvis: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), running::Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match command {
        Command::Serve { config } => {
            let config = Config::load(config.as_deref())?;
            log::start(&config.log);
            runtime.block_on(commands::serve(config))
        }
        Command::Demo {
            dir,
            https,
            http,
            json,
            config,
        } => {
            let config = demo::configure(Config::load(config.as_deref())?, dir, https, http)?;
            log::start(&config.log);
            runtime.block_on(demo::serve(config, &json))
        }
        Command::Ca { config, dir } => commands::print_ca(&configured(config, dir)?),
        Command::Token {
            config,
            dir,
            public_url,
            resource,
            scopes,
        } => {
            let config = quiet(config, dir, public_url)?;
            runtime.block_on(commands::print_token(config, resource, &scopes))
        }
        Command::Resource { place, command } => {
            let config = quiet(place.config, place.dir, place.public_url)?;
            runtime.block_on(resource::run(config, command))
        }
        Command::Migrate { config } => {
            runtime.block_on(commands::migrate(&Config::load(config.as_deref())?))
        }
    }
}

/// The configuration of a command whose output is for programs: only warnings are logged.
fn quiet(
    file: Option<PathBuf>,
    dir: Option<PathBuf>,
    public_url: Option<url::Url>,
) -> Result<Config, config::ConfigError> {
    let mut config = configured(file, dir)?;
    log::start(&LogConfig {
        filter: "warn".to_owned(),
        ..config.log
    });
    config.log = LogConfig::default();
    if let Some(url) = public_url {
        config.server.public_url = url;
    }
    Ok(config)
}

fn configured(file: Option<PathBuf>, dir: Option<PathBuf>) -> Result<Config, config::ConfigError> {
    let mut config = Config::load(file.as_deref())?;
    if let Some(dir) = dir {
        config.server.data_dir = dir;
    }
    Ok(config)
}
