//! ICE over TCP: clients connect, datagrams travel in frames with a length of two bytes (RFC 4571).
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parvis_media::DATAGRAM_BYTES_MAX;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

/// Connections of one worker; the next is closed at once.
const CONNECTIONS_MAX: usize = 1_024;
/// Frames waiting to be written to one client. A slow client loses packets like on any other network.
const FRAMES_WAITING_MAX: usize = 256;
/// ICE sends a check every few seconds: who is silent for this long is gone.
const IDLE: Duration = Duration::from_secs(30);
/// Who connects speaks.
const FIRST_FRAME: Duration = Duration::from_secs(10);
/// A listener without file descriptors is left alone for this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What the connections tell the worker.
pub(super) enum TcpEvent {
    /// A client connected; frames for it go here.
    Opened {
        remote: SocketAddr,
        frames: mpsc::Sender<Vec<u8>>,
    },
    /// A frame arrived at the listener of this index.
    Frame {
        remote: SocketAddr,
        listener: usize,
        bytes: Vec<u8>,
    },
    /// The client is gone.
    Closed { remote: SocketAddr },
}

/// Accepts clients until the runtime ends.
pub(super) async fn listen(listener: TcpListener, index: usize, events: mpsc::Sender<TcpEvent>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok((stream, remote)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let Ok(permit) = room.clone().try_acquire_owned() else {
            continue;
        };
        let events = events.clone();
        tokio::spawn(async move {
            serve(stream, remote, index, events).await;
            drop(permit);
        });
    }
}

async fn serve(
    stream: TcpStream,
    remote: SocketAddr,
    listener: usize,
    events: mpsc::Sender<TcpEvent>,
) {
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let (frames, waiting) = mpsc::channel(FRAMES_WAITING_MAX);
    if events
        .send(TcpEvent::Opened { remote, frames })
        .await
        .is_err()
    {
        return;
    }
    tokio::select! {
        () = read(reader, remote, listener, &events) => {}
        () = write(writer, waiting) => {}
    }
    let _ = events.send(TcpEvent::Closed { remote }).await;
}

async fn read(
    reader: OwnedReadHalf,
    remote: SocketAddr,
    listener: usize,
    events: &mpsc::Sender<TcpEvent>,
) {
    let mut reader = BufReader::new(reader);
    let mut patience = FIRST_FRAME;
    while let Ok(Some(bytes)) = timeout(patience, read_frame(&mut reader)).await {
        patience = IDLE;
        if events
            .send(TcpEvent::Frame {
                remote,
                listener,
                bytes,
            })
            .await
            .is_err()
        {
            return;
        }
    }
}

/// `None` ends the connection: closed, broken, or a frame longer than any datagram may be.
async fn read_frame(reader: &mut BufReader<OwnedReadHalf>) -> Option<Vec<u8>> {
    let length = usize::from(reader.read_u16().await.ok()?);
    if length == 0 || length > DATAGRAM_BYTES_MAX {
        return None;
    }
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).await.ok()?;
    Some(bytes)
}

async fn write(mut writer: OwnedWriteHalf, mut waiting: mpsc::Receiver<Vec<u8>>) {
    while let Some(bytes) = waiting.recv().await {
        let Ok(length) = u16::try_from(bytes.len()) else {
            continue;
        };
        let mut frame = Vec::with_capacity(2 + bytes.len());
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&bytes);
        match timeout(IDLE, writer.write_all(&frame)).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}
