//! The media workers on real sockets of this machine: one client over UDP, one over TCP, audio from one to the other.
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use parvis_edge::udp::{UdpConfig, Workers};
use parvis_service::media::{
    Gate, MediaCallId, MediaCommand, MediaError, MediaEvent, MediaPlane, PeerId, StreamKind, Want,
};
use str0m::change::SdpAnswer;
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::sync::mpsc;

const CALL: MediaCallId = MediaCallId(7);
const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PATIENCE: Duration = Duration::from_secs(20);

fn workers(count: usize) -> Workers {
    let config = UdpConfig {
        workers: count,
        bind: vec![LOCALHOST],
        ..UdpConfig::default()
    };
    Workers::start(config).expect("workers start")
}

enum Path {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

struct Client {
    rtc: Rtc,
    path: Path,
    local: SocketAddr,
    microphone: Mid,
    heard: u64,
    seq: u64,
}

impl Client {
    /// A client whose only way to the server is a socket of this kind.
    fn new(proto: Protocol, server: SocketAddr) -> Client {
        let (path, local, candidate) = if proto == Protocol::Udp {
            let socket = UdpSocket::bind((LOCALHOST, 0)).expect("a socket");
            socket
                .set_read_timeout(Some(Duration::from_millis(2)))
                .expect("a timeout");
            let local = socket.local_addr().expect("an address");
            (Path::Udp(socket), local, Candidate::host(local, "udp"))
        } else {
            let stream = TcpStream::connect(server).expect("a connection");
            stream
                .set_read_timeout(Some(Duration::from_millis(2)))
                .expect("a timeout");
            let local = stream.local_addr().expect("an address");
            let candidate = Candidate::builder()
                .tcp()
                .host(local)
                .tcptype(TcpType::Active)
                .build();
            (Path::Tcp(stream, Vec::new()), local, candidate)
        };
        let mut rtc = Rtc::builder()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .build(Instant::now());
        rtc.add_local_candidate(candidate.expect("a candidate"));
        Client {
            rtc,
            path,
            local,
            microphone: Mid::from("x"),
            heard: 0,
            seq: 0,
        }
    }

    async fn join(&mut self, workers: &Workers, peer: PeerId) -> String {
        let mut api = self.rtc.sdp_api();
        self.microphone = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        for _ in 0..2 {
            api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
        }
        api.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
        api.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
        let (offer, pending) = api.apply().expect("an offer");
        let answer = workers
            .offer(CALL, peer, offer.to_sdp_string())
            .await
            .expect("an answer");
        let parsed = SdpAnswer::from_sdp_string(&answer).expect("an answer");
        self.rtc
            .sdp_api()
            .accept_answer(pending, parsed)
            .expect("the answer fits");
        answer
    }

    fn turn(&mut self, server: SocketAddr) {
        self.rtc
            .handle_input(Input::Timeout(Instant::now()))
            .expect("time passes");
        self.drain();
        while let Some(bytes) = self.read() {
            let proto = if matches!(self.path, Path::Udp(_)) {
                Protocol::Udp
            } else {
                Protocol::Tcp
            };
            let receive = Receive::new(proto, server, self.local, &bytes).expect("a datagram");
            self.rtc
                .handle_input(Input::Receive(Instant::now(), receive))
                .expect("taken");
            self.drain();
        }
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().expect("output") {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => self.write(transmit.destination, &transmit.contents),
                Output::Event(Event::RtpPacket(_)) => self.heard += 1,
                Output::Event(_) => {}
            }
        }
    }

    fn write(&mut self, to: SocketAddr, bytes: &[u8]) {
        match &mut self.path {
            Path::Udp(socket) => {
                socket.send_to(bytes, to).expect("sent");
            }
            Path::Tcp(stream, _) => {
                let length = u16::try_from(bytes.len()).expect("short");
                stream
                    .write_all(&[&length.to_be_bytes(), bytes].concat())
                    .expect("sent");
            }
        }
    }

    fn read(&mut self) -> Option<Vec<u8>> {
        let mut buffer = [0; 2_000];
        match &mut self.path {
            Path::Udp(socket) => socket.recv(&mut buffer).ok().map(|n| buffer[..n].to_vec()),
            Path::Tcp(stream, pending) => {
                if let Ok(n) = stream.read(&mut buffer) {
                    pending.extend_from_slice(&buffer[..n]);
                }
                let length = usize::from(u16::from_be_bytes([*pending.first()?, *pending.get(1)?]));
                (pending.len() >= 2 + length).then(|| pending.drain(..2 + length).skip(2).collect())
            }
        }
    }

    fn speak(&mut self) {
        if !self.rtc.is_connected() {
            return;
        }
        let opus = self
            .rtc
            .codec_config()
            .find(|p| p.spec().codec == Codec::Opus)
            .expect("opus")
            .pt();
        self.seq += 1;
        let write = RtpWrite::new(
            opus,
            self.seq.into(),
            self.seq as u32 * 960,
            Instant::now(),
            vec![1, 2, 3],
        );
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(self.microphone, None)
            .expect("a microphone")
            .write_rtp(write);
    }
}

fn gate(receive: bool, audio: bool) -> Gate {
    Gate {
        receive,
        audio,
        ..Gate::default()
    }
}

// [F1] [CP-40]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audio_goes_from_udp_to_tcp_and_back() {
    let workers = workers(1);
    let server = SocketAddr::new(LOCALHOST, workers.ports()[0]);
    let (events, mut inbox) = mpsc::channel(64);
    workers.open_call(CALL, events).expect("opened");
    let mut clients = [
        Client::new(Protocol::Udp, server),
        Client::new(Protocol::Tcp, server),
    ];
    for (index, client) in clients.iter_mut().enumerate() {
        let peer = PeerId(index as u128);
        let answer = client.join(&workers, peer).await;
        let candidates: Vec<&str> = answer
            .lines()
            .filter(|l| l.starts_with("a=candidate:"))
            .collect();
        assert_eq!(candidates.len(), 2, "{candidates:?}");
        assert!(
            candidates[0].contains(" udp ") && candidates[1].contains(" tcp "),
            "{candidates:?}"
        );
        assert!(answer.contains("a=ice-lite"));
        workers
            .command(CALL, MediaCommand::SetGate(peer, gate(true, true)))
            .expect("taken");
    }
    let started = Instant::now();
    while clients.iter().any(|c| c.heard < 50) {
        assert!(
            started.elapsed() < PATIENCE,
            "heard {:?}",
            clients.each_ref().map(|c| c.heard)
        );
        for client in &mut clients {
            client.speak();
            client.turn(server);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut told = Vec::new();
    while let Ok(event) = inbox.try_recv() {
        told.push(event);
    }
    for peer in [PeerId(0), PeerId(1)] {
        assert!(
            told.iter()
                .any(|e| matches!(e, MediaEvent::Connected(p) if *p == peer)),
            "{told:?}"
        );
        assert!(
            told.iter().any(
                |e| matches!(e, MediaEvent::Slots(p, map) if *p == peer && map.audio.len() == 1)
            )
        );
    }
    // Muted: nothing more arrives once what is on its way has arrived.
    workers
        .command(CALL, MediaCommand::SetGate(PeerId(0), gate(true, false)))
        .expect("taken");
    tokio::time::sleep(Duration::from_millis(100)).await;
    clients[1].turn(server);
    let heard = clients[1].heard;
    for _ in 0..20 {
        clients[0].speak();
        clients[0].turn(server);
        clients[1].turn(server);
    }
    assert_eq!(clients[1].heard, heard);
    workers.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_ends_nothing() {
    let workers = workers(1);
    let server = SocketAddr::new(LOCALHOST, workers.ports()[0]);
    let (events, _inbox) = mpsc::channel(64);
    workers.open_call(CALL, events).expect("opened");
    let socket = UdpSocket::bind((LOCALHOST, 0)).expect("a socket");
    for length in [0, 1, 2, 20, 300, 3_000] {
        for first in [0_u8, 1, 22, 80, 128, 200, 255] {
            socket.send_to(&vec![first; length], server).expect("sent");
        }
    }
    // A frame that promises more than any datagram, a half frame, and nothing.
    for bytes in [&[0xff, 0xff, 1][..], &[0, 20, 1], &[]] {
        let mut stream = TcpStream::connect(server).expect("a connection");
        stream.write_all(bytes).expect("sent");
    }
    let mut client = Client::new(Protocol::Udp, server);
    client.join(&workers, PeerId(1)).await;
    let started = Instant::now();
    while !client.rtc.is_connected() {
        assert!(started.elapsed() < PATIENCE, "the worker is gone");
        client.turn(server);
    }
    assert!(workers.is_healthy());
}

#[tokio::test]
async fn what_cannot_be_done_is_refused() {
    let workers = workers(2);
    assert_eq!(workers.ports().len(), 2);
    let offer = workers.offer(CALL, PeerId(1), "v=0".to_owned()).await;
    assert_eq!(offer, Err(MediaError::Unknown), "the call is not open");
    let (events, inbox) = mpsc::channel(1);
    workers.open_call(CALL, events.clone()).expect("opened");
    workers.open_call(CALL, events).expect("opened again");
    assert!(matches!(
        workers.offer(CALL, PeerId(1), "v=0".to_owned()).await,
        Err(MediaError::BadOffer(_))
    ));
    assert!(matches!(
        workers.offer(CALL, PeerId(1), "x".repeat(100_000)).await,
        Err(MediaError::BadOffer(_))
    ));
    let want = Want {
        peer: PeerId(9),
        stream: StreamKind::Camera,
        width: 1,
        height: 1,
    };
    workers
        .command(CALL, MediaCommand::SetWants(PeerId(1), vec![want]))
        .expect("taken, and of no effect");
    workers
        .command(CALL, MediaCommand::CloseCall)
        .expect("taken");
    let gone = tokio::time::timeout(PATIENCE, async {
        while workers.command(CALL, MediaCommand::RemovePeer(PeerId(1))) != Err(MediaError::Unknown)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    gone.await.expect("the closed call is unknown");
    drop(inbox);
    workers.stop();
    assert!(!workers.is_healthy());
    let (events, _inbox) = mpsc::channel(1);
    assert_eq!(
        workers.open_call(CALL, events),
        Err(MediaError::Overloaded),
        "stopped workers take no calls"
    );
}

#[tokio::test]
async fn a_call_nobody_listens_to_ends() {
    let workers = workers(1);
    let (events, inbox) = mpsc::channel(1);
    workers.open_call(CALL, events).expect("opened");
    drop(inbox);
    let gone = tokio::time::timeout(PATIENCE, async {
        while workers.command(CALL, MediaCommand::RemovePeer(PeerId(1))) != Err(MediaError::Unknown)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    gone.await.expect("the abandoned call is unknown");
}
