//! The configuration file: every key with its default. Unknown keys and nonsense stop the start.
//! `config.example.toml` at the root of the project documents each key and is read by a test here.
use parvis_domain::ids::ResourceId;
use parvis_edge::out::{Allowed, Guard, Rules};
use parvis_service::limits::ServiceLimits;
use serde::{Deserialize, Deserializer, de::Error};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) server: ServerConfig,
    pub(crate) tls: TlsConfig,
    pub(crate) meetings: MeetingsConfig,
    pub(crate) media: MediaConfig,
    pub(crate) webhooks: WebhooksConfig,
    pub(crate) log: LogConfig,
    pub(crate) limits: ServiceLimits,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServerConfig {
    #[serde(deserialize_with = "read_url")]
    pub(crate) public_url: Url,
    pub(crate) https_listen: SocketAddr,
    pub(crate) http_listen: SocketAddr,
    pub(crate) data_dir: PathBuf,
    pub(crate) connections_max: usize,
    pub(crate) connections_per_address_max: usize,
    pub(crate) shutdown_grace_s: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TlsConfig {
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MeetingsConfig {
    pub(crate) link_aliases: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MediaConfig {
    pub(crate) workers: usize,
    pub(crate) bind: IpAddr,
    pub(crate) first_port: u16,
    pub(crate) announce: Vec<IpAddr>,
    pub(crate) tcp: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WebhooksConfig {
    pub(crate) allow: Vec<String>,
    pub(crate) loopback_http: bool,
    pub(crate) authorities_file: Option<PathBuf>,
    pub(crate) incoming_calls: Vec<IncomingCallsConfig>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncomingCallsConfig {
    pub(crate) resource: Option<ResourceId>,
    pub(crate) url: String,
}

impl WebhooksConfig {
    /// What may be called out.
    pub(crate) fn guard(&self) -> Result<Guard, ConfigError> {
        let read = |text: &String| {
            text.parse::<Allowed>()
                .map_err(|why| ConfigError(format!("webhooks.allow: {text} {why}")))
        };
        Ok(Guard::new(Rules {
            allowed: self.allow.iter().map(read).collect::<Result<_, _>>()?,
            loopback_http: self.loopback_http,
        }))
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.allow.len() > 64 || self.incoming_calls.len() > 64 {
            return Err(ConfigError(
                "webhooks.allow and webhooks.incoming_calls hold at most 64 entries".to_owned(),
            ));
        }
        let guard = self.guard()?;
        for incoming in &self.incoming_calls {
            guard
                .check(&incoming.url)
                .map_err(|why| ConfigError(format!("webhooks.incoming_calls: an address {why}")))?;
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    pub(crate) format: LogFormat,
    pub(crate) filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            public_url: Url::parse("https://localhost:8443").expect("a constant address"),
            https_listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            http_listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data_dir: PathBuf::from("parvis-data"),
            connections_max: 20_000,
            connections_per_address_max: 4_000,
            shutdown_grace_s: 10,
        }
    }
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            workers: 0,
            bind: Ipv4Addr::UNSPECIFIED.into(),
            first_port: 3478,
            announce: Vec::new(),
            tcp: true,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info".to_owned(),
        }
    }
}

fn read_url<'de, D: Deserializer<'de>>(source: D) -> Result<Url, D::Error> {
    Url::parse(&String::deserialize(source)?).map_err(D::Error::custom)
}

/// Why the configuration cannot be used; the text is for the operator.
#[derive(Debug)]
pub(crate) struct ConfigError(pub(crate) String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks a file; without one, the defaults.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let config = match file {
            None => Self::default(),
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|error| {
                    ConfigError(format!("cannot read {}: {error}", file.display()))
                })?;
                toml::from_str(&text)
                    .map_err(|error| ConfigError(format!("{}: {error}", file.display())))?
            }
        };
        config.check()?;
        Ok(config)
    }

    /// Refuses what cannot work, with the reason.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refuse = |text: &str| Err(ConfigError(text.to_owned()));
        let url = &self.server.public_url;
        if url.scheme() != "https" || url.host_str().is_none() {
            return refuse(
                "server.public_url must be an https address: the SDKs refuse anything else",
            );
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refuse(
                "server.public_url must be the root of a host: links break under a path",
            );
        }
        if self.tls.certificate_file.is_some() != self.tls.key_file.is_some() {
            return refuse("tls.certificate_file and tls.key_file belong together");
        }
        if !self.server.http_listen.ip().is_loopback() {
            return refuse("server.http_listen must be a loopback address: it is plain http");
        }
        if self.server.connections_max < 16 {
            return refuse("server.connections_max must be at least 16");
        }
        if self.server.connections_per_address_max < 16 {
            return refuse("server.connections_per_address_max must be at least 16");
        }
        let aliases = &self.meetings.link_aliases;
        let is_host = |host: &String| matches!(url::Host::parse(host), Ok(url::Host::Domain(_)));
        if aliases.len() > 64 || !aliases.iter().all(is_host) {
            return refuse("meetings.link_aliases must be at most 64 host names, without port");
        }
        if !self.limits.are_usable() {
            return refuse("every limit in [limits] must be at least 1");
        }
        if self.media.workers > 256 {
            return refuse("media.workers must be at most 256");
        }
        self.webhooks.check()
    }

    /// How long open requests may go on at shutdown.
    pub(crate) fn grace(&self) -> Duration {
        Duration::from_secs(self.server.shutdown_grace_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_holds_every_key_with_its_default() {
        let text = include_str!("../../../config.example.toml");
        let uncommented: String = text
            .lines()
            .map(|line| match line.strip_prefix("#= ") {
                Some(setting) => format!("{setting}\n"),
                None => format!("{line}\n"),
            })
            .collect();
        let example: Config = toml::from_str(&uncommented).expect("the example parses");
        let files = TlsConfig {
            certificate_file: Some(PathBuf::from("/etc/parvis/fullchain.pem")),
            key_file: Some(PathBuf::from("/etc/parvis/privkey.pem")),
        };
        assert_eq!(
            example,
            Config {
                tls: files,
                webhooks: WebhooksConfig {
                    authorities_file: Some(PathBuf::from("/etc/parvis/receivers.pem")),
                    incoming_calls: vec![IncomingCallsConfig {
                        resource: None,
                        url: "https://app.example/incoming".to_owned(),
                    }],
                    ..WebhooksConfig::default()
                },
                ..Config::default()
            }
        );
        for key in [
            "public_url",
            "https_listen",
            "http_listen",
            "data_dir",
            "connections_max",
            "connections_per_address_max",
            "shutdown_grace_s",
            "link_aliases",
            "workers",
            "create_per_30s",
            "issue_per_30s",
            "revoke_per_30s",
            "delete_per_30s",
            "exchange_per_30s",
            "threads_per_10s",
            "changes_per_10s",
            "messages_per_10s",
            "reads_per_10s",
            "signals_per_10s",
            "change_per_30s",
            "read_per_30s",
            "allow",
            "loopback_http",
            "incoming_calls",
        ] {
            assert!(
                text.contains(&format!("{key} =")),
                "{key} is missing in config.example.toml"
            );
        }
    }

    #[test]
    fn unknown_keys_and_nonsense_stop_the_start() {
        for text in [
            "[server]\nport = 1",
            "[serve]\n",
            "[media]\nworkers = -1",
            "[log]\nformat = 'xml'",
            "[server]\nconnections_max = '5'",
            "[limits.identity]\ncreate = 1",
            "[limits.chat]\nmessages_per_10s = -1",
        ] {
            assert!(toml::from_str::<Config>(text).is_err(), "{text}");
        }
        for text in [
            "[server]\npublic_url = 'http://a.example'",
            "[server]\npublic_url = 'https://a.example/parvis'",
            "[tls]\nkey_file = 'a'",
            "[server]\nhttp_listen = '0.0.0.0:80'",
            "[server]\nconnections_max = 1",
            "[meetings]\nlink_aliases = ['a.example:443']",
            "[meetings]\nlink_aliases = ['https://a.example/']",
            "[limits.identity]\nissue_per_30s = 0",
            "[limits.rooms]\nread_per_30s = 0",
            "[webhooks]\nallow = ['10.0.0.0/99']",
            "[webhooks]\nallow = ['https://a.example']",
            "[webhooks]\nincoming_calls = [{ url = 'http://a.example/' }]",
            "[webhooks]\nincoming_calls = [{ url = 'https://10.0.0.1/' }]",
        ] {
            let config: Config = toml::from_str(text).expect("well formed");
            assert!(config.check().is_err(), "{text}");
        }
    }
}
