//! One node from sockets to shutdown: opens the store, binds, wires services and edge, serves, stops in order.
use crate::{
    certificates,
    config::{Config, WebhooksConfig},
};
use parvis_edge::{
    App, listen,
    out::{Client, Limits},
    rest::automation::WebhookCourier,
    udp::{UdpConfig, Workers},
};
use parvis_service::{Services, context::Context, webhooks::Webhooks};
use parvis_store::Store;
use std::{
    fs::{File, TryLockError},
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Instant,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;
use url::Url;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The database's file within the data folder.
pub(crate) const DATABASE: &str = "parvis.db";

/// A node that has its sockets and services but does not answer yet.
pub(crate) struct Node {
    pub(crate) config: Config,
    pub(crate) services: Arc<Services>,
    pub(crate) origin: Url,
    pub(crate) http_address: SocketAddr,
    /// The application of the demo page, where there is one.
    pub(crate) app: App,
    stop: watch::Sender<bool>,
    https: TcpListener,
    http: TcpListener,
    began: Instant,
    workers: Arc<Workers>,
    _folder: File,
}

impl Node {
    /// Opens the store and binds every socket; nothing is answered yet.
    pub(crate) async fn prepare(config: Config) -> Result<Self, Failure> {
        let began = Instant::now();
        let folder = own_folder(&config.server.data_dir)?;
        let https = bind(config.server.https_listen).await?;
        let http = bind(config.server.http_listen).await?;
        let origin = origin(&config.server.public_url, https.local_addr()?);
        let workers = Arc::new(Workers::start(media(&config, https.local_addr()?.ip()))?);
        let services = Arc::new(
            Services::new(context(&config, origin.clone()).await?, workers.clone()).await?,
        );
        let (stop, shutdown) = watch::channel(false);
        let app = App::new(services.clone(), shutdown);
        Ok(Self {
            http_address: http.local_addr()?,
            config,
            services,
            origin,
            app,
            stop,
            https,
            http,
            began,
            workers,
            _folder: folder,
        })
    }

    /// Serves until a signal asks to stop. `ready` runs once both listeners answer.
    pub(crate) async fn serve(
        self,
        ready: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let server = &self.config.server;
        let host = self.origin.host_str().unwrap_or("localhost");
        let tls = TlsAcceptor::from(certificates::server_config(
            &self.config.tls,
            &server.data_dir,
            host,
        )?);
        let limits = listen::Limits {
            connections_max: server.connections_max,
            connections_per_address_max: server.connections_per_address_max,
            grace: self.config.grace(),
        };
        let shutdown = self.app.shutdown.clone();
        let all = parvis_edge::rest::router(self.app.clone());
        let pages = parvis_edge::rest::pages_router(self.app.clone());
        let https = tokio::spawn(listen::serve(
            self.https,
            all,
            Some(tls),
            limits,
            shutdown.clone(),
        ));
        let http = tokio::spawn(listen::serve(self.http, pages, None, limits, shutdown));
        ready()?;
        tracing::info!(origin = %self.origin, ready_ms = self.began.elapsed().as_millis() as u64, "ready");
        wait_for_signal().await?;
        tracing::info!("stopping");
        self.stop.send_replace(true);
        let _ = tokio::join!(https, http);
        self.services.stop().await;
        self.workers.stop();
        tracing::info!("stopped");
        Ok(())
    }
}

async fn context(config: &Config, origin: Url) -> Result<Context, Failure> {
    std::fs::create_dir_all(&config.server.data_dir)?;
    let file = config.server.data_dir.join(DATABASE);
    let store = Store::open(&file).await?;
    let mut context = Context::new(store, origin);
    context.limits = config.limits;
    context
        .link_aliases
        .clone_from(&config.meetings.link_aliases);
    context.webhooks = webhooks(&config.webhooks)?;
    Ok(context)
}

fn webhooks(config: &WebhooksConfig) -> Result<Webhooks, Failure> {
    let authorities = config.authorities_file.as_deref();
    let client = Client::new(config.guard()?, Limits::default(), authorities)?;
    let incoming_calls = config.incoming_calls.iter();
    Ok(Webhooks {
        courier: Arc::new(WebhookCourier::new(client)),
        incoming_calls: incoming_calls
            .map(|incoming| (incoming.resource, incoming.url.clone()))
            .collect(),
        ..Webhooks::default()
    })
}

/// Services for a command that ends at once; a server may run on the same folder.
pub(crate) async fn command_services(config: &Config) -> Result<Services, Failure> {
    let context = context(config, config.server.public_url.clone()).await?;
    Ok(Services::for_command(context))
}

/// Makes the data folder this process's own until the file is dropped; a crash gives it back too. Two servers on one
/// folder would each end the other's calls.
pub(crate) fn own_folder(data_dir: &Path) -> Result<File, Failure> {
    std::fs::create_dir_all(data_dir)?;
    let file = File::create(data_dir.join("parvis.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(format!("another server runs on {}", data_dir.display()).into())
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Port 0 in the public address stands for the port that was bound.
fn origin(public_url: &Url, bound: SocketAddr) -> Url {
    let mut origin = public_url.clone();
    if origin.port() == Some(0) {
        let _ = origin.set_port(Some(bound.port()));
    }
    origin
}

fn media(config: &Config, https: IpAddr) -> UdpConfig {
    let media = &config.media;
    // A server that only this machine reaches needs no port on the network either.
    let bind = if https.is_loopback() && media.announce.is_empty() {
        https
    } else {
        media.bind
    };
    UdpConfig {
        workers: media.workers,
        bind: vec![bind],
        first_port: media.first_port,
        announce: media.announce.clone(),
        tcp: media.tcp,
        ..UdpConfig::default()
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}").into())
}

async fn wait_for_signal() -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::own_folder;

    #[test]
    fn a_folder_has_one_server() {
        let folder = tempfile::tempdir().expect("folder");
        let first = own_folder(folder.path()).expect("free");
        assert!(own_folder(folder.path()).is_err());
        drop(first);
        own_folder(folder.path()).expect("free again");
    }
}
