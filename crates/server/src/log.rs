//! Where log lines go: standard error, as text or JSON.
use crate::config::{LogConfig, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Media libraries write addresses of people when asked for detail, so `debug` alone does not ask them: an operator has to
/// name them.
const QUIET: &str = "str0m=error,is=warn,dimpl=warn";

/// Starts logging. A filter that cannot be read falls back to `info`, and says so.
pub(crate) fn start(config: &LogConfig) {
    let (filter, complaint) = match EnvFilter::try_new(format!("{QUIET},{}", config.filter)) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(format!("{QUIET},info")), Some(error)),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(true);
    match config.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    if let Some(error) = complaint {
        tracing::warn!(%error, "log.filter cannot be read; using info");
    }
}
