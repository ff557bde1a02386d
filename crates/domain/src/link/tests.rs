//! The link grammar, as tables and properties.
use super::*;
use proptest::prelude::*;

const TENANT: &str = "1b5cc06b-f352-4571-b1e6-d9b259b7c776";
const OID: &str = "0f2f1c5e-aaaa-4bbb-8ccc-0123456789ab";
const THREAD: &str = "19:meeting_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU@thread.v2";

fn hosts() -> LinkHosts {
    let origin = Url::parse("https://meet.example.org:8443/").expect("origin");
    LinkHosts::new(
        &origin,
        &[
            "Teams.Microsoft.com".to_owned(),
            "teams.live.com".to_owned(),
        ],
    )
}

fn ids() -> (ThreadId, OrganisationId, MemberId) {
    (
        ThreadId::parse(THREAD).expect("thread"),
        TENANT.parse().expect("tenant"),
        OID.parse().expect("oid"),
    )
}

fn meeting() -> Locator {
    let (thread, tenant, organiser) = ids();
    Locator::Meeting {
        thread,
        message_id: "0".to_owned(),
        tenant,
        organiser,
    }
}

fn number(passcode: Option<&str>) -> Locator {
    Locator::from_meeting_id("123456789012", passcode).expect("locator")
}

fn context(extra: &str) -> String {
    format!("%7b%22Tid%22%3a%22{TENANT}%22%2c%22Oid%22%3a%22{OID}%22{extra}%7d")
}

// [E14] [D3] Long link, short link, coordinates, id with passcode: each names the same meeting.
#[test]
fn every_form_is_read() {
    let escaped = THREAD.replace(':', "%3a").replace('@', "%40");
    let upper = THREAD.replace(':', "%3A").replace('@', "%40");
    let base = "https://meet.example.org/l/meetup-join";
    let own = format!("{base}/{escaped}/0?context={}", context(""));
    let encoded = percent_encoding::utf8_percent_encode(&own, percent_encoding::NON_ALPHANUMERIC);
    let long = [
        own.clone(),
        encoded.to_string(),
        format!("  {own}\n"),
        format!(
            "{base}/{upper}/0?context={}",
            context("").replace("%7b", "%7B")
        ),
        format!("{base}/{THREAD}/0?context={{\"Tid\":\"{TENANT}\",\"Oid\":\"{OID}\"}}"),
        format!(
            "http://meet.example.org:8080/l/meetup-join/{escaped}/0?context={}",
            context("")
        ),
        format!(
            "https://teams.microsoft.com/l/meetup-join/{escaped}/0?context={}",
            context("")
        ),
        format!(
            "{base}/{escaped}/0?context={}",
            context("%2c%22IsBroadcastMeeting%22%3afalse")
        ),
    ];
    for link in long {
        assert_eq!(Locator::from_link(&link, &hosts()), Ok(meeting()), "{link}");
    }
    for (link, passcode) in [
        (
            "https://meet.example.org/meet/123456789012?p=aB-_5678",
            Some("aB-_5678"),
        ),
        ("https://meet.example.org:8443/meet/123456789012", None),
        (
            "HTTPS%3A%2F%2Fmeet.example.org%2Fmeet%2F123456789012%3Fp%3Dabc",
            Some("abc"),
        ),
        (
            "https://teams.microsoft.com/meet/123456789012?p=abc&x=1",
            Some("abc"),
        ),
    ] {
        assert_eq!(
            Locator::from_link(link, &hosts()),
            Ok(number(passcode)),
            "{link}"
        );
    }
    assert_eq!(
        Locator::from_coordinates(THREAD, OID, TENANT, "0"),
        Ok(meeting())
    );
    assert_eq!(
        Locator::from_meeting_id("123 456 789 012", Some("")),
        Ok(number(None))
    );
}

// [E14] A bad one gives the documented code.
#[test]
fn bad_links_have_their_codes() {
    // OURS stands for our host, LONG for the path up to the message id, CONTEXT for a good context.
    let table = "
        40210 not-a-link
        40210 ftp://OURS/meet/123456789012
        40210 https://OURS/
        40210 https://OURS/meet/
        40210 https://OURS/meet/12345678901x
        40210 https://OURS/meet/123456789012/
        40210 https://OURS/meet/123456789012?x=1&p=abc
        40210 https://OURS/meet/123456789012?p=
        40210 https://OURS/meet/123456789012#a
        40210 https://elsewhere.example/meet/123456789012?p=abc
        40210 https://teams.microsoft.com.evil.example/meet/123456789012
        40238 https://teams.live.com/meet/123456789012?p=abc
        40238 https://Teams.Live.Com./meet/123456789012?p=abc
        5448  https://gov.teams.microsoft.us/meet/123456789012?p=abc
        5448  https://dod.teams.microsoft.us/LONG/0?context=CONTEXT
        40210 https://OURS/LONG/0
        40210 https://OURS/LONG/0?context=
        40210 https://OURS/LONG/0?context=%7b%7d
        40210 https://OURS/LONG/0?context=%5b%5d
        40210 https://OURS/LONG/0?a=1&context=CONTEXT
        40210 https://OURS/LONG/0?context=CONTEXT&a=1
        40210 https://OURS/LONG/x?context=CONTEXT
        40210 https://OURS/prefix/LONG/0?context=CONTEXT
        40210 https://OURS/LONG/0?context=%7b%22Tid%22%3a1%2c%22Oid%22%3a2%7d
        5354  https://OURS/LONG/0?context=BROADCAST";
    let thread = THREAD.replace(':', "%3a").replace('@', "%40");
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let (sub_code, link) = row.trim().split_once(' ').expect("two columns");
        let link = link
            .trim()
            .replace("OURS", "meet.example.org")
            .replace("LONG", &format!("l/meetup-join/{thread}"))
            .replace("CONTEXT", &context(""))
            .replace("BROADCAST", &context("%2c%22IsBroadcastMeeting%22%3atrue"));
        let refused = Locator::from_link(&link, &hosts()).expect_err(&link);
        assert_eq!(refused.codes().1.to_string(), sub_code, "{link}");
    }
    let long = format!(
        "https://meet.example.org/meet/{}",
        "1".repeat(LINK_BYTES_MAX)
    );
    assert_eq!(Locator::from_link(&long, &hosts()), Err(LinkError::BadLink));
    assert_eq!(Locator::from_link("", &hosts()), Err(LinkError::BadLink));
    assert_eq!(LinkError::BadLink.codes(), (400, 40_210));
    assert_eq!(LinkError::BadLocator.codes(), (400, 40_209));
    assert_eq!(LinkError::Personal.codes(), (400, 40_238));
}

// [E14]
#[test]
fn bad_locators_are_told_from_bad_links() {
    for (thread, oid, tenant, message) in [
        ("", OID, TENANT, "0"),
        ("19:x@thread.v2", OID, TENANT, "0"),
        (THREAD, "x", TENANT, "0"),
        (THREAD, OID, "", "0"),
        (THREAD, OID, TENANT, ""),
        (THREAD, OID, TENANT, "-1"),
    ] {
        let refused = Locator::from_coordinates(thread, oid, tenant, message);
        assert_eq!(refused, Err(LinkError::BadLocator));
    }
    for (id, passcode) in [
        ("", None),
        ("12a456789", None),
        ("123456789012", Some("a b")),
    ] {
        assert_eq!(
            Locator::from_meeting_id(id, passcode),
            Err(LinkError::BadLocator)
        );
    }
    assert_eq!(Locator::from_group("x"), Err(LinkError::BadLocator));
    assert!(Locator::from_group(TENANT).is_ok());
}

#[test]
fn other_message_ids_and_channel_threads_are_channel_meetings() {
    for (thread, message) in [
        (THREAD, "1700000000000"),
        ("19:0123456789abcdef@thread.tacv2", "0"),
        ("19:0123456789abcdef@thread.skype", "1700000000000"),
    ] {
        let read = Locator::from_coordinates(thread, OID, TENANT, message);
        assert!(
            matches!(read, Ok(Locator::Channel { .. })),
            "{thread} {message}"
        );
    }
}

#[test]
fn a_loopback_origin_is_reached_by_all_names_of_the_machine() {
    let hosts = LinkHosts::new(&Url::parse("https://localhost:8443/").expect("origin"), &[]);
    for host in ["localhost", "127.0.0.1:8080", "[::1]:9"] {
        let link = format!("http://{host}/meet/123456789012");
        assert!(Locator::from_link(&link, &hosts).is_ok(), "{host}");
    }
    assert!(Locator::from_link("http://127.0.0.2/meet/123456789012", &hosts).is_err());
}

// Bearer secrets stay out of logs.
#[test]
fn nothing_secret_is_shown_by_debug() {
    let passcode = Passcode::parse("s3cretpass").expect("passcode");
    let all = format!(
        "{:?} {:?} {:?} {passcode:?}",
        meeting(),
        number(Some("s3cretpass")),
        hosts()
    );
    for secret in ["s3cretpass", "123456789012", "QUJD", TENANT, OID] {
        assert!(!all.contains(secret), "{all}");
    }
}

#[test]
fn new_numbers_and_passcodes_have_their_form() {
    for bits in [0, 1, 899_999_999_999, u64::MAX] {
        let number = MeetingNumber::from_random(bits);
        assert_eq!(number.as_str().len(), 12);
        assert_eq!(MeetingNumber::parse(number.as_str()), Some(number));
    }
    let passcode = Passcode::from_random([255; 12]);
    assert_eq!(passcode.as_str().len(), 16);
    assert_eq!(Passcode::parse(passcode.as_str()), Some(passcode));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = Locator::from_link(&text, &hosts());
        let _ = Locator::from_coordinates(&text, &text, &text, &text);
        let _ = Locator::from_meeting_id(&text, Some(&text));
        let _ = Locator::from_group(&text);
    }

    #[test]
    fn nothing_behind_our_host_panics(
        path in "(/l/meetup-join|/meet)?/[ -~é%]{0,60}", query in "(context=|p=)?[ -~é%]{0,80}",
    ) {
        let _ = Locator::from_link(&format!("https://meet.example.org{path}?{query}"), &hosts());
    }

    #[test]
    fn what_is_printed_is_read_back(
        name in "[A-Za-z0-9_-]{43}", tenant: u128, oid: u128, bits: u64, code: [u8; 12], whole: bool,
    ) {
        let thread = ThreadId::meeting(&name).expect("thread");
        let (tenant, organiser) =
            (OrganisationId(Uuid::from_u128(tenant)), MemberId(Uuid::from_u128(oid)));
        let (id, passcode) = (MeetingNumber::from_random(bits), Passcode::from_random(code));
        let wrap = |link: String| if whole {
            percent_encoding::utf8_percent_encode(&link, percent_encoding::NON_ALPHANUMERIC).to_string()
        } else { link };
        let long = wrap(long_link("https://meet.example.org", &thread, tenant, organiser));
        let short = wrap(short_link("https://meet.example.org", &id, Some(&passcode)));
        let expected = Locator::Meeting { thread, message_id: "0".to_owned(), tenant, organiser };
        prop_assert_eq!(Locator::from_link(&long, &hosts()), Ok(expected));
        let expected = Locator::MeetingId { id, passcode: Some(passcode) };
        prop_assert_eq!(Locator::from_link(&short, &hosts()), Ok(expected));
    }
}

// [E14]
#[test]
fn rooms_are_named_by_digits() {
    let room = "99199690362660524".parse().expect("room");
    assert_eq!(
        Locator::from_room("99199690362660524"),
        Ok(Locator::Room { room })
    );
    for (text, error) in [
        ("9919969036266", LinkError::UnknownRoom),
        ("0199690362660524", LinkError::UnknownRoom),
        ("1", LinkError::UnknownRoom),
        ("", LinkError::BadLocator),
        ("room", LinkError::BadLocator),
        ("9919969036266052-", LinkError::BadLocator),
        (&"9".repeat(41), LinkError::BadLocator),
    ] {
        assert_eq!(Locator::from_room(text), Err(error), "{text}");
    }
}
