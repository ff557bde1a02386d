//! A small HTTP/1.1 client on one kept TLS connection: it takes as little as possible of the machine that it measures.
//! Answers carry their length or come in chunks; nothing else is understood.
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1_024 * 1_024;

static TLS: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    Arc::new(config)
});

/// Accepts every certificate: the servers measured are on this machine, and what is sent is worth nothing.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// A TLS stream to a port of this machine.
pub(crate) async fn connect_tls(port: u16) -> Result<TlsStream<TcpStream>, Failure> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost")?;
    Ok(TlsConnector::from(TLS.clone())
        .connect(name, stream)
        .await?)
}

/// One kept connection.
pub(crate) struct Connection {
    stream: TlsStream<TcpStream>,
    host: String,
    buffer: Vec<u8>,
}

/// A complete answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The answer when it has the status that stands for success here.
    pub(crate) fn expect(self, status: u16) -> Result<Self, Failure> {
        if self.status == status {
            return Ok(self);
        }
        let body = String::from_utf8_lossy(&self.body);
        Err(format!("{} instead of {status}: {body}", self.status).into())
    }
}

impl Connection {
    pub(crate) async fn open(port: u16) -> Result<Self, Failure> {
        Ok(Self {
            stream: connect_tls(port).await?,
            host: format!("localhost:{port}"),
            buffer: Vec::with_capacity(4_096),
        })
    }

    /// The value of the `Host` header.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Sends a request and waits for its answer. `headers` are whole lines, each with its end.
    pub(crate) async fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &str,
        body: &str,
    ) -> Result<Answer, Failure> {
        let host = &self.host;
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<Answer, Failure> {
        self.buffer.clear();
        loop {
            if let Some((status, start, length)) = head(&self.buffer)? {
                let Some(length) = length else {
                    return self.chunks(status, start).await;
                };
                let end = start + length;
                if end > ANSWER_BYTES_MAX {
                    return Err("the answer is too long".into());
                }
                while self.buffer.len() < end {
                    self.read().await?;
                }
                let body = self.buffer[start..end].to_vec();
                return Ok(Answer { status, body });
            }
            self.read().await?;
        }
    }

    /// A body in chunks, the first of which begins at `place`.
    async fn chunks(&mut self, status: u16, mut place: usize) -> Result<Answer, Failure> {
        let mut body = Vec::new();
        loop {
            match httparse::parse_chunk_size(&self.buffer[place..]) {
                Ok(httparse::Status::Complete((line, length))) => {
                    let (start, length) = (place + line, usize::try_from(length)?);
                    // An empty line ends each chunk.
                    let end = start + length + 2;
                    while self.buffer.len() < end {
                        self.read().await?;
                    }
                    if length == 0 {
                        return Ok(Answer { status, body });
                    }
                    body.extend_from_slice(&self.buffer[start..start + length]);
                    place = end;
                }
                Ok(httparse::Status::Partial) => self.read().await?,
                Err(_) => return Err("a bad chunk".into()),
            }
        }
    }

    async fn read(&mut self) -> Result<(), Failure> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }
}

/// Status, start and length of the body, once the head is complete; no length when it comes in chunks.
fn head(bytes: &[u8]) -> Result<Option<(u16, usize, Option<usize>)>, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; 48];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = answer.parse(bytes)? else {
        return Ok(None);
    };
    let status = answer.code.ok_or("no status")?;
    let (mut length, mut in_chunks) = (None, false);
    for header in answer.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            length = Some(std::str::from_utf8(header.value)?.trim().parse()?);
        }
        in_chunks |= header.name.eq_ignore_ascii_case("transfer-encoding");
    }
    let length = match length {
        _ if in_chunks => None,
        Some(length) => Some(length),
        None => Some(0),
    };
    Ok(Some((status, start, length)))
}
