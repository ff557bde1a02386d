//! The client: one request, one bounded answer, no redirect, no proxy, no cookie, no wait without end.
use super::guard::{Guard, Refused};
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
    redirect::Policy,
};
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

/// Bytes of an answer that are read; the rest is dropped with the connection.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// How long each part may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Resolving and connecting, TLS included.
    pub connect: Duration,
    /// The whole of it.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(15),
        }
    }
}

/// What is sent, by POST.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// Content type and others.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// At most [`BODY_BYTES_MAX`].
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The guard said no.
    #[error("the address is refused: {0}")]
    Refused(#[from] Refused),
    /// The other side did not answer, or not in time. The text names no address.
    #[error("no answer: {0}")]
    Failed(&'static str),
    /// The client could not be made.
    #[error("the client cannot be made: {0}")]
    Setup(String),
}

/// Sends requests through a guard; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    guard: Guard,
    http: reqwest::Client,
}

impl Client {
    /// A client of these rules. It trusts the machine's authorities, and those of `authorities` (PEM) besides.
    pub fn new(
        guard: Guard,
        limits: Limits,
        authorities: Option<&Path>,
    ) -> Result<Self, ClientError> {
        let mut builder = reqwest::Client::builder()
            .dns_resolver(Arc::new(Guarded(guard.clone())))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .pool_max_idle_per_host(2)
            .user_agent(concat!("parvis/", env!("CARGO_PKG_VERSION")));
        if let Some(file) = authorities {
            let setup = |error: &dyn std::fmt::Display| ClientError::Setup(error.to_string());
            let pem = std::fs::read(file).map_err(|error| setup(&error))?;
            let trusted =
                reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| setup(&error))?;
            builder = builder.tls_certs_merge(trusted);
        }
        let http = builder.build();
        Ok(Self {
            guard,
            http: http.map_err(|error| ClientError::Setup(error.to_string()))?,
        })
    }

    /// What is refused whatever its name resolves to.
    pub fn check(&self, url: &str) -> Result<(), Refused> {
        self.guard.check(url).map(drop)
    }

    /// Sends one request and reads the answer as far as it is taken.
    pub async fn post(&self, request: Request) -> Result<Reply, ClientError> {
        let url = self.guard.check(&request.url)?;
        let sent = self
            .http
            .post(url)
            .headers(request.headers)
            .body(request.body)
            .send();
        let mut answer = sent.await.map_err(|error| failed(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
            let room = BODY_BYTES_MAX - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() >= room {
                break;
            }
        }
        Ok(Reply {
            status: answer.status().as_u16(),
            body,
        })
    }
}

/// The library's own texts name the address, which does not belong in a log.
fn failed(error: &reqwest::Error) -> ClientError {
    ClientError::Failed(if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "not connected"
    } else {
        "broken off"
    })
}

/// Resolves names for the connector: it connects to nothing but what is handed over here.
struct Guarded(Guard);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let picked: Vec<SocketAddr> = guard.pick(&host, found);
            if picked.is_empty() {
                return Err(Refused::Private.into());
            }
            Ok(Box::new(picked.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
