//! The router from inside: what a test cannot cause from outside.

use super::*;

fn router() -> Router {
    let local = Local {
        proto: Proto::Udp,
        addr: SocketAddr::from(([192, 0, 2, 1], 3478)),
    };
    let certificate = Certificate::generate().expect("a certificate");
    Router::new(
        RouterConfig {
            certificate,
            locals: vec![local],
            peers_max: 9,
        },
        Instant::now(),
    )
}

/// The least offer of the right shape the WebRTC library takes.
fn offer(fingerprint: &str) -> String {
    let mut sdp = String::from(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3\r\n",
    );
    for (mid, line) in [
        "audio sendonly",
        "video sendonly",
        "video sendonly",
        "video recvonly",
    ]
    .iter()
    .enumerate()
    {
        let (kind, way) = line.split_once(' ').expect("two words");
        let (pt, codec) = if kind == "audio" {
            (111, "opus/48000/2")
        } else {
            (96, "VP8/90000")
        };
        sdp.push_str(&format!(
            "m={kind} 9 UDP/TLS/RTP/SAVPF {pt}\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef012345\r\n\
             a=fingerprint:sha-256 {}{fingerprint}\r\na=setup:actpass\r\na=mid:{mid}\r\na={way}\r\na=rtcp-mux\r\n\
             a=rtpmap:{pt} {codec}\r\n",
            "AA:".repeat(31)
        ));
    }
    sdp
}

fn events(router: &mut Router) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        match router.poll_output() {
            Output::Event(event) => events.push(event),
            Output::Transmit(_) => {}
            Output::Wait(_) => return events,
        }
    }
}

#[test]
fn a_panic_inside_a_transport_drops_that_peer_only() {
    let mut router = router();
    let now = Instant::now();
    let (ana, ben) = (PeerId(1), PeerId(2));
    for id in [ana, ben] {
        router
            .accept_offer(id, &offer("BB"), now)
            .expect("an answer");
        router.peers.get_mut(&id).expect("a peer").is_connected = true;
    }
    let panicked = router
        .peers
        .get_mut(&ana)
        .expect("a peer")
        .transport
        .with(|_| -> u32 { panic!("broken invariant") });
    assert_eq!(panicked, None);
    router.handle_timeout(now + Duration::from_secs(1));
    assert_eq!(events(&mut router), [Event::Disconnected(ana)]);
    assert_eq!(router.counters().panics, 1);
    assert!(!router.peers[&ben].transport.is_dead());
    // The dead peer may come back with a new offer, even of the same identity.
    router
        .accept_offer(ana, &offer("BB"), now)
        .expect("an answer");
    assert!(!router.peers[&ana].transport.is_dead());
    assert_eq!(router.counters().panics, 1);
}

#[test]
fn the_gate_of_a_peer_survives_its_connection() {
    let mut router = router();
    let now = Instant::now();
    let gate = Gate {
        receive: true,
        audio: true,
        ..Gate::default()
    };
    router
        .accept_offer(PeerId(1), &offer("BB"), now)
        .expect("an answer");
    assert_eq!(
        router.peers[&PeerId(1)].gate,
        Gate::default(),
        "closed until somebody opens it"
    );
    router.set_gate(PeerId(1), gate, now);
    let ufrag = router.local_ufrag(PeerId(1));
    router
        .accept_offer(PeerId(1), &offer("CC"), now)
        .expect("an answer");
    assert_ne!(
        router.local_ufrag(PeerId(1)),
        ufrag,
        "another identity is another connection"
    );
    assert_eq!(router.peers[&PeerId(1)].gate, gate);
}

#[test]
fn a_call_without_peers_sleeps() {
    let mut router = router();
    let now = Instant::now();
    assert!(matches!(router.poll_output(), Output::Wait(at) if at > now + Duration::from_secs(60)));
    router.remove_peer(PeerId(1), now);
    router.set_gate(PeerId(1), Gate::default(), now);
    router.close(now);
    assert_eq!(events(&mut router), []);
}
