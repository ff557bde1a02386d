//! The session machine: table tests per rule, and a lossy run in which every frame arrives exactly once, in order.
use super::*;
use proptest::prelude::*;

const START: Timestamp = Timestamp(1_000_000);

fn at(ms: i64) -> Timestamp {
    Timestamp(START.0 + ms)
}

fn session() -> Session {
    Session::new(Limits::default(), START)
}

fn drain(session: &mut Session) -> Vec<Output> {
    std::iter::from_fn(|| session.poll_output()).collect()
}

fn leave(id: u64) -> String {
    format!(r#"{{"id":{id},"type":"rosterSync","leg":"6f1c8f0e-5f0e-4a53-9c0a-0d6f1c8f0e5f"}}"#)
}

fn bye_frame() -> Frame {
    Frame::Bye {
        code: 0,
        sub_code: 0,
        reason: "x",
    }
}

fn seqs(outputs: &[Output]) -> Vec<u64> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Text(text) => {
                serde_json::from_str::<Value>(text).expect("json")["seq"].as_u64()
            }
            Output::Close(_) | Output::Drop => None,
        })
        .collect()
}

// [CP-4]
#[test]
fn requests_come_in_order_each_once() {
    let mut session = session();
    for id in [1, 2, 2, 1, 3] {
        session.handle_frame(&leave(id), START);
    }
    for expected in [1, 2, 3] {
        assert_eq!(session.poll_request().map(|(id, _)| id), Some(expected));
        assert!(session.poll_request().is_none(), "one at a time");
        session.reply(Value::Null);
    }
    assert!(session.poll_request().is_none());
    session.handle_frame(&leave(5), START);
    assert_eq!(
        drain(&mut session).last(),
        Some(&Output::Close(CloseCode::Malformed))
    );
}

// [CP-5] [CP-8]
#[test]
fn answers_are_numbered_from_1() {
    let mut session = session();
    session.handle_frame(&leave(1), START);
    session.handle_frame(r#"{"id":2,"type":"fly"}"#, START);
    assert!(session.poll_request().is_some());
    session.refuse(403, 41_106, "no");
    let outputs = drain(&mut session);
    assert_eq!(seqs(&outputs), [1, 2]);
    let Output::Text(text) = &outputs[1] else {
        panic!()
    };
    assert_eq!(
        serde_json::from_str::<Value>(text).expect("json"),
        serde_json::json!({"seq":2,"type":"error","id":1,"code":403,"subCode":41106,"message":"no"})
    );
}

// [CP-6]
#[test]
fn silence_drops_the_socket_and_pings_are_answered() {
    let mut session = session();
    session.push(&bye_frame());
    drain(&mut session);
    session.handle_frame(r#"{"type":"ping","ack":1}"#, at(20_000));
    assert_eq!(
        drain(&mut session),
        [Output::Text(r#"{"type":"pong"}"#.to_owned())]
    );
    assert_eq!(session.next_deadline(), Some(at(45_000)));
    session.handle_time(at(44_999));
    assert!(session.lost().is_none());
    session.handle_time(at(45_000));
    assert_eq!(session.lost(), Some((at(45_000), false)));
    assert_eq!(drain(&mut session), [Output::Drop]);
    session.handle_time(at(105_000));
    assert_eq!(session.ended(), Some(EndedBy::Absence));
}

// [CP-2]
#[test]
fn malformed_frames_close_with_4400() {
    for text in [
        "nonsense",
        r#"{"type":"ping","ack":7}"#,
        r#"{"type":"leave"}"#,
    ] {
        let mut session = session();
        session.handle_frame(text, START);
        assert_eq!(
            drain(&mut session),
            [Output::Close(CloseCode::Malformed)],
            "{text}"
        );
        assert!(session.lost().is_some());
    }
    assert_eq!(CloseCode::Malformed.number(), 4400);
}

// [CP-7]
#[test]
fn too_many_unacknowledged_frames_end_the_session() {
    let mut by_count = session();
    for _ in 0..1_024 {
        by_count.push(&bye_frame());
    }
    assert!(by_count.ended().is_none());
    by_count.push(&bye_frame());
    assert_eq!(by_count.ended(), Some(EndedBy::Overflow));
    assert_eq!(drain(&mut by_count), [Output::Close(CloseCode::Gone)]);
    assert!(!by_count.handle_resume(0, START), "it cannot be resumed");

    let mut by_bytes = session();
    let large = Frame::Reply {
        id: 1,
        result: Value::String("x".repeat(1024 * 1024)),
    };
    for _ in 0..4 {
        by_bytes.push(&large);
    }
    assert_eq!(by_bytes.ended(), Some(EndedBy::Overflow));
}

// [CP-7]
#[test]
fn the_257th_waiting_request_is_answered_429() {
    let mut session = session();
    for id in 1..=257 {
        session.handle_frame(&leave(id), START);
    }
    let outputs = drain(&mut session);
    let Output::Text(text) = &outputs[0] else {
        panic!()
    };
    let answer: Value = serde_json::from_str(text).expect("json");
    assert_eq!(
        (&answer["id"], &answer["code"]),
        (&Value::from(257), &Value::from(429))
    );
    assert_eq!(outputs.len(), 1);
}

// [CP-12] [CP-14]
#[test]
fn resume_replays_the_gap_once_and_tells_what_was_handled() {
    let mut session = session();
    session.handle_frame(&leave(1), START);
    session.poll_request();
    session.reply(Value::Null);
    session.push(&bye_frame());
    session.push(&bye_frame());
    assert_eq!(seqs(&drain(&mut session)), [1, 2, 3]);
    session.handle_closed(false, at(1_000));
    session.push(&bye_frame());
    assert!(
        drain(&mut session).is_empty(),
        "nothing is sent without a socket"
    );
    assert!(session.handle_resume(1, at(30_000)));
    let outputs = drain(&mut session);
    assert_eq!(
        outputs[0],
        Output::Text(r#"{"type":"resumed","handled":1}"#.to_owned())
    );
    assert_eq!(seqs(&outputs), [2, 3, 4]);
    session.handle_frame(&leave(1), at(30_001));
    assert!(session.poll_request().is_none(), "request 1 was handled");
    // A newer socket takes over while the older still stands.
    assert!(session.handle_resume(4, at(30_002)));
    assert_eq!(seqs(&drain(&mut session)), [0; 0]);
}

// [CP-13]
#[test]
fn resume_is_refused_when_it_cannot_be_whole() {
    let mut early = session();
    early.push(&bye_frame());
    early.push(&bye_frame());
    early.handle_frame(r#"{"type":"ping","ack":2}"#, START);
    assert!(!early.handle_resume(1, START), "frame 2 is no longer held");
    assert!(!early.handle_resume(3, START), "frame 3 was never sent");
    let mut late = session();
    late.handle_closed(true, START);
    late.handle_time(at(60_000));
    assert!(!late.handle_resume(0, at(60_000)));
}

// [CP-15] [CP-17]
#[test]
fn bye_closes_after_everything_before_it() {
    let mut session = session();
    session.push(&bye_frame());
    session.bye(503, 0, "shutdown", CloseCode::Restart);
    let outputs = drain(&mut session);
    assert_eq!(seqs(&outputs), [1, 2]);
    assert_eq!(outputs[2], Output::Close(CloseCode::Restart));
    assert_eq!(session.ended(), Some(EndedBy::Bye));
}

#[derive(Clone, Debug)]
enum Step {
    Push,
    Request,
    Ack,
    /// Delivers this many frames of what the socket carries.
    Deliver(usize),
    Lose,
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Push),
        2 => Just(Step::Request),
        1 => Just(Step::Ack),
        3 => (0usize..6).prop_map(Step::Deliver),
        1 => Just(Step::Lose),
        2 => Just(Step::Resume),
    ]
}

/// A client beside the machine: what it saw, what it asked, what is on the wire.
#[derive(Default)]
struct Client {
    seen: Vec<u64>,
    asked: u64,
    wire: VecDeque<String>,
}

impl Client {
    fn take(&mut self, count: usize) {
        for text in self.wire.drain(..count.min(self.wire.len())) {
            let frame: Value = serde_json::from_str(&text).expect("json");
            self.seen.extend(frame["seq"].as_u64());
        }
    }

    fn last(&self) -> u64 {
        self.seen.last().copied().unwrap_or(0)
    }
}

fn carry(session: &mut Session, client: &mut Client) {
    for output in drain(session) {
        if let Output::Text(text) = output {
            client.wire.push_back(text);
        }
    }
}

fn run(session: &mut Session, client: &mut Client, step: &Step, done: &mut Vec<u64>) {
    match step {
        Step::Push => session.push(&bye_frame()),
        Step::Request => {
            client.asked += 1;
            session.handle_frame(&leave(client.asked), START);
        }
        Step::Ack => {
            let ping = format!(r#"{{"type":"ping","ack":{}}}"#, client.last());
            session.handle_frame(&ping, START);
        }
        Step::Deliver(count) => client.take(*count),
        Step::Lose => {
            session.handle_closed(false, START);
            client.wire.clear();
        }
        Step::Resume => resume(session, client),
    }
    while let Some((id, _)) = session.poll_request() {
        done.push(id);
        session.reply(Value::Null);
    }
    carry(session, client);
}

fn resume(session: &mut Session, client: &mut Client) {
    client.wire.clear();
    assert!(session.handle_resume(client.last(), START));
    let handled = session.handled;
    for id in handled + 1..=client.asked {
        session.handle_frame(&leave(id), START);
    }
}

proptest! {
    // [CP-4] [CP-5] [CP-12]
    #[test]
    fn random_loss_and_resume_give_each_frame_once_in_order(steps in prop::collection::vec(step(), 1..200)) {
        let (mut session, mut client, mut done) = (session(), Client::default(), Vec::new());
        for step in &steps {
            run(&mut session, &mut client, step, &mut done);
        }
        run(&mut session, &mut client, &Step::Resume, &mut done);
        client.take(usize::MAX);
        prop_assert_eq!(&client.seen, &(1..=session.last_seq).collect::<Vec<_>>());
        prop_assert_eq!(&done, &(1..=client.asked).collect::<Vec<_>>());
    }
}
