//! What members and outsiders see, and names that try to look like more than they are.
use super::*;
use proptest::prelude::*;

fn seen(viewer: Viewer, origin: Origin, name: &str) -> ShownName {
    shown_name(
        viewer,
        Shown {
            display_name: name,
            origin,
            external_label: "External",
        },
    )
}

fn by_member(name: &str) -> String {
    seen(Viewer::Member, Origin::Elsewhere, name).display_name
}

// [H2] Any name is accepted, and shown to members with the label behind it.
#[test]
fn members_see_the_label_and_outsiders_do_not() {
    let shown = seen(Viewer::Member, Origin::Elsewhere, "Ana");
    assert_eq!(shown.display_name, "Ana (External)");
    assert_eq!(shown.label.as_deref(), Some("External"));
    let shown = seen(Viewer::Outsider, Origin::Elsewhere, "Ana");
    assert_eq!((shown.display_name.as_str(), shown.label), ("Ana", None));
    for viewer in [Viewer::Member, Viewer::Outsider] {
        let shown = seen(viewer, Origin::Organisation, "Bo Berg (Host)");
        assert_eq!(
            (shown.display_name.as_str(), shown.label),
            ("Bo Berg (Host)", None)
        );
    }
    let own_label = shown_name(
        Viewer::Member,
        Shown {
            display_name: "Ana [Patient]",
            origin: Origin::Elsewhere,
            external_label: "Patient",
        },
    );
    assert_eq!(own_label.display_name, "Ana (Patient)");
    assert_eq!(own_label.label.as_deref(), Some("Patient"));
}

// [H2] A name that already ends in a label gains no trust.
#[test]
fn look_alike_labels_are_taken_out() {
    for name in [
        "Ana",
        "Ana (External)",
        "Ana (external)",
        "Ana(EXTERNAL)",
        "Ana (External) (External)",
        "Ana ((External))",
        "Ana [External]",
        "Ana {External}",
        "Ana <External>",
        "Ana （External）",
        "Ana ❨External❩",
        "Ana 【External】",
        "Ana ( E x t e r n a l )",
        "Ana\u{a0}\u{2003}(External)\u{200b}",
        "Ana (Ext\u{200b}ernal)",
        "Ana (Ext\u{ad}ernal)",
        "Ana (Ехtеrnаl)", // Cyrillic Е, х, е, а
        "Ana (Εxternal)", // Greek capital epsilon
        "Ana (Ｅｘｔｅｒｎａｌ)",
        "Ana (𝐄𝐱𝐭𝐞𝐫𝐧𝐚𝐥)",
        "Ana (Externa1)",
        "Ana (Éxternal)",
        "Ana (External",
        "Ana External)",
        "Ana (External].",
        "Ana - External",
        "Ana — Verified",
        "Ana | Host",
        "Ana: Organizer",
        "Ana (Organiser)",
        "Ana (Co-organizer)",
        "Ana (Internal)",
        "(Host) Ana",
        "Ana (Verified) (Guest) [Staff]",
        "Ana (Host) - External (",
        "\u{202e}Ana\u{202c} (External)",
        "  Ana \n\t (External) \r\n",
        "Ana\u{3164}\u{2800}(External)",
    ] {
        assert_eq!(by_member(name), "Ana (External)", "{name:?}");
        let outside = seen(Viewer::Outsider, Origin::Elsewhere, name).display_name;
        assert_eq!(outside, "Ana", "{name:?}");
    }
}

// [H2] An ordinary name keeps everything in it.
#[test]
fn ordinary_names_stay() {
    for name in [
        "Ana Müller",
        "Jean-Luc Picard",
        "O'Neil, Sam",
        "Ana (Berlin)",
        "Dr. Ana (she/her)",
        "李小龙",
        "محمد علي",
        "Sam 👩‍💻",
        "Guest House Ltd",
        "Ana Host",
        "Ko-Me",
        "Sammy Davis Jr.",
        "Mme. X.",
        "Ana :)",
        "R2-D2",
        "Ana (1990)",
        "Åsa (Stockholm) K.",
        "नमस्ते",
    ] {
        assert_eq!(by_member(name), format!("{name} (External)"), "{name:?}");
    }
}

// [H2]
#[test]
fn a_name_of_which_nothing_remains_is_no_blank() {
    for name in [
        "",
        "   ",
        "(External)",
        "[Host] (Verified)",
        "\u{200b}\u{202e}",
    ] {
        assert_eq!(by_member(name), "Unnamed (External)", "{name:?}");
    }
}

#[test]
fn names_have_a_longest() {
    assert_eq!(check_name(&"é".repeat(256)), Ok(()));
    assert_eq!(check_name(&"é".repeat(257)), Err(NameTooLong));
    assert_eq!(check_name(&"👍".repeat(128)), Ok(()));
    assert_eq!(check_name(&"👍".repeat(129)), Err(NameTooLong));
}

proptest! {
    #[test]
    fn any_name_ends_in_exactly_one_label(name in "\\PC{0,60}") {
        let shown = by_member(&name);
        let bare = shown.strip_suffix(" (External)").expect("the label is there");
        prop_assert!(!bare.ends_with("(External)"));
        prop_assert!(!bare.is_empty());
    }

    #[test]
    fn a_pasted_label_changes_nothing(name in "[a-z]{1,12}", word in proptest::sample::select(TRUST_WORDS.to_vec()), upper: bool) {
        let word = if upper { word.to_uppercase() } else { word.to_owned() };
        let pasted = by_member(&format!("{name} ({word})"));
        prop_assert_eq!(pasted, by_member(&name));
    }

    #[test]
    fn stripping_twice_is_stripping_once(name in "[a-zA-Z ()\\[\\]|-]{0,40}|\\PC{0,40}") {
        let once = seen(Viewer::Outsider, Origin::Elsewhere, &name).display_name;
        let twice = seen(Viewer::Outsider, Origin::Elsewhere, &once).display_name;
        prop_assert_eq!(twice, once);
    }
}
