//! One worker: a thread with the sockets of one port and the routers of its calls. It waits for packets, orders and
//! deadlines, and lets nothing wait for it.
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use parvis_media::{
    Certificate, Datagram, Gate, OfferError, Output, Proto, Router, RouterConfig, classify,
};
use parvis_service::media::{MediaCallId, MediaCommand, MediaError, MediaEvent, PeerId};
use tokio::sync::{mpsc, oneshot};

use super::announce::Announcer;
use super::network::{Buffer, Network, Received};
use super::places::Places;
use super::sockets::{Bound, Sockets};
use super::tcp::TcpEvent;
use super::{CallTable, UdpConfig};

/// Datagrams taken in one go: enough to batch, few enough to keep deadlines.
const BATCH: usize = 64;
/// Deadlines nearer than this are met together.
const TIMER_GRAIN: Duration = Duration::from_millis(1);
/// When the receiver of events is full it is tried again after this.
const ANNOUNCE_AGAIN: Duration = Duration::from_millis(20);
/// Without any call.
const IDLE: Duration = Duration::from_secs(60);

/// What the plane tells a worker.
pub(super) enum Order {
    Open(MediaCallId, mpsc::Sender<MediaEvent>),
    Offer {
        call: MediaCallId,
        peer: PeerId,
        sdp: String,
        reply: oneshot::Sender<Result<String, MediaError>>,
    },
    Command(MediaCallId, MediaCommand),
    Stop,
}

struct Call {
    router: Router,
    announcer: Announcer,
    /// The entry in the schedule.
    deadline: Instant,
    is_touched: bool,
}

pub(super) struct Worker {
    index: usize,
    bound: Vec<Bound>,
    network: Network,
    router: RouterConfig,
    calls: HashMap<MediaCallId, Call>,
    schedule: BTreeSet<(Instant, MediaCallId)>,
    touched: Vec<MediaCallId>,
    places: Places,
    table: CallTable,
    buffer: Buffer,
    unknown_datagrams: u64,
}

/// Runs the worker until it is told to stop or nobody can tell it any more.
pub(super) fn run(mut worker: Worker, inbox: mpsc::Receiver<Order>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (network, events) = Network::open(std::mem::take(&mut worker.bound))?;
        worker.network = network;
        worker.work(inbox, events).await;
        Ok(())
    })
}

impl Worker {
    pub(super) fn new(
        index: usize,
        sockets: Sockets,
        certificate: Certificate,
        config: &UdpConfig,
        table: CallTable,
    ) -> Worker {
        let router = RouterConfig {
            certificate,
            locals: sockets.candidates,
            peers_max: config.peers_max,
        };
        Worker {
            index,
            bound: sockets.bound,
            network: Network::default(),
            router,
            calls: HashMap::new(),
            schedule: BTreeSet::new(),
            touched: Vec::new(),
            places: Places::default(),
            table,
            buffer: Buffer::new(),
            unknown_datagrams: 0,
        }
    }

    async fn work(
        &mut self,
        mut inbox: mpsc::Receiver<Order>,
        mut events: mpsc::Receiver<TcpEvent>,
    ) {
        loop {
            let wake = self.wake_at();
            tokio::select! {
                order = inbox.recv() => match order {
                    None | Some(Order::Stop) => break,
                    Some(order) => self.obey(order),
                },
                socket = self.network.readable() => self.receive(socket),
                () = self.network.writable(), if self.network.has_backlog() => self.network.send_backlog(),
                Some(event) = events.recv() => self.handle_tcp(event),
                () = tokio::time::sleep_until(wake.into()) => {}
            }
            self.meet_deadlines();
            self.pump();
        }
        self.stop();
    }

    fn wake_at(&self) -> Instant {
        let now = Instant::now();
        let earliest = self
            .schedule
            .first()
            .map_or(now + IDLE, |(deadline, _)| *deadline);
        earliest.max(now + TIMER_GRAIN)
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Open(call, events) => self.open(call, events),
            Order::Offer {
                call,
                peer,
                sdp,
                reply,
            } => {
                // The asker may have given up; the transport then ends with its peer.
                let _ = reply.send(self.offer(call, peer, &sdp));
            }
            Order::Command(call, command) => self.command(call, command),
            Order::Stop => {}
        }
    }

    fn open(&mut self, id: MediaCallId, events: mpsc::Sender<MediaEvent>) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.announcer.redirect(events);
            return;
        }
        let now = Instant::now();
        let router = Router::new(self.router.clone(), now);
        let call = Call {
            router,
            announcer: Announcer::new(events),
            deadline: now,
            is_touched: false,
        };
        self.calls.insert(id, call);
        // A close that was still in the queue took the entry out.
        self.table.write().insert(id, self.index);
        self.schedule.insert((now, id));
    }

    fn offer(&mut self, id: MediaCallId, peer: PeerId, sdp: &str) -> Result<String, MediaError> {
        let call = self.calls.get_mut(&id).ok_or(MediaError::Unknown)?;
        let answer = call
            .router
            .accept_offer(peer, sdp, Instant::now())
            .map_err(|refusal| match refusal {
                OfferError::Full => MediaError::Overloaded,
                refusal => MediaError::BadOffer(refusal.to_string()),
            })?;
        if let Some(ufrag) = call.router.local_ufrag(peer) {
            self.places.set_ufrag((id, peer), ufrag);
        }
        self.touch(id);
        Ok(answer)
    }

    fn command(&mut self, id: MediaCallId, command: MediaCommand) {
        let now = Instant::now();
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        match command {
            MediaCommand::SetGate(peer, gate) => {
                let gate = Gate {
                    receive: gate.receive,
                    audio: gate.audio,
                    camera: gate.camera,
                    share: gate.share,
                };
                call.router.set_gate(peer, gate, now);
            }
            MediaCommand::SetWants(peer, wants) => call.router.set_wants(peer, wants, now),
            MediaCommand::RemovePeer(peer) => {
                call.router.remove_peer(peer, now);
                call.announcer.forget(peer);
                self.places.remove((id, peer));
            }
            MediaCommand::CloseCall => return self.close(id),
        }
        self.touch(id);
    }

    fn close(&mut self, id: MediaCallId) {
        let Some(mut call) = self.calls.remove(&id) else {
            return;
        };
        self.schedule.remove(&(call.deadline, id));
        self.places.remove_call(id);
        self.table.write().remove(&id);
        call.router.close(Instant::now());
        while let Output::Transmit(transmit) = call.router.poll_output() {
            self.network.send(transmit);
        }
        let counters = call.router.counters();
        if counters.panics > 0 || counters.dropped_packets > 0 {
            tracing::warn!(
                panics = counters.panics,
                dropped_packets = counters.dropped_packets,
                dropped_datagrams = counters.dropped_datagrams,
                "a call ended with media trouble"
            );
        }
    }

    fn receive(&mut self, socket: usize) {
        let now = Instant::now();
        let mut buffer = std::mem::take(&mut self.buffer);
        for _ in 0..BATCH {
            match self.network.receive(socket, &mut buffer) {
                Some(Received::Datagram(remote, bytes)) => {
                    self.handle(Proto::Udp, socket, remote, bytes, now)
                }
                Some(Received::Nothing) => {}
                None => break,
            }
        }
        self.buffer = buffer;
    }

    fn handle_tcp(&mut self, event: TcpEvent) {
        match event {
            TcpEvent::Opened { remote, frames } => self.network.connect(remote, frames),
            TcpEvent::Closed { remote } => self.network.disconnect(remote),
            TcpEvent::Frame {
                remote,
                listener,
                bytes,
            } => {
                self.handle(Proto::Tcp, listener, remote, &bytes, Instant::now());
            }
        }
    }

    fn handle(
        &mut self,
        proto: Proto,
        socket: usize,
        remote: SocketAddr,
        bytes: &[u8],
        now: Instant,
    ) {
        let place = match classify(bytes) {
            Datagram::Stun { local_ufrag } => self.places.by_ufrag(&local_ufrag),
            Datagram::Other => self.places.by_remote((proto, remote)),
            Datagram::Junk => None,
        };
        let Some(((id, peer), local)) = place.zip(self.network.local(proto, socket)) else {
            self.unknown_datagrams += 1;
            return;
        };
        if let Some(call) = self.calls.get_mut(&id) {
            call.router.handle_datagram(peer, local, remote, bytes, now);
            self.touch(id);
        }
    }

    fn meet_deadlines(&mut self) {
        let now = Instant::now();
        while let Some((_, id)) = self
            .schedule
            .first()
            .copied()
            .filter(|(deadline, _)| *deadline <= now)
        {
            self.schedule.pop_first();
            if let Some(call) = self.calls.get_mut(&id) {
                call.router.handle_timeout(now);
                self.touch(id);
            }
        }
    }

    fn touch(&mut self, id: MediaCallId) {
        if let Some(call) = self.calls.get_mut(&id).filter(|call| !call.is_touched) {
            call.is_touched = true;
            self.touched.push(id);
        }
    }

    /// Sends and tells what the touched calls have to send and tell, and notes when each wants to be woken.
    fn pump(&mut self) {
        for id in std::mem::take(&mut self.touched) {
            while let Some(call) = self.calls.get_mut(&id) {
                match call.router.poll_output() {
                    Output::Transmit(transmit) => {
                        self.places
                            .learn((id, transmit.peer), (transmit.proto, transmit.dst));
                        self.network.send(transmit);
                    }
                    Output::Event(event) => call.announcer.tell(event),
                    Output::Wait(deadline) => {
                        call.is_touched = false;
                        self.reschedule(id, deadline);
                        break;
                    }
                }
            }
        }
    }

    fn reschedule(&mut self, id: MediaCallId, deadline: Instant) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.announcer.is_abandoned() {
            return self.close(id);
        }
        let is_waiting = call.announcer.has_waiting() && !call.announcer.flush();
        let deadline = if is_waiting {
            deadline.min(Instant::now() + ANNOUNCE_AGAIN)
        } else {
            deadline
        };
        self.schedule.remove(&(call.deadline, id));
        call.deadline = deadline;
        self.schedule.insert((deadline, id));
    }

    fn stop(&mut self) {
        for id in self.calls.keys().copied().collect::<Vec<_>>() {
            self.close(id);
        }
        let lost_sends = self.network.lost_sends;
        if self.unknown_datagrams > 0 || lost_sends > 0 {
            tracing::info!(
                lost_sends,
                unknown_datagrams = self.unknown_datagrams,
                "media worker stopped"
            );
        }
    }
}
