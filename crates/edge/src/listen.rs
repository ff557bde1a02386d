//! The TCP listeners: accepts connections, does TLS, and hands requests to the router with the peer's address.
//! Bounded: connections, also of one address, time for the handshake, time for a request's head and for its body.
mod body;
mod seats;

use axum::{Router, extract::ConnectInfo};
use body::Timed;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto,
        graceful::{GracefulShutdown, Watcher},
    },
};
use seats::{Addresses, Place};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tower::Service;

/// How long a peer may take for the TLS handshake.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// How long a peer may take to send a request's head; also ends idle keep-alive connections.
const HEAD_MAX: Duration = Duration::from_secs(60);
/// How long a peer may take for a request's body.
const BODY_MAX: Duration = Duration::from_secs(60);
/// Pause after `accept` failed, most often because the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How a listener behaves.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once; further ones wait in the kernel's queue.
    pub connections_max: usize,
    /// Connections of one address open at once; further ones are closed. A whole office may sit behind one.
    pub connections_per_address_max: usize,
    /// How long open requests may go on after shutdown began.
    pub grace: Duration,
}

/// Serves `router` on `listener` until `shutdown` turns true and open requests have ended (or `limits.grace` is over).
/// With `tls`, every connection is TLS.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    mut shutdown: watch::Receiver<bool>,
) {
    let seats = Arc::new(Semaphore::new(limits.connections_max));
    let addresses = Addresses::new(limits.connections_per_address_max);
    let graceful = GracefulShutdown::new();
    loop {
        let seat = tokio::select! {
            seat = seats.clone().acquire_owned() => seat,
            _ = shutdown.wait_for(|stop| *stop) => break,
        };
        let Ok(seat) = seat else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = shutdown.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = addresses.take(peer.ip()) else {
                    tracing::debug!("a connection was closed: its address has too many");
                    continue;
                };
                let connection = Connection {
                    peer,
                    router: router.clone(),
                    watcher: graceful.watcher(),
                    _seat: seat,
                    _place: place,
                };
                tokio::spawn(connection.run(stream, tls.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "accept failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.grace, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some connections were still open at the end of the grace time");
    }
}

struct Connection {
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
    _seat: OwnedSemaphorePermit,
    _place: Place,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        // Without this a small answer waits for the peer's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        match tls {
            None => self.serve(stream).await,
            Some(acceptor) => {
                match tokio::time::timeout(HANDSHAKE_MAX, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => self.serve(stream).await,
                    Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
                    Err(_) => tracing::debug!("TLS handshake took too long"),
                }
            }
        }
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S) {
        let Self {
            peer,
            router,
            watcher,
            _seat,
            _place,
        } = self;
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router
                .clone()
                .call(request.map(|body| Timed::new(body, BODY_MAX)))
        });
        let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_MAX);
        let connection = builder
            .serve_connection_with_upgrades(TokioIo::new(stream), service)
            .into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "connection ended");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_listener_stops_when_it_is_asked_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = listener.local_addr().expect("address");
        let (stop, stopped) = watch::channel(false);
        let limits = Limits {
            connections_max: 1,
            connections_per_address_max: 1,
            grace: Duration::from_millis(100),
        };
        let serving = tokio::spawn(serve(listener, Router::new(), None, limits, stopped));
        let first = TcpStream::connect(address).await.expect("connect");
        // It takes the one place and says nothing.
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.send_replace(true);
        let ended = tokio::time::timeout(Duration::from_secs(5), serving).await;
        ended.expect("in time").expect("no panic");
        drop(first);
    }
}
