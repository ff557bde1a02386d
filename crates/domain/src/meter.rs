//! The meter: what a leg or a sent message is, who pays, and what it costs, in whole nano-dollars (behaviour 12).
//! Nothing is rounded but a record's last fraction of a nano-dollar; cents appear on invoices only.
use crate::{
    ids::{CallId, LegId, OrganisationId, RawId, ResourceId},
    principal::ClientKind,
    time::Timestamp,
};
use std::{fmt, ops::Add};

/// What a record counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MeterKind {
    /// A leg on an SDK, of an external user or a member: audio, video, share and relay alike.
    Voip,
    /// A leg on our own pages: a member's licence covers it, or it costs nobody anything.
    Native,
    /// A chat message sent by an identity of a resource.
    Message,
}

impl MeterKind {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Voip => "acs_voip",
            Self::Native => "teams_native",
            Self::Message => "acs_message",
        }
    }

    /// Reads the stored name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Voip, Self::Native, Self::Message]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// The kind of a leg: who joins on an SDK is metered to the resource. A builder's server is no participant.
    pub fn of_leg(client: ClientKind) -> Option<Self> {
        match client {
            ClientKind::External | ClientKind::MemberOnSdk => Some(Self::Voip),
            ClientKind::Host | ClientKind::Visitor => Some(Self::Native),
            ClientKind::Application => None,
        }
    }
}

/// An amount of money, exact to a nano-dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NanoDollars(pub u128);

impl Add for NanoDollars {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::iter::Sum for NanoDollars {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl NanoDollars {
    /// Rounded half up to cents, as an invoice shows it.
    pub fn cents(self) -> u128 {
        (self.0 + 5_000_000) / 10_000_000
    }
}

impl fmt::Display for NanoDollars {
    /// Dollars with nine digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{:09}",
            self.0 / 1_000_000_000,
            self.0 % 1_000_000_000
        )
    }
}

/// What things cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// One participant's minute on an SDK, in micro-dollars.
    pub voip_minute_microdollars: u64,
    /// One sent message, in micro-dollars.
    pub message_microdollars: u64,
}

impl Default for Prices {
    /// $0.004 a minute, $0.0008 a message.
    fn default() -> Self {
        Self {
            voip_minute_microdollars: 4_000,
            message_microdollars: 800,
        }
    }
}

impl Prices {
    /// What a number of records of one kind, of this much time together, cost.
    pub fn cost(self, kind: MeterKind, records: u64, duration_ms: u64) -> NanoDollars {
        NanoDollars(match kind {
            MeterKind::Native => 0,
            MeterKind::Message => {
                u128::from(records) * u128::from(self.message_microdollars) * 1_000
            }
            MeterKind::Voip => {
                let nanos_a_minute = u128::from(self.voip_minute_microdollars) * 1_000;
                u128::from(duration_ms) * nanos_a_minute / 60_000
            }
        })
    }
}

/// The record of one leg. Its key is the leg: it is never billed twice, and opened once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegUsage {
    /// The leg.
    pub leg: LegId,
    /// In which call.
    pub call: CallId,
    /// Who.
    pub raw_id: RawId,
    /// Who pays, if anybody.
    pub resource: Option<ResourceId>,
    /// Whose meeting it is.
    pub organisation: Option<OrganisationId>,
    /// What it counts as.
    pub kind: MeterKind,
    /// When the service accepted the leg, lobby or not.
    pub started_on: Timestamp,
}

/// How long a leg lasted: from acceptance to end, without the gaps in which it was gone and came back to its seat.
pub fn leg_duration_ms(started_on: Timestamp, ended_on: Timestamp, absent_ms: u64) -> u64 {
    let span = u64::try_from(ended_on.since(started_on).as_millis()).unwrap_or(u64::MAX);
    span.saturating_sub(absent_ms)
}

/// One line of a report: all records of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageSum {
    /// What they count.
    pub kind: MeterKind,
    /// How many.
    pub records: u64,
    /// Their time together, in milliseconds; 0 for messages.
    pub duration_ms: u64,
    /// What they cost.
    pub cost: NanoDollars,
}

impl UsageSum {
    /// Prices a sum.
    pub fn new(kind: MeterKind, records: u64, duration_ms: u64, prices: Prices) -> Self {
        Self {
            kind,
            records,
            duration_ms,
            cost: prices.cost(kind, records, duration_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: u64 = 60_000;

    fn voip(minutes: u64) -> NanoDollars {
        Prices::default().cost(MeterKind::Voip, 1, minutes * MINUTE)
    }

    fn messages(count: u64) -> NanoDollars {
        Prices::default().cost(MeterKind::Message, count, 0)
    }

    fn dollars(text: &str) -> NanoDollars {
        let (whole, part) = text.split_once('.').expect("a point");
        let nanos = format!("{part:0<9}").parse::<u128>().expect("digits");
        NanoDollars(whole.parse::<u128>().expect("digits") * 1_000_000_000 + nanos)
    }

    // [K2] [K4] [K5] [K6] The worked examples of behaviour 12.
    #[test]
    fn worked_examples() {
        let native = Prices::default().cost(MeterKind::Native, 1, 30 * MINUTE);
        for (what, cost, expected) in [
            ("10 min E beside 10 min native", voip(10) + native, "0.04"),
            (
                "1 min lobby, 29 min in call, 3 messages",
                voip(30) + messages(3),
                "0.1224",
            ),
            ("T on an SDK for 30 min", voip(30), "0.12"),
            (
                "two of 60 and one of 43 min",
                voip(60) + voip(60) + voip(43),
                "0.652",
            ),
            ("35 messages", messages(35), "0.028"),
            (
                "half a minute, to the millisecond",
                Prices::default().cost(MeterKind::Voip, 1, 30_000),
                "0.002",
            ),
            ("nobody pays for our own pages", native, "0.0"),
        ] {
            assert_eq!(cost, dollars(expected), "{what}");
        }
    }

    // [K2] [K4] [K5]
    #[test]
    fn who_is_metered() {
        for (client, kind) in [
            (ClientKind::External, MeterKind::Voip),
            (ClientKind::MemberOnSdk, MeterKind::Voip),
            (ClientKind::Host, MeterKind::Native),
            (ClientKind::Visitor, MeterKind::Native),
        ] {
            assert_eq!(MeterKind::of_leg(client), Some(kind));
            assert_eq!(MeterKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(MeterKind::of_leg(ClientKind::Application), None);
    }

    #[test]
    fn durations_leave_out_absence_and_never_turn_negative() {
        let at = |ms: i64| Timestamp(1_000 + ms);
        for (end, absent, expected) in [
            (600_000, 0, 600_000),
            (600_000, 40_000, 560_000),
            (-5, 0, 0),
            (10, 20, 0),
        ] {
            assert_eq!(leg_duration_ms(at(0), at(end), absent), expected);
        }
    }

    #[test]
    fn invoices_round_half_up() {
        for (amount, cents) in [
            ("0.1224", 12),
            ("0.125", 13),
            ("0.004999999", 0),
            ("0.005", 1),
        ] {
            assert_eq!(dollars(amount).cents(), cents, "{amount}");
        }
        assert_eq!(dollars("0.1224").to_string(), "0.122400000");
    }

    proptest! {
        #[test]
        fn time_is_never_billed_more_in_parts_than_whole(parts in prop::collection::vec(0u64..10_000_000, 1..20)) {
            let price = |ms| Prices::default().cost(MeterKind::Voip, 1, ms);
            let whole = price(parts.iter().sum());
            let split: NanoDollars = parts.iter().map(|ms| price(*ms)).sum();
            prop_assert!(split <= whole && whole.0 - split.0 < parts.len() as u128);
        }
    }
}
