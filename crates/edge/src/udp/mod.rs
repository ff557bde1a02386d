//! The media plane on real sockets: one thread per worker, each with its own port (UDP and TCP) and the routers of its
//! calls. A call lives on one worker, so that no lock and no queue lies between the packets of one call.
mod announce;
mod network;
mod places;
mod sockets;
mod tcp;
mod worker;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::{Mutex, RwLock};
use parvis_media::{Certificate, SDP_BYTES_MAX};
use parvis_service::media::{
    MediaCallId, MediaCommand, MediaError, MediaEvent, MediaPlane, PeerId,
};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use sockets::Sockets;
use worker::{Order, Worker};

/// Commands waiting for one worker. More hides a slow worker longer; fewer refuses bursts of joins.
const ORDERS_MAX: usize = 1_024;
/// An offer that waits longer than this meets a worker that is no use.
const OFFER_TIMEOUT: Duration = Duration::from_secs(5);

/// How the media plane listens.
#[derive(Clone, Debug)]
pub struct UdpConfig {
    /// Worker threads; 0 means one per core.
    pub workers: usize,
    /// Addresses to bind, at most one per address family makes sense.
    pub bind: Vec<IpAddr>,
    /// Port of the first worker, the next has the next; 0 lets the system choose.
    pub first_port: u16,
    /// Addresses told to clients (public ones in front of a NAT). Empty: the bound addresses, or for an unspecified one
    /// the loopback address and the one the default route leaves from.
    pub announce: Vec<IpAddr>,
    /// Whether clients may also connect by TCP (the same port number).
    pub tcp: bool,
    /// Calls one worker takes before it refuses more.
    pub calls_max: usize,
    /// Peers one call takes before it refuses more.
    pub peers_max: usize,
}

impl Default for UdpConfig {
    fn default() -> UdpConfig {
        UdpConfig {
            workers: 0,
            bind: vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)],
            first_port: 0,
            announce: Vec::new(),
            tcp: true,
            calls_max: 1_000,
            peers_max: 500,
        }
    }
}

/// Which worker has a call; workers take their ended calls out themselves.
type CallTable = Arc<RwLock<HashMap<MediaCallId, usize>>>;

/// What the plane knows of a worker thread.
struct Handle {
    orders: mpsc::Sender<Order>,
    is_alive: Arc<AtomicBool>,
    port: u16,
}

/// The worker threads. Dropping it stops them.
pub struct Workers {
    config: UdpConfig,
    table: CallTable,
    handles: Vec<Handle>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Workers {
    /// Binds all ports and starts all threads, or does nothing.
    pub fn start(config: UdpConfig) -> io::Result<Workers> {
        let count = match config.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        };
        let certificate = Certificate::generate()
            .ok_or_else(|| io::Error::other("cannot make a DTLS certificate"))?;
        let mut bound = Vec::new();
        for index in 0..count {
            bound.push(Sockets::bind(&config, index)?);
        }
        let mut workers = Workers {
            config,
            table: CallTable::default(),
            handles: Vec::new(),
            threads: Mutex::default(),
        };
        for sockets in bound {
            workers.spawn(sockets, certificate.clone())?;
        }
        Ok(workers)
    }

    fn spawn(&mut self, sockets: Sockets, certificate: Certificate) -> io::Result<()> {
        let index = self.handles.len();
        let (orders, inbox) = mpsc::channel(ORDERS_MAX);
        let handle = Handle {
            orders,
            is_alive: Arc::new(AtomicBool::new(true)),
            port: sockets.port(),
        };
        let worker = Worker::new(
            index,
            sockets,
            certificate,
            &self.config,
            self.table.clone(),
        );
        let is_alive = handle.is_alive.clone();
        let thread = std::thread::Builder::new()
            .name(format!("media-{index}"))
            .spawn(move || {
                let run = std::panic::AssertUnwindSafe(|| worker::run(worker, inbox));
                match std::panic::catch_unwind(run) {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::error!(worker.index = index, %error, "media worker ended")
                    }
                    Err(_) => tracing::error!(
                        worker.index = index,
                        "media worker panicked, it takes no more calls"
                    ),
                }
                is_alive.store(false, Ordering::Release);
            })?;
        tracing::info!(
            worker.index = index,
            port = handle.port,
            "media worker started"
        );
        self.handles.push(handle);
        self.threads.lock().push(thread);
        Ok(())
    }

    /// The ports of the workers, for logs and tests.
    pub fn ports(&self) -> Vec<u16> {
        self.handles.iter().map(|h| h.port).collect()
    }

    /// Whether every worker runs, for the readiness answer.
    pub fn is_healthy(&self) -> bool {
        self.handles
            .iter()
            .all(|h| h.is_alive.load(Ordering::Acquire))
    }

    /// Says goodbye to all peers and ends the threads. Blocks for a moment.
    pub fn stop(&self) {
        for handle in &self.handles {
            // A full queue drains: the worker ends at the latest when the last sender goes.
            let _ = handle.orders.try_send(Order::Stop);
        }
        for thread in self.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }

    fn handle(&self, call: MediaCallId) -> Result<&Handle, MediaError> {
        let index = *self.table.read().get(&call).ok_or(MediaError::Unknown)?;
        self.handles.get(index).ok_or(MediaError::Unknown)
    }

    /// The running worker with the fewest calls.
    fn choose(&self, table: &HashMap<MediaCallId, usize>) -> Result<usize, MediaError> {
        let mut calls = vec![0; self.handles.len()];
        for index in table.values() {
            calls[*index] += 1;
        }
        let running = self
            .handles
            .iter()
            .enumerate()
            .filter(|(_, h)| h.is_alive.load(Ordering::Acquire));
        running
            .map(|(index, _)| (calls[index], index))
            .min()
            .filter(|(calls, _)| *calls < self.config.calls_max)
            .map(|(_, index)| index)
            .ok_or(MediaError::Overloaded)
    }
}

#[async_trait]
impl MediaPlane for Workers {
    fn open_call(
        &self,
        call: MediaCallId,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<(), MediaError> {
        let mut table = self.table.write();
        let placed = table
            .get(&call)
            .copied()
            .filter(|i| self.handles[*i].is_alive.load(Ordering::Acquire));
        let index = match placed {
            Some(index) => index,
            None => self.choose(&table)?,
        };
        self.handles[index]
            .orders
            .try_send(Order::Open(call, events))
            .map_err(|_| MediaError::Overloaded)?;
        table.insert(call, index);
        Ok(())
    }

    async fn offer(
        &self,
        call: MediaCallId,
        peer: PeerId,
        sdp: String,
    ) -> Result<String, MediaError> {
        if sdp.len() > SDP_BYTES_MAX {
            return Err(MediaError::BadOffer("the offer is too long".to_owned()));
        }
        let (reply, answer) = oneshot::channel();
        let order = Order::Offer {
            call,
            peer,
            sdp,
            reply,
        };
        self.handle(call)?
            .orders
            .try_send(order)
            .map_err(|error| refusal(&error))?;
        match tokio::time::timeout(OFFER_TIMEOUT, answer).await {
            Ok(Ok(answer)) => answer,
            _ => Err(MediaError::Overloaded),
        }
    }

    fn command(&self, call: MediaCallId, command: MediaCommand) -> Result<(), MediaError> {
        self.handle(call)?
            .orders
            .try_send(Order::Command(call, command))
            .map_err(|error| refusal(&error))
    }

    fn is_healthy(&self) -> bool {
        Workers::is_healthy(self)
    }
}

/// A full queue drains, so its order may be given again. A worker that is gone took its calls with it.
fn refusal(error: &TrySendError<Order>) -> MediaError {
    match error {
        TrySendError::Full(_) => MediaError::Overloaded,
        TrySendError::Closed(_) => MediaError::Unknown,
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_waits_for_a_worker_that_is_gone() {
        let config = UdpConfig {
            workers: 1,
            bind: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            ..UdpConfig::default()
        };
        let workers = Workers::start(config).expect("workers");
        let call = MediaCallId(1);
        workers.stop();
        // As after a panic: the table still says where the call was.
        workers.table.write().insert(call, 0);
        let closed = workers.command(call, MediaCommand::CloseCall);
        assert_eq!(closed, Err(MediaError::Unknown));
        let offered = workers.offer(call, PeerId(1), "v=0".to_owned()).await;
        assert_eq!(offered, Err(MediaError::Unknown));
    }
}
