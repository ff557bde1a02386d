//! A worker's ends of the network: its UDP sockets, its TCP clients, and what a full send buffer makes wait.
use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use parvis_media::{Local, Proto, Transmit};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;

use super::sockets::Bound;
use super::tcp::{self, TcpEvent};

/// Longer than any datagram that is taken, so that a cut one is seen to be too long.
const BUFFER_BYTES: usize = 2_048;
/// Datagrams that wait for a full send buffer. A key frame to a big call fits; beyond it the network is too slow anyway.
const BACKLOG_MAX: usize = 4_096;
const TCP_EVENTS_MAX: usize = 1_024;

#[derive(Default)]
pub(super) struct Network {
    udp: Vec<UdpSocket>,
    /// The routers' name of each socket.
    locals: Vec<SocketAddr>,
    tcp: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>>,
    backlog: VecDeque<Transmit>,
    pub(super) lost_sends: u64,
}

impl Network {
    /// Hands the sockets to the runtime of this thread.
    pub(super) fn open(bound: Vec<Bound>) -> io::Result<(Network, mpsc::Receiver<TcpEvent>)> {
        let (events, inbox) = mpsc::channel(TCP_EVENTS_MAX);
        let mut network = Network::default();
        for (index, bound) in bound.into_iter().enumerate() {
            network.udp.push(UdpSocket::from_std(bound.udp)?);
            network.locals.push(bound.local);
            if let Some(listener) = bound.tcp {
                tokio::spawn(tcp::listen(
                    TcpListener::from_std(listener)?,
                    index,
                    events.clone(),
                ));
            }
        }
        Ok((network, inbox))
    }

    pub(super) fn local(&self, proto: Proto, socket: usize) -> Option<Local> {
        self.locals
            .get(socket)
            .map(|addr| Local { proto, addr: *addr })
    }

    pub(super) fn connect(&mut self, remote: SocketAddr, frames: mpsc::Sender<Vec<u8>>) {
        self.tcp.insert(remote, frames);
    }

    pub(super) fn disconnect(&mut self, remote: SocketAddr) {
        self.tcp.remove(&remote);
    }

    /// The next datagram of a socket; `None` when there is none. Errors are those of clients that are gone (ICMP shows up
    /// here) and mean nothing for the others: each takes one turn and is forgotten.
    pub(super) fn receive<'a>(
        &self,
        socket: usize,
        buffer: &'a mut Buffer,
    ) -> Option<Received<'a>> {
        match self.udp.get(socket)?.try_recv_from(&mut buffer.0) {
            Ok((length, remote)) => Some(Received::Datagram(remote, &buffer.0[..length])),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(_) => Some(Received::Nothing),
        }
    }

    pub(super) fn send(&mut self, transmit: Transmit) {
        match transmit.proto {
            Proto::Udp if self.backlog.is_empty() => {
                if let Err(waiting) = self.send_udp(transmit) {
                    self.backlog.push_back(waiting);
                }
            }
            Proto::Udp if self.backlog.len() < BACKLOG_MAX => self.backlog.push_back(transmit),
            Proto::Udp => self.lost_sends += 1,
            Proto::Tcp => {
                let frames = self.tcp.get(&transmit.dst);
                if frames.is_none_or(|frames| frames.try_send(transmit.bytes).is_err()) {
                    self.lost_sends += 1;
                }
            }
        }
    }

    pub(super) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    pub(super) fn send_backlog(&mut self) {
        while let Some(transmit) = self.backlog.pop_front() {
            if let Err(waiting) = self.send_udp(transmit) {
                self.backlog.push_front(waiting);
                return;
            }
        }
    }

    /// `Err` gives back what the full buffer did not take; any other error loses the datagram, like the network does.
    fn send_udp(&mut self, transmit: Transmit) -> Result<(), Transmit> {
        let socket = self
            .locals
            .iter()
            .position(|local| *local == transmit.src)
            .unwrap_or(0);
        let Some(udp) = self.udp.get(socket) else {
            return Ok(());
        };
        match udp.try_send_to(&transmit.bytes, transmit.dst) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(transmit),
            Err(_) => {
                self.lost_sends += 1;
                Ok(())
            }
        }
    }

    /// The index of a socket with something to read.
    pub(super) async fn readable(&self) -> usize {
        poll_fn(|cx| {
            let ready = self
                .udp
                .iter()
                .position(|socket| socket.poll_recv_ready(cx).is_ready());
            ready.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// A socket with something in the backlog takes more.
    pub(super) async fn writable(&self) {
        poll_fn(|cx| {
            let is_ready = self
                .udp
                .iter()
                .any(|socket| socket.poll_send_ready(cx).is_ready());
            if is_ready {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

pub(super) enum Received<'a> {
    Datagram(SocketAddr, &'a [u8]),
    Nothing,
}

/// Where datagrams are read to. The default is empty and only stands in while the real one is in use.
#[derive(Default)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    pub(super) fn new() -> Buffer {
        Buffer(vec![0; BUFFER_BYTES])
    }
}
