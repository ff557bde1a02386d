//! The sockets of one worker: bound together on one port number, and the addresses told to clients for each.
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use parvis_media::{Local, Proto};
use socket2::{Domain, Protocol, Socket, Type};

use super::UdpConfig;

/// A burst of key frames must fit while the worker is busy.
const RECEIVE_BUFFER_BYTES: usize = 4 * 1024 * 1024;
const LISTEN_BACKLOG: i32 = 128;
/// With a port chosen by the system the other sockets may find it taken.
const PORT_TRIES: usize = 20;

/// One bound address. The kernel does not say which of several announced addresses a datagram came to, so `local`
/// stands for all of them.
pub(super) struct Bound {
    pub(super) udp: UdpSocket,
    pub(super) tcp: Option<TcpListener>,
    /// The address the router knows this socket by.
    pub(super) local: SocketAddr,
}

pub(super) struct Sockets {
    pub(super) bound: Vec<Bound>,
    /// Candidates in order: UDP first.
    pub(super) candidates: Vec<Local>,
}

impl Sockets {
    pub(super) fn bind(config: &UdpConfig, index: usize) -> io::Result<Sockets> {
        if config.bind.is_empty() {
            return Err(io::Error::other("no address to bind for media"));
        }
        if config.first_port > 0 {
            let port = u16::try_from(index)
                .ok()
                .and_then(|i| config.first_port.checked_add(i));
            return Sockets::bind_port(
                config,
                port.ok_or_else(|| io::Error::other("not enough media ports"))?,
            );
        }
        let mut last = io::Error::other("no media port");
        for _ in 0..PORT_TRIES {
            match Sockets::bind_port(config, 0) {
                Ok(sockets) => return Ok(sockets),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn bind_port(config: &UdpConfig, mut port: u16) -> io::Result<Sockets> {
        let mut sockets = Sockets {
            bound: Vec::new(),
            candidates: Vec::new(),
        };
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for ip in &config.bind {
            let udp = bind_udp(SocketAddr::new(*ip, port))?;
            port = udp.local_addr()?.port();
            let tcp = if config.tcp {
                Some(bind_tcp(SocketAddr::new(*ip, port))?)
            } else {
                None
            };
            let announced = announced(*ip, &config.announce);
            let local = *announced
                .first()
                .ok_or_else(|| io::Error::other("no address to announce for media"))?;
            addresses.extend(announced.iter().map(|ip| SocketAddr::new(*ip, port)));
            sockets.bound.push(Bound {
                udp,
                tcp,
                local: SocketAddr::new(local, port),
            });
        }
        addresses.dedup();
        sockets
            .candidates
            .extend(addresses.iter().map(|addr| Local {
                proto: Proto::Udp,
                addr: *addr,
            }));
        if config.tcp {
            sockets
                .candidates
                .extend(addresses.iter().map(|addr| Local {
                    proto: Proto::Tcp,
                    addr: *addr,
                }));
        }
        Ok(sockets)
    }

    pub(super) fn port(&self) -> u16 {
        self.bound.first().map_or(0, |b| b.local.port())
    }
}

fn announced(bound: IpAddr, configured: &[IpAddr]) -> Vec<IpAddr> {
    let same_family: Vec<IpAddr> = configured
        .iter()
        .copied()
        .filter(|ip| ip.is_ipv4() == bound.is_ipv4())
        .collect();
    if !same_family.is_empty() {
        return same_family;
    }
    if !bound.is_unspecified() {
        return vec![bound];
    }
    let loopback = if bound.is_ipv4() {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        IpAddr::V6(Ipv6Addr::LOCALHOST)
    };
    let mut found: Vec<IpAddr> = default_source(bound).into_iter().collect();
    found.push(loopback);
    found.dedup();
    found
}

/// The address this machine would use towards the outside; connecting a UDP socket sends nothing.
fn default_source(bound: IpAddr) -> Option<IpAddr> {
    // Addresses kept for documentation (RFC 5737, RFC 3849): routed like any other, reaching nobody.
    let target = if bound.is_ipv4() {
        "192.0.2.1:9"
    } else {
        "[2001:db8::1]:9"
    };
    let socket = UdpSocket::bind(SocketAddr::new(bound, 0)).ok()?;
    socket.connect(target).ok()?;
    socket
        .local_addr()
        .ok()
        .map(|addr| addr.ip())
        .filter(|ip| !ip.is_unspecified())
}

fn bind_udp(addr: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // The system may grant less; then bursts are lost earlier, and nothing else happens.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(RECEIVE_BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    Ok(socket.into())
}

fn bind_tcp(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn configured_addresses_of_the_family_come_first() {
        let configured = [ip("203.0.113.7"), ip("2001:db8::7"), ip("198.51.100.7")];
        let v4 = announced(ip("0.0.0.0"), &configured);
        assert_eq!(v4, [ip("203.0.113.7"), ip("198.51.100.7")]);
        assert_eq!(announced(ip("::"), &configured), [ip("2001:db8::7")]);
    }

    #[test]
    fn a_bound_address_is_its_own_and_an_open_one_includes_loopback() {
        assert_eq!(announced(ip("127.0.0.1"), &[]), [ip("127.0.0.1")]);
        let open = announced(ip("0.0.0.0"), &[]);
        assert!(open.contains(&ip("127.0.0.1")), "{open:?}");
        assert!(open.iter().all(|ip| !ip.is_unspecified()));
    }

    #[test]
    fn udp_and_tcp_share_a_port_and_udp_is_offered_first() {
        let config = UdpConfig {
            bind: vec![ip("127.0.0.1")],
            announce: vec![ip("203.0.113.7"), ip("198.51.100.7")],
            ..UdpConfig::default()
        };
        let sockets = Sockets::bind(&config, 0).expect("bound");
        let port = sockets.port();
        let offered: Vec<_> = sockets
            .candidates
            .iter()
            .map(|c| (c.proto, c.addr))
            .collect();
        let at = |ip_text| SocketAddr::new(ip(ip_text), port);
        let wanted = [
            (Proto::Udp, at("203.0.113.7")),
            (Proto::Udp, at("198.51.100.7")),
            (Proto::Tcp, at("203.0.113.7")),
            (Proto::Tcp, at("198.51.100.7")),
        ];
        assert_eq!(offered, wanted);
        let taken = UdpConfig {
            first_port: port,
            ..config
        };
        assert!(Sockets::bind(&taken, 0).is_err(), "the port is taken");
        assert!(
            Sockets::bind(
                &UdpConfig {
                    bind: vec![],
                    ..taken
                },
                0
            )
            .is_err()
        );
    }
}
