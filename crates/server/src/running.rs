//! One node from sockets to shutdown: opens the store, binds, wires services and edge, serves, stops in order.
use crate::{certificates, config::Config};
use parvis_edge::{
    App, listen,
    udp::{UdpConfig, Workers},
};
use parvis_service::{Services, context::Context};
use parvis_store::Store;
use std::{
    net::{IpAddr, SocketAddr},
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
}

impl Node {
    /// Opens the store and binds every socket; nothing is answered yet.
    pub(crate) async fn prepare(config: Config) -> Result<Self, Failure> {
        let began = Instant::now();
        let https = bind(config.server.https_listen).await?;
        let http = bind(config.server.http_listen).await?;
        let origin = origin(&config.server.public_url, https.local_addr()?);
        let workers = Arc::new(Workers::start(media(&config, https.local_addr()?.ip()))?);
        let services = Arc::new(services(&config, origin.clone(), workers).await?);
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
        tracing::info!("stopped");
        Ok(())
    }
}

/// Opens the store and builds the services, for a node or for a command.
pub(crate) async fn services(
    config: &Config,
    origin: Url,
    media: Arc<dyn parvis_service::media::MediaPlane>,
) -> Result<Services, Failure> {
    std::fs::create_dir_all(&config.server.data_dir)?;
    let store = Store::open(&config.server.data_dir.join(DATABASE)).await?;
    let mut context = Context::new(store, origin);
    context
        .link_aliases
        .clone_from(&config.meetings.link_aliases);
    Ok(Services::new(context, media).await?)
}

/// Services without sockets, for a command that ends at once; its media plane refuses every call.
pub(crate) async fn command_services(config: &Config) -> Result<Services, Failure> {
    let media = Arc::new(parvis_service::media::NoMedia);
    services(config, config.server.public_url.clone(), media).await
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
