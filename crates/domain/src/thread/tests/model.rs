//! Random comings, goings, messages, edits and clocks against a second telling of who reads what: the rules know moments,
//! this model only the order in which things happened.
use super::*;

const PEOPLE: usize = 4;
const CASES: u32 = 260;
const STEPS: usize = 400;
// At least 100,000 steps a run.
const _: () = assert!(CASES as usize * STEPS >= 100_000);

/// Where somebody's history starts.
#[derive(Clone, Copy, Debug)]
enum From {
    Everything,
    Now,
    /// The message of this number, modulo how many there are.
    Message(usize),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Come(usize, From),
    Go(usize),
    Say,
    Change(usize),
    ShareAll(bool),
    /// The machine's clock is set: forward, back, or not at all.
    Clock(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let from = prop_oneof![
        Just(From::Everything),
        Just(From::Now),
        (0_usize..100).prop_map(From::Message)
    ];
    prop_oneof![
        3 => (0..PEOPLE, from).prop_map(|(who, from)| Step::Come(who, from)),
        2 => (0..PEOPLE).prop_map(Step::Go),
        4 => Just(Step::Say),
        2 => (0_usize..100).prop_map(Step::Change),
        1 => any::<bool>().prop_map(Step::ShareAll),
        3 => (-3_i64..20).prop_map(Step::Clock),
    ]
}

/// A message twice: its moments for the rules, its places in the order of things for the model.
struct Said {
    id: Timestamp,
    version: Timestamp,
    created: usize,
    changed: usize,
}

/// A stay in the model: places in the order of things.
#[derive(Clone, Copy)]
struct Stay {
    sees_from: usize,
    left: Option<usize>,
}

struct World {
    kind: ThreadKind,
    thread: Thread,
    now: i64,
    share_all: bool,
    done: usize,
    said: Vec<Said>,
    windows: [Vec<Window>; PEOPLE],
    stays: [Vec<Stay>; PEOPLE],
}

impl World {
    fn new(kind: ThreadKind) -> Self {
        Self {
            kind,
            thread: blank_thread(kind),
            now: 0,
            share_all: false,
            done: 0,
            said: Vec::new(),
            windows: Default::default(),
            stays: Default::default(),
        }
    }

    fn tick(&mut self) -> Timestamp {
        self.thread.tick(Timestamp(self.now))
    }

    fn take(&mut self, step: Step) {
        self.done += 1;
        match step {
            Step::Come(who, from) => self.come(who, from),
            Step::Go(who) => self.go(who),
            Step::Say => {
                let id = self.tick();
                self.said.push(Said {
                    id,
                    version: id,
                    created: self.done,
                    changed: self.done,
                });
            }
            Step::Change(number) if !self.said.is_empty() => {
                let number = number % self.said.len();
                self.said[number].version = self.tick();
                self.said[number].changed = self.done;
            }
            Step::Change(_) => {}
            Step::ShareAll(share) => self.share_all = share,
            Step::Clock(change) => self.now += change,
        }
    }

    /// As the store opens windows: one at a time, at the thread's next moment.
    fn come(&mut self, who: usize, from: From) {
        if self.windows[who].iter().any(Window::is_open) {
            return;
        }
        let opened_on = self.tick();
        let (visible_from, sees_from) = match from {
            From::Everything => (Timestamp::default(), 0),
            From::Message(number) if !self.said.is_empty() => {
                let first = &self.said[number % self.said.len()];
                (first.id, first.created)
            }
            From::Now | From::Message(_) => (opened_on, self.done),
        };
        self.windows[who].push(window(visible_from.0, opened_on.0, None));
        let left = None;
        self.stays[who].push(Stay { sees_from, left });
    }

    fn go(&mut self, who: usize) {
        if !self.windows[who].iter().any(Window::is_open) {
            return;
        }
        let closed_on = self.tick();
        let done = self.done;
        if let Some(last) = self.windows[who].last_mut() {
            last.closed_on = Some(closed_on);
        }
        if let Some(last) = self.stays[who].last_mut() {
            last.left = Some(done);
        }
    }

    fn is_inside(&self, who: usize) -> bool {
        self.stays[who]
            .last()
            .is_some_and(|stay| stay.left.is_none())
    }

    /// The model's answer, in the words of the specification.
    fn reads(&self, who: usize, said: &Said) -> bool {
        let stays = &self.stays[who];
        let inside = self.is_inside(who);
        let now = stays.last().is_some_and(|stay| {
            inside && (stay.sees_from <= said.created || self.shares_everything())
        });
        if matches!(self.kind, ThreadKind::Meeting(_)) {
            return now;
        }
        let past = stays.iter().rev().filter(|stay| stay.left.is_some());
        let before = past.take(window::PAST_WINDOWS_MAX).any(|stay| {
            stay.sees_from <= said.created && stay.left.is_some_and(|left| said.changed < left)
        });
        now || before
    }

    fn shares_everything(&self) -> bool {
        self.share_all && matches!(self.kind, ThreadKind::Meeting(_))
    }

    fn check(&self, who: usize) -> Result<(), TestCaseError> {
        let windows = &self.windows[who];
        let sight = Sight::of(self.kind, windows, self.share_all);
        for said in &self.said {
            let seen = sight.shows(said.id, said.version);
            prop_assert_eq!(
                seen,
                self.reads(who, said),
                "person {} message {}",
                who,
                said.id.0
            );
        }
        let place = Place {
            kind: self.kind,
            rules: ChatRules {
                option: ChatOption::Enabled,
                policy: MeetingChat::Enabled,
                share_all: self.share_all,
            },
            call_is_on: true,
            windows,
        };
        let caller = caller(ClientKind::External, &[Scope::Chat]);
        let may = |act| decide(&caller, act, &place).is_ok();
        let is_in = self.is_inside(who);
        let was_in = !windows.is_empty();
        let in_meeting = matches!(self.kind, ThreadKind::Meeting(_));
        prop_assert_eq!(may(Act::Write), is_in);
        prop_assert_eq!(may(Act::Withdraw), is_in);
        prop_assert_eq!(may(Act::AddParticipants), is_in && !in_meeting);
        prop_assert_eq!(may(Act::Read), is_in || (was_in && !in_meeting));
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    // [G2] [G3] [N2]
    #[test]
    fn nobody_ever_reads_more_or_less_than_their_stays_show(
        in_meeting in any::<bool>(),
        steps in proptest::collection::vec(step(), STEPS),
    ) {
        let mut world = World::new(if in_meeting { MEETING } else { CHAT });
        for (number, step) in steps.into_iter().enumerate() {
            world.take(step);
            world.check(number % PEOPLE)?;
        }
        for who in 0..PEOPLE {
            world.check(who)?;
        }
    }
}
