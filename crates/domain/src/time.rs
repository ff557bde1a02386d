//! Points in time, handed in from outside: milliseconds since the Unix epoch.
use std::{fmt, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A point in time, in milliseconds since the Unix epoch (UTC).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Whole seconds since the epoch, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// From whole seconds since the epoch; saturates.
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// This time plus `span`; saturates.
    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// This time minus `span`; saturates.
    pub fn minus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339 with any number of fraction digits and any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos().div_euclid(1_000_000))
            .ok()
            .map(Self)
    }

    /// RFC 3339 in UTC with whole seconds and `Z`, as chat answers show times.
    pub fn rfc3339_seconds(self) -> String {
        Self(self.seconds() * 1_000).rfc3339()
    }

    /// RFC 3339 in UTC with `Z`; milliseconds are shown when there are any. Out of range times print as the epoch.
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn rfc3339_goes_both_ways() {
        let moment = Timestamp::parse_rfc3339("2021-03-24T02:00:49.3681884+00:00").expect("valid");
        assert_eq!(moment.0, 1_616_551_249_368);
        assert_eq!(moment.rfc3339_seconds(), "2021-03-24T02:00:49Z");
        assert_eq!(Timestamp::parse_rfc3339(&moment.rfc3339()), Some(moment));
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
        assert_eq!(Timestamp(i64::MAX).rfc3339(), "1970-01-01T00:00:00Z");
    }
}
