//! The decision table, row by row (behaviour 3.4 and 3.5), and what must hold for every request.
use super::*;
use crate::{
    ids::ThreadId,
    link::{MeetingNumber, Passcode},
    meeting::{Invitee, MeetingOptions, Times},
};
use proptest::prelude::*;
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn oid(number: u128) -> MemberId {
    MemberId(Uuid::from_u128(number))
}
const ORGANISER: u128 = 1;
const CO_ORGANISER: u128 = 2;
const INVITED: u128 = 3;
const INVITED_PRESENTER: u128 = 4;
const STRANGER: u128 = 9;

fn resource() -> ResourceId {
    ResourceId(Uuid::from_u128(77))
}

fn meeting() -> Meeting {
    let invite = |number, role| Invitee {
        member: Some(oid(number)),
        upn: None,
        role,
    };
    let times = Times::new(None, None, NOW).expect("times");
    Meeting {
        thread: ThreadId::meeting(&"m".repeat(43)).expect("thread"),
        organisation: OrganisationId(Uuid::from_u128(5)),
        organiser: oid(ORGANISER),
        kind: MeetingKind::Scheduled,
        subject: None,
        external_id: None,
        number: MeetingNumber::from_random(1),
        passcode: Some(Passcode::from_random([0; 12])),
        times,
        created_on: NOW,
        expires_on: Meeting::expiry(MeetingKind::Scheduled, times, NOW),
        invitees: vec![
            invite(CO_ORGANISER, InviteeRole::CoOrganiser),
            invite(INVITED, InviteeRole::Attendee),
            invite(INVITED_PRESENTER, InviteeRole::Presenter),
        ],
        options: MeetingOptions::new(&OrganisationPolicy::default()),
    }
}

fn person(name: &str) -> Joiner {
    let member = |number, standing| Joiner::Member {
        member: oid(number),
        standing,
    };
    match name {
        "organiser" => member(ORGANISER, Standing::Own),
        "co-organiser" => member(CO_ORGANISER, Standing::Own),
        "member" => member(STRANGER, Standing::Own),
        "member, invited" => member(INVITED, Standing::Own),
        "guest" => member(STRANGER, Standing::Guest),
        "guest, invited" => member(INVITED, Standing::Guest),
        "trusted" => member(STRANGER, Standing::Trusted),
        "trusted, invited" => member(INVITED, Standing::Trusted),
        "untrusted" => member(STRANGER, Standing::Untrusted),
        "untrusted, invited" => member(INVITED, Standing::Untrusted),
        "impostor" => member(ORGANISER, Standing::Trusted),
        "external" => Joiner::External {
            resource: resource(),
        },
        "visitor" => Joiner::Visitor,
        "phone" => Joiner::Phone,
        other => panic!("no such person: {other}"),
    }
}

/// The call already has somebody verified in it.
fn running() -> RosterFacts {
    RosterFacts {
        verified_seen: true,
        connected: 1,
        ..RosterFacts::default()
    }
}

#[derive(Debug)]
struct Case {
    meeting: Meeting,
    policy: OrganisationPolicy,
    roster: RosterFacts,
}

impl Case {
    fn new(roster: RosterFacts) -> Self {
        Self {
            meeting: meeting(),
            policy: OrganisationPolicy::default(),
            roster,
        }
    }
    fn scope(mut self, scope: LobbyScope) -> Self {
        self.meeting.options.lobby_scope = scope;
        self
    }
    fn request<'a>(&'a self, joiner: &'a Joiner) -> JoinRequest<'a> {
        JoinRequest {
            meeting: &self.meeting,
            policy: &self.policy,
            joiner,
            roster: self.roster,
            now: NOW,
        }
    }
    fn decide(&self, name: &str) -> Decision {
        decide(&self.request(&person(name)))
    }
    fn recheck(&self, name: &str) -> Decision {
        recheck_waiting(&self.request(&person(name)))
    }
}

/// `in`, `wait` (for an admitter), `hold` (for somebody verified), or the codes of a refusal.
fn word(decision: Decision) -> String {
    match decision {
        Decision::Admit { .. } => "in".to_owned(),
        Decision::Lobby {
            waiting_for: WaitingFor::Admitter,
        } => "wait".to_owned(),
        Decision::Lobby {
            waiting_for: WaitingFor::VerifiedPerson,
        } => "hold".to_owned(),
        Decision::Refuse(refusal) => format!("{}/{}", refusal.code, refusal.sub_code),
    }
}

/// Checks a table: one person a row, one lobby scope a column, in the order of `LobbyScope::ALL`.
fn check_table(table: &str, case: impl Fn(LobbyScope) -> Case) {
    let mut rows = 0;
    for row in table.lines().filter(|line| line.contains('|')) {
        let (name, expected) = row.split_once('|').expect("a row");
        let found = LobbyScope::ALL.map(|scope| word(case(scope).decide(name.trim())));
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(found.as_slice(), expected.as_slice(), "{}", name.trim());
        rows += 1;
    }
    assert!(rows > 0);
}

// [E1] [E11] [E12] Somebody verified is in the call.
#[test]
fn who_passes_the_lobby_of_a_running_meeting() {
    check_table(
        "                    everyone  org+trusted+guests  org+guests  org   invited  organisers
        organiser          |  in       in                  in          in    in       in
        co-organiser       |  in       in                  in          in    in       in
        member             |  in       in                  in          in    wait     wait
        member, invited    |  in       in                  in          in    in       wait
        guest              |  in       in                  in          wait  wait     wait
        guest, invited     |  in       in                  in          wait  in       wait
        trusted            |  in       in                  wait        wait  wait     wait
        trusted, invited   |  in       in                  wait        wait  in       wait
        untrusted          |  in       wait                wait        wait  wait     wait
        untrusted, invited |  in       wait                wait        wait  in       wait
        impostor           |  in       in                  wait        wait  wait     wait
        external           |  in       wait                wait        wait  wait     wait
        visitor            |  in       wait                wait        wait  wait     wait
        phone              |  wait     wait                wait        wait  wait     wait
        ",
        |scope| Case::new(running()).scope(scope),
    );
}

// [L2] [E1] Nobody verified is there yet: outsiders wait, whatever the scope.
#[test]
fn nobody_unverified_is_the_first() {
    check_table(
        "                    everyone  org+trusted+guests  org+guests  org   invited  organisers
        organiser          |  in       in                  in          in    in       in
        co-organiser       |  in       in                  in          in    in       in
        member             |  in       in                  in          in    wait     wait
        member, invited    |  in       in                  in          in    in       wait
        guest              |  in       in                  in          wait  wait     wait
        trusted            |  in       in                  wait        wait  wait     wait
        untrusted          |  hold     wait                wait        wait  wait     wait
        untrusted, invited |  hold     wait                wait        wait  hold     wait
        external           |  hold     wait                wait        wait  wait     wait
        visitor            |  hold     wait                wait        wait  wait     wait
        phone              |  wait     wait                wait        wait  wait     wait
        ",
        |scope| Case::new(RosterFacts::default()).scope(scope),
    );
}

// [L1] Anonymous start counts with scope Everyone only; dial-in bypass whatever the scope.
#[test]
fn anonymous_start_and_dial_in_bypass() {
    let with = |roster, scope| {
        let mut case = Case::new(roster).scope(scope);
        case.policy.anonymous_start = true;
        case.meeting.options.dial_in_bypasses_lobby = true;
        case
    };
    check_table(
        "                    everyone  org+trusted+guests  org+guests  org   invited  organisers
        external           |  in       wait                wait        wait  wait     wait
        visitor            |  in       wait                wait        wait  wait     wait
        untrusted          |  in       wait                wait        wait  wait     wait
        phone              |  in       hold                hold        hold  hold     hold
        ",
        |scope| with(RosterFacts::default(), scope),
    );
    check_table(
        "                    everyone  org+trusted+guests  org+guests  org   invited  organisers
        phone              |  in       in                  in          in    in       in
        ",
        |scope| with(running(), scope),
    );
}

// [E9] [L1] With anonymous join off, nobody of the anonymous class comes in; turned on again, the next join works.
#[test]
fn anonymous_join_off() {
    let off = |scope| {
        let mut case = Case::new(running()).scope(scope);
        case.policy.anonymous_join = false;
        case.policy.anonymous_start = true;
        case
    };
    check_table(
        "                    everyone  org+trusted+guests  org+guests  org       invited   organisers
        external           |  403/5723 403/5723            403/5723    403/5723  403/5723  403/5723
        visitor            |  403/5723 403/5723            403/5723    403/5723  403/5723  403/5723
        untrusted          |  403/5724 403/5724            403/5724    403/5724  403/5724  403/5724
        untrusted, invited |  403/5724 403/5724            403/5724    403/5724  403/5724  403/5724
        trusted            |  in       in                  wait        wait      wait      wait
        guest              |  in       in                  in          wait      wait      wait
        member             |  in       in                  in          in        wait      wait
        organiser          |  in       in                  in          in        in        in
        phone              |  wait     wait                wait        wait      wait      wait
        ",
        off,
    );
    let seated = RosterFacts {
        holds_seat: true,
        ..running()
    };
    let mut case = off(LobbyScope::Everyone);
    case.roster = seated;
    assert_eq!(word(case.decide("external")), "403/5723");
    case.policy.anonymous_join = true;
    assert_eq!(word(case.decide("external")), "in");
}

// [E12] [L4] Rules that name the SDK's users touch only them.
#[test]
fn rules_that_name_a_client() {
    type Change = fn(&mut OrganisationPolicy);
    let table: [(&str, Change, &str, &str); 6] = [
        ("nothing", |_| {}, "wait", "wait"),
        (
            "SDK clients blocked",
            |p| _ = p.blocked_anonymous_clients.insert(AnonymousClient::Acs),
            "403/5723",
            "wait",
        ),
        (
            "our join page blocked",
            |p| {
                _ = p
                    .blocked_anonymous_clients
                    .insert(AnonymousClient::JoinPage)
            },
            "wait",
            "403/5723",
        ),
        (
            "external access off",
            |p| p.external_access = false,
            "403/5723",
            "wait",
        ),
        (
            "allow-list without the resource",
            |p| p.require_allowed_resource = true,
            "403/5723",
            "wait",
        ),
        (
            "allow-list with the resource",
            |p| {
                p.require_allowed_resource = true;
                p.allowed_resources.insert(resource());
            },
            "wait",
            "wait",
        ),
    ];
    for (name, change, external, visitor) in table {
        let mut case = Case::new(running());
        change(&mut case.policy);
        assert_eq!(word(case.decide("external")), external, "{name}");
        assert_eq!(word(case.decide("visitor")), visitor, "{name}");
        assert_eq!(word(case.decide("member")), "in", "{name}");
    }
}

// [E5] [E6] Kinds that are not private meetings are refused to everybody, each with its code.
#[test]
fn kinds_that_cannot_be_joined() {
    for kind in MeetingKind::ALL {
        let expected = match kind {
            MeetingKind::Scheduled | MeetingKind::MeetNow => ["wait", "in"],
            MeetingKind::LiveEvent | MeetingKind::TownHall => ["403/5354"; 2],
            MeetingKind::Channel | MeetingKind::Webinar | MeetingKind::Personal => ["403/5448"; 2],
        };
        let mut case = Case::new(running());
        case.meeting.kind = kind;
        assert_eq!(
            ["external", "organiser"].map(|name| word(case.decide(name))),
            expected
        );
    }
    let mut encrypted = Case::new(running());
    encrypted.meeting.options.end_to_end_encrypted = true;
    assert_eq!(word(encrypted.decide("organiser")), "403/5448");
    let mut elsewhere = Case::new(running());
    elsewhere.policy.cloud = Cloud::Government;
    assert_eq!(word(elsewhere.decide("external")), "403/5448");
}

#[test]
fn expired_locked_and_full() {
    let names = ["organiser", "member", "external", "phone"];
    let words = |case: &Case| names.map(|name| word(case.decide(name)));
    let mut case = Case::new(running());
    case.meeting.expires_on = NOW;
    assert_eq!(words(&case), ["404/4500"; 4], "expired");

    let mut case = Case::new(running());
    case.roster.locked = true;
    assert_eq!(
        words(&case),
        ["in", "403/5448", "403/5448", "403/5448"],
        "locked"
    );
    case.roster.holds_seat = true;
    assert_eq!(words(&case), ["in"; 4], "locked, with a seat");

    let mut case = Case::new(running());
    case.roster.connected = case.policy.meeting_participants_max;
    assert_eq!(words(&case), ["413/5808"; 4], "meeting full");
    case.roster.connected -= 1;
    assert_eq!(words(&case), ["in", "in", "wait", "wait"], "one place left");

    let mut case = Case::new(running());
    case.roster.waiting = case.policy.lobby_participants_max;
    assert_eq!(
        words(&case),
        ["in", "in", "413/5807", "413/5807"],
        "lobby full"
    );
    case.roster.waiting -= 1;
    assert_eq!(
        words(&case),
        ["in", "in", "wait", "wait"],
        "one place in the lobby"
    );
}

#[test]
fn a_kept_seat_lets_back_in_and_a_removal_takes_it() {
    for scope in LobbyScope::ALL {
        let mut case = Case::new(RosterFacts {
            holds_seat: true,
            ..RosterFacts::default()
        })
        .scope(scope);
        for name in [
            "member",
            "guest",
            "trusted",
            "untrusted",
            "external",
            "visitor",
            "phone",
        ] {
            assert_eq!(word(case.decide(name)), "in", "{name} {scope:?}");
        }
        case.roster = RosterFacts {
            was_removed: true,
            ..running()
        };
        for name in [
            "guest",
            "trusted",
            "untrusted",
            "external",
            "visitor",
            "phone",
        ] {
            assert_eq!(word(case.decide(name)), "wait", "{name} {scope:?}");
        }
        assert_eq!(word(case.decide("organiser")), "in");
    }
}

// [E1] [L2] The first verified person lets in whoever only waited for that; nobody else.
#[test]
fn the_first_verified_person_opens_the_door() {
    let outsiders = ["external", "visitor", "untrusted"];
    let mut case = Case::new(RosterFacts::default()).scope(LobbyScope::Everyone);
    assert_eq!(outsiders.map(|name| word(case.recheck(name))), ["hold"; 3]);
    case.roster = running();
    assert_eq!(outsiders.map(|name| word(case.recheck(name))), ["in"; 3]);
    case.roster.connected = 0;
    assert_eq!(
        outsiders.map(|name| word(case.recheck(name))),
        ["in"; 3],
        "the organiser left"
    );
    let case = Case::new(running());
    assert_eq!(outsiders.map(|name| word(case.recheck(name))), ["wait"; 3]);
}

#[test]
fn people_in_the_lobby_keep_their_place_when_the_meeting_is_shut() {
    let mut case = Case::new(running()).scope(LobbyScope::Everyone);
    case.roster.locked = true;
    assert_eq!(word(case.recheck("external")), "wait");
    case.roster.locked = false;
    case.roster.connected = case.policy.meeting_participants_max;
    case.roster.waiting = case.policy.lobby_participants_max;
    assert_eq!(word(case.recheck("external")), "wait");
    case.policy.anonymous_join = false;
    assert_eq!(word(case.recheck("external")), "403/5723");
    let mut case = Case::new(running()).scope(LobbyScope::Organiser);
    assert_eq!(word(case.recheck("member")), "wait");
    case.meeting.options.lobby_scope = LobbyScope::Organisation;
    assert_eq!(word(case.recheck("member")), "in", "an option changed");
}

// [E4] [F3] Roles by "who can present"; with the policy off nobody anonymous enters as presenter.
#[test]
fn roles_at_the_door() {
    let options = [
        Presenters::Everyone,
        Presenters::Organisation,
        Presenters::RoleIsPresenter,
        Presenters::Organiser,
    ];
    let table = "         everyone  organisation  role  organisers
        organiser        |  O         O             O     O
        co-organiser     |  C         C             C     C
        member           |  P         P             A     A
        member, invited  |  P         P             A     A
        guest            |  P         P             A     A
        trusted          |  P         A             A     A
        impostor         |  P         A             A     A
        untrusted        |  P         A             A     A
        external         |  P         A             A     A
        visitor          |  P         A             A     A
        phone            |  A         A             A     A";
    let role = |case: &Case, joiner: &Joiner| match entry_role(&case.meeting, &case.policy, joiner)
    {
        Role::Organizer => "O",
        Role::CoOrganizer => "C",
        Role::Presenter => "P",
        Role::Attendee => "A",
        Role::Consumer | Role::Collaborator => "a role of rooms",
    };
    for row in table.lines().filter(|line| line.contains('|')) {
        let (name, expected) = row.split_once('|').expect("a row");
        let found = options.map(|presenters| {
            let mut case = Case::new(running());
            case.meeting.options.presenters = presenters;
            role(&case, &person(name.trim()))
        });
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(found.as_slice(), expected.as_slice(), "{name}");
    }
    let mut case = Case::new(running());
    case.meeting.options.presenters = Presenters::RoleIsPresenter;
    let named = Joiner::Member {
        member: oid(INVITED_PRESENTER),
        standing: Standing::Own,
    };
    assert_eq!(role(&case, &named), "P");
    case.meeting.options.presenters = Presenters::Everyone;
    case.policy.anonymous_presenters = false;
    assert_eq!(
        ["external", "visitor", "untrusted"].map(|name| role(&case, &person(name))),
        ["A", "A", "A"]
    );
}

#[test]
fn standing_follows_organisation_directory_and_trust() {
    let (here, there) = (
        OrganisationId(Uuid::from_u128(1)),
        OrganisationId(Uuid::from_u128(2)),
    );
    assert_eq!(Standing::of(here, here, false, false), Standing::Own);
    assert_eq!(Standing::of(here, here, true, true), Standing::Guest);
    assert_eq!(Standing::of(here, there, false, true), Standing::Trusted);
    assert_eq!(Standing::of(here, there, true, false), Standing::Untrusted);
}

fn any_joiner() -> impl Strategy<Value = Joiner> {
    let standing = proptest::sample::select(vec![
        Standing::Own,
        Standing::Guest,
        Standing::Trusted,
        Standing::Untrusted,
    ]);
    prop_oneof![
        any::<u128>().prop_map(|id| Joiner::External {
            resource: ResourceId(Uuid::from_u128(id))
        }),
        Just(Joiner::External {
            resource: resource()
        }),
        Just(Joiner::Visitor),
        Just(Joiner::Phone),
        (0u128..12, standing).prop_map(|(number, standing)| Joiner::Member {
            member: oid(number),
            standing
        }),
    ]
}

fn any_roster() -> impl Strategy<Value = RosterFacts> {
    (any::<[bool; 4]>(), 0u32..400, 0u32..400).prop_map(|(flags, connected, waiting)| RosterFacts {
        verified_seen: flags[0],
        connected,
        waiting,
        locked: flags[1],
        holds_seat: flags[2],
        was_removed: flags[3],
    })
}

fn any_case() -> impl Strategy<Value = Case> {
    let scope = proptest::sample::select(LobbyScope::ALL.to_vec());
    let kind = prop_oneof![
        4 => Just(MeetingKind::Scheduled),
        1 => proptest::sample::select(MeetingKind::ALL.to_vec()),
    ];
    let life = -100i64..100;
    (any_roster(), any::<[bool; 5]>(), scope, kind, life).prop_map(
        |(roster, flags, scope, kind, life)| {
            let mut case = Case::new(roster).scope(scope);
            case.meeting.kind = kind;
            case.meeting.expires_on = Timestamp(NOW.0 + life);
            case.meeting.options.dial_in_bypasses_lobby = flags[0];
            case.policy.anonymous_join = flags[1];
            case.policy.anonymous_start = flags[2];
            case.policy.require_allowed_resource = flags[3];
            case.policy.anonymous_presenters = flags[4];
            case
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    // [E12] Ways 2 and 3 get equal results when no rule names the SDK.
    #[test]
    fn external_users_and_visitors_are_treated_alike(mut case in any_case()) {
        case.policy.require_allowed_resource = false;
        prop_assert_eq!(case.decide("external"), case.decide("visitor"));
        prop_assert_eq!(case.recheck("external"), case.recheck("visitor"));
    }

    #[test]
    fn what_always_holds(case in any_case(), joiner in any_joiner()) {
        let request = case.request(&joiner);
        for decision in [decide(&request), recheck_waiting(&request)] {
            let Decision::Admit { role } = decision else { continue };
            let outsider = matches!(joiner, Joiner::External { .. } | Joiner::Visitor);
            prop_assert!(!case.meeting.has_expired(NOW), "nobody enters an expired meeting");
            prop_assert!(case.roster.connected < case.policy.meeting_participants_max);
            prop_assert!(!case.roster.locked || case.roster.holds_seat || organises(&request));
            if outsider {
                let open = case.meeting.options.lobby_scope == LobbyScope::Everyone;
                prop_assert!(case.policy.anonymous_join);
                prop_assert!(open || case.roster.holds_seat, "the anonymous class passes Everyone only");
                prop_assert!(
                    case.roster.holds_seat || case.roster.verified_seen || case.policy.anonymous_start,
                    "never before somebody verified"
                );
                prop_assert!(!case.roster.was_removed);
                prop_assert!(role < Role::CoOrganizer);
            }
            let own = matches!(joiner, Joiner::Member { standing: Standing::Own, .. });
            prop_assert!(own || !role.organises(), "only members organise");
        }
    }

    #[test]
    fn a_refusal_by_rule_does_not_depend_on_the_call(case in any_case(), joiner in any_joiner(), roster in any_roster()) {
        let rule = refused_by_rule(&case.request(&joiner));
        let other = Case { roster, meeting: case.meeting.clone(), policy: case.policy.clone() };
        if let Some(refusal) = rule {
            prop_assert_eq!(decide(&other.request(&joiner)), Decision::Refuse(refusal));
            prop_assert_eq!(recheck_waiting(&other.request(&joiner)), Decision::Refuse(refusal));
        }
    }
}
