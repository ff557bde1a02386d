//! One peer's WebRTC transport: the library instance behind a fence. A panic or a fatal error inside it ends this
//! transport only; the router asks `is_dead` after use.
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::crypto::from_feature_flags;
use str0m::media::Mid;
use str0m::net::{Protocol, Receive};
use str0m::rtp::Ssrc;
use str0m::{Candidate, Input, Output, Rtc};

use crate::offer::{OfferError, without_candidates};
use crate::router::{Local, Proto};

/// Packets kept per sent video stream to answer NACKs. More survive a longer loss; each costs a header, the payload is
/// shared by all subscribers.
const RESEND_PACKETS: usize = 256;
const RESEND_AGE: Duration = Duration::from_secs(2);
/// Share of resent bytes above which NACKs go unanswered. Browsers ask several times for what they miss, so that 5 % of
/// loss is answered with 25 %; more than this is a network that resending makes worse.
const RESEND_SHARE_MAX: f32 = 0.5;
/// A transport that fails this often in a row is dead.
const ERRORS_MAX: u32 = 50;

/// The DTLS identity shared by all peers of a process: made once, because a key pair per peer costs CPU at every join.
#[derive(Clone)]
pub struct Certificate(DtlsCert);

impl Certificate {
    /// Makes a new self-signed certificate; `None` when the crypto library cannot.
    pub fn generate() -> Option<Certificate> {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| from_feature_flags().install_process_default());
        from_feature_flags()
            .dtls_provider
            .generate_certificate()
            .map(Certificate)
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate(..)")
    }
}

pub(crate) struct Transport {
    rtc: Option<Box<Rtc>>,
    /// When the library wants its next `handle_timeout`.
    pub(crate) deadline: Instant,
    pub(crate) panics: u64,
    errors: u32,
}

impl Transport {
    pub(crate) fn new(certificate: &Certificate, locals: &[Local], now: Instant) -> Transport {
        let mut transport = Transport {
            rtc: None,
            deadline: now,
            panics: 0,
            errors: 0,
        };
        let built = catch_unwind(AssertUnwindSafe(|| {
            let mut rtc = Rtc::builder()
                .set_rtp_mode(true)
                .set_ice_lite(true)
                .set_dtls_cert(certificate.0.clone())
                .clear_codecs()
                .enable_opus(true, false)
                .enable_vp8(true)
                .enable_h264(true)
                .set_send_buffer_video(RESEND_PACKETS)
                .set_send_buffer_audio(1)
                .build(now);
            for local in locals {
                if let Some(candidate) = candidate(*local) {
                    rtc.add_local_candidate(candidate);
                }
            }
            Box::new(rtc)
        }));
        match built {
            Ok(rtc) => transport.rtc = Some(rtc),
            Err(_) => transport.panics += 1,
        }
        transport
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.rtc.is_none()
    }

    /// Runs `f` on the library instance; `None` when it is dead or died of this.
    pub(crate) fn with<R>(&mut self, f: impl FnOnce(&mut Rtc) -> R) -> Option<R> {
        let rtc = self.rtc.as_mut()?;
        match catch_unwind(AssertUnwindSafe(|| f(rtc))) {
            Ok(result) => Some(result),
            Err(_) => {
                self.panics += 1;
                self.kill();
                None
            }
        }
    }

    pub(crate) fn kill(&mut self) {
        let rtc = self.rtc.take();
        // What panicked once may panic again while it is torn down.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(rtc)));
    }

    pub(crate) fn accept_offer(&mut self, sdp: &str) -> Result<String, OfferError> {
        let sdp = without_candidates(sdp);
        let answered = self.with(|rtc| {
            let offer = SdpOffer::from_sdp_string(&sdp).map_err(|_| OfferError::Unreadable)?;
            let answer = rtc
                .sdp_api()
                .accept_offer(offer)
                .map_err(|_| OfferError::Unreadable)?;
            Ok(answer.to_sdp_string())
        });
        answered.unwrap_or(Err(OfferError::Unreadable))
    }

    /// The outgoing stream of a line the client receives.
    pub(crate) fn open_stream(&mut self, mid: Mid) -> Option<Ssrc> {
        self.with(|rtc| {
            let mut api = rtc.direct_api();
            let stream = api.stream_tx_by_mid(mid, None)?;
            if stream.rtx().is_some() {
                stream.set_rtx_cache(RESEND_PACKETS, RESEND_AGE, Some(RESEND_SHARE_MAX));
            }
            Some(stream.ssrc())
        })?
    }

    pub(crate) fn local_ufrag(&mut self) -> Option<String> {
        self.with(|rtc| rtc.direct_api().local_ice_credentials().ufrag)
    }

    /// Takes a datagram. Returns whether it was one: then the time has moved on, and what was queued is on its way.
    pub(crate) fn receive(
        &mut self,
        local: Local,
        src: SocketAddr,
        bytes: &[u8],
        now: Instant,
    ) -> bool {
        let taken = self.with(|rtc| {
            match Receive::new(library_proto(local.proto), src, local.addr, bytes) {
                // An error here is about this datagram (a broken DTLS record); what is fatal shows in `poll`.
                Ok(receive) => {
                    let _ = rtc.handle_input(Input::Receive(now, receive));
                    true
                }
                Err(_) => false,
            }
        });
        taken.unwrap_or(false)
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        self.with(|rtc| {
            let _ = rtc.handle_input(Input::Timeout(now));
        });
    }

    /// The next output; `None` when there is nothing more for now (the deadline is set).
    pub(crate) fn poll(&mut self, now: Instant) -> Option<Output> {
        let polled = self.with(|rtc| (rtc.poll_output(), rtc.is_alive()))?;
        match polled {
            (Ok(Output::Timeout(at)), true) => {
                self.deadline = at;
                self.errors = 0;
                None
            }
            (Ok(Output::Timeout(_)), false) => {
                self.kill();
                None
            }
            (Ok(output), _) => Some(output),
            (Err(_), alive) => {
                self.errors += 1;
                self.deadline = now + Duration::from_millis(100);
                if !alive || self.errors >= ERRORS_MAX {
                    self.kill();
                }
                None
            }
        }
    }
}

fn candidate(local: Local) -> Option<Candidate> {
    let made = match local.proto {
        Proto::Udp => Candidate::builder().udp().host(local.addr).build(),
        Proto::Tcp => Candidate::builder()
            .tcp()
            .host(local.addr)
            .tcptype(str0m::net::TcpType::Passive)
            .build(),
    };
    made.ok()
}

pub(crate) fn library_proto(proto: Proto) -> Protocol {
    match proto {
        Proto::Udp => Protocol::Udp,
        Proto::Tcp => Protocol::Tcp,
    }
}
