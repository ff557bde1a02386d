//! The first frame of a socket: `hello` begins a session, `resume` hands the socket to one (CP-3, CP-10..CP-14).
use super::{
    frames::kind,
    link::{Incoming, Link},
    seats::Seat,
    sessions::{Admission, Resumption, Sessions},
    task::{SessionTask, Starting},
};
use crate::App;
use axum::extract::ws::WebSocket;
use parvis_domain::{call::EndCode, principal::Principal};
use parvis_service::ServiceError;
use parvis_signalling::{
    CloseCode, Hello, Identity, Opened, Opening, OpeningError, Resume, VERSION, Welcome,
    parse_opening, refused,
};

/// Why an opening failed: the frame to send, if any, and the close code.
struct Rejected {
    frame: Option<String>,
    close: CloseCode,
}

impl Rejected {
    fn new(end: EndCode, close: CloseCode) -> Self {
        let frame = Some(refused(end.code, end.sub_code, end.message()));
        Self { frame, close }
    }
}

/// CP-13's one answer for everything that cannot be resumed.
const GONE: EndCode = EndCode {
    code: 410,
    sub_code: 0,
};

/// Reads the opening and does it.
pub(super) async fn open(app: App, sessions: Sessions, socket: WebSocket, seat: Seat) {
    let mut link = Link::new(socket, seat);
    let first = tokio::time::timeout(sessions.limits().opening_max, link.read()).await;
    let opening = match first {
        Ok(Incoming::Text(text)) => parse_opening(&text),
        Ok(Incoming::Malformed) => Err(OpeningError::Malformed),
        Ok(Incoming::Closed { .. }) => return,
        Err(_) => Err(OpeningError::NotAnOpening),
    };
    let result = match opening {
        Ok(Opening::Hello(hello)) => begin(&app, &sessions, &hello).await.map(|starting| {
            link.send(starting.welcome.clone());
            Some(starting)
        }),
        Ok(Opening::Resume(resume)) => match check_resume(&app, &sessions, &resume).await {
            Ok(checked) => return checked.hand_over(link, resume.after).await,
            Err(rejected) => Err(rejected),
        },
        Err(OpeningError::Malformed) => Err(Rejected {
            frame: None,
            close: CloseCode::Malformed,
        }),
        Err(OpeningError::NotAnOpening) => Err(Rejected {
            frame: None,
            close: CloseCode::NoOpening,
        }),
    };
    match result {
        Ok(Some(starting)) => SessionTask::new(app, starting, link).run().await,
        Ok(None) => {}
        Err(rejected) => {
            tracing::info!(
                close = rejected.close.number(),
                "a calling socket was refused"
            );
            if let Some(frame) = rejected.frame {
                link.send(frame);
            }
            link.close(rejected.close);
        }
    }
}

async fn begin(app: &App, sessions: &Sessions, hello: &Hello) -> Result<Starting, Rejected> {
    check_version(hello.version)?;
    let principal = verify(app, &hello.token).await?;
    let display_name = app.services.calls.directory_name(&principal).await;
    let display_name = display_name.map_err(|error| unavailable(&error))?;
    let Some(Admission {
        entry,
        resume_key,
        resumptions,
    }) = sessions.admit(&principal.raw_id)
    else {
        return Err(Rejected::new(EndCode::TOO_MANY, CloseCode::Busy));
    };
    let limits = sessions.limits().session;
    let millis = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let welcome = Opened::Welcome(Welcome {
        session: entry.id().to_owned(),
        resume_key,
        resume_window_ms: millis(limits.resume_window),
        heartbeat_ms: millis(limits.heartbeat),
        server_time: app.services.context.now(),
        identity: Identity {
            raw_id: principal.raw_id.to_string(),
            kind: kind(&principal.raw_id),
        },
        display_name,
        token_expires_on: principal.expires_on,
    })
    .text();
    Ok(Starting {
        principal,
        token: hello.token.clone(),
        entry,
        resumptions,
        limits,
        welcome,
    })
}

/// A resume whose key and token were checked.
struct CheckedResume {
    to: tokio::sync::mpsc::Sender<Resumption>,
    principal: Principal,
    token: String,
}

impl CheckedResume {
    async fn hand_over(self, link: Link, after: u64) {
        let resumption = Resumption {
            link,
            after,
            principal: self.principal,
            token: self.token,
        };
        if let Err(error) = self.to.send(resumption).await {
            reject_resume(error.0.link);
        }
    }
}

/// CP-13.
pub(super) fn reject_resume(link: Link) {
    link.send(refused(GONE.code, GONE.sub_code, "the session is gone"));
    link.close(CloseCode::Gone);
}

async fn check_resume(
    app: &App,
    sessions: &Sessions,
    resume: &Resume,
) -> Result<CheckedResume, Rejected> {
    check_version(resume.version)?;
    let principal = verify(app, &resume.token).await?;
    let to = sessions
        .find(&resume.session, &resume.resume_key, &principal.raw_id)
        .ok_or_else(|| Rejected {
            frame: Some(refused(GONE.code, GONE.sub_code, "the session is gone")),
            close: CloseCode::Gone,
        })?;
    Ok(CheckedResume {
        to,
        principal,
        token: resume.token.clone(),
    })
}

fn check_version(version: u64) -> Result<(), Rejected> {
    if version == VERSION {
        return Ok(());
    }
    let frame = Some(refused(400, 0, "this version of the protocol is not known"));
    Err(Rejected {
        frame,
        close: CloseCode::Unauthorized,
    })
}

/// A token that counts and gives calling.
async fn verify(app: &App, token: &str) -> Result<Principal, Rejected> {
    let verified = app.services.tokens.verify(token).await;
    let principal = verified.map_err(|error| match error {
        ServiceError::Unavailable(_) | ServiceError::Internal(_) => unavailable(&error),
        _ => Rejected::new(EndCode::BAD_TOKEN, CloseCode::Unauthorized),
    })?;
    if principal.may_call() {
        Ok(principal)
    } else {
        let end = EndCode::NO_CALLING_SCOPE;
        Err(Rejected::new(end, CloseCode::Unauthorized))
    }
}

fn unavailable(error: &ServiceError) -> Rejected {
    tracing::error!(%error, "an opening could not be checked");
    Rejected::new(EndCode::UNAVAILABLE, CloseCode::Busy)
}
