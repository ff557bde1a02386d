//! The embedded directory: organisations, their members and licences. No passwords and no protocol here.
use crate::ids::{MemberId, OrganisationId};
use std::fmt;

/// Licence plans that let a member use the organisation's meetings through an SDK (behaviour 2.2 row 6).
const ELIGIBLE_PLANS: [&str; 7] = [
    "TEAMS1",
    "TEAMS_FREE",
    "TEAMS_GOV",
    "TEAMS_GCCHIGH",
    "TEAMS_AR_GCCHIGH",
    "TEAMS_DOD",
    "TEAMS_AR_DOD",
];
/// Characters of a display name.
const DISPLAY_NAME_CHARS_MAX: usize = 256;
/// Characters of a sign-in name (RFC 5321 4.5.3.1 bounds an address so).
const UPN_CHARS_MAX: usize = 254;
/// Licences that one member may hold.
pub const LICENCES_MAX: usize = 32;

/// An organisation (tenant).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id, the `tid` of tokens.
    pub id: OrganisationId,
    /// For people.
    pub name: String,
}

/// A sign-in name, `name@domain`, in lower case: two spellings that differ only in case are one name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Upn(String);

impl Upn {
    /// Checks the form: one `@`, printable ASCII without spaces or quotes on both sides of it.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, domain) = text.split_once('@')?;
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&*+-./=^_{|}".contains(&b))
        };
        (text.len() <= UPN_CHARS_MAX && plain(name) && plain(domain))
            .then(|| Self(text.to_ascii_lowercase()))
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Upn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upn(..)")
    }
}

/// A licence plan as the directory names it, in upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Licence(String);

impl Licence {
    /// Checks the form: 1 to 64 of `A-Z 0-9 _` (lower case is raised).
    pub fn parse(text: &str) -> Option<Self> {
        let valid = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        valid.then(|| Self(text.to_ascii_uppercase()))
    }

    /// The plan's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it opens meetings to its holder.
    pub fn is_eligible(&self) -> bool {
        ELIGIBLE_PLANS.contains(&self.0.as_str())
    }
}

/// A person of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The directory's object id.
    pub oid: MemberId,
    /// Whose member.
    pub organisation: OrganisationId,
    /// How the member signs in.
    pub upn: Upn,
    /// How others see the member; only the directory sets it.
    pub display_name: String,
    /// A disabled member cannot sign in, and the member's tokens have ended.
    pub enabled: bool,
    /// Held plans.
    pub licences: Vec<Licence>,
}

impl Member {
    /// Holds a plan that opens meetings.
    pub fn is_licensed(&self) -> bool {
        self.licences.iter().any(Licence::is_eligible)
    }
}

/// A display name as it may be stored: trimmed, not empty, bounded, without control characters.
pub fn display_name(text: &str) -> Option<String> {
    let trimmed = text.trim();
    let valid = !trimmed.is_empty()
        && trimmed.chars().count() <= DISPLAY_NAME_CHARS_MAX
        && !trimmed.chars().any(char::is_control);
    valid.then(|| trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sign_in_names_ignore_case_and_refuse_odd_forms() {
        assert_eq!(Upn::parse("Ada@Example.org"), Upn::parse("ada@example.ORG"));
        for odd in [
            "", "@", "a@", "@b", "a b@c", "a@b@c", "a@b\n", "ä@b.c", "a<b@c", "a\"@c",
        ] {
            assert_eq!(Upn::parse(odd), None, "{odd:?}");
        }
        assert_eq!(Upn::parse(&format!("{}@b", "a".repeat(254))), None);
    }

    // [C5]
    #[test]
    fn only_eligible_plans_license_a_member() {
        let mut member = Member {
            oid: "1b5cc06b-f352-4571-b1e6-d9b259b7c776".parse().expect("id"),
            organisation: "1b5cc06b-f352-4571-b1e6-d9b259b7c777".parse().expect("id"),
            upn: Upn::parse("a@b.c").expect("upn"),
            display_name: "A".to_owned(),
            enabled: true,
            licences: vec![],
        };
        assert!(!member.is_licensed());
        member.licences = vec![Licence::parse("EXCHANGE_S").expect("plan")];
        assert!(!member.is_licensed());
        for plan in ELIGIBLE_PLANS {
            member.licences = vec![Licence::parse(&plan.to_lowercase()).expect("plan")];
            assert!(member.is_licensed(), "{plan}");
        }
    }

    #[test]
    fn display_names_are_trimmed_and_bounded() {
        assert_eq!(
            display_name("  Ada Lovelace "),
            Some("Ada Lovelace".to_owned())
        );
        assert_eq!(display_name(" "), None);
        assert_eq!(display_name("a\u{7}b"), None);
        assert_eq!(display_name(&"é".repeat(257)), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,300}") {
            let _ = Upn::parse(&text);
            let _ = Licence::parse(&text);
            let _ = display_name(&text);
        }
    }
}
