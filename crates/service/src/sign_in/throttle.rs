//! Failed sign-ins only: whoever knows the password is never slowed down by others' failures from elsewhere. Pure but
//! for its lock; the time is handed in.
use parking_lot::Mutex;
use parvis_domain::time::Timestamp;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// How long failures count.
const WINDOW: Duration = Duration::from_secs(10 * 60);
/// Failures of one name from one address.
const PAIR_FAILURES_MAX: u32 = 10;
/// Failures from one address, whatever the name: a whole office may sit behind one.
const ADDRESS_FAILURES_MAX: u32 = 200;
/// Failures of the whole server.
const ALL_FAILURES_MAX: u32 = 20_000;
/// Entries kept; when full of current ones, new failures count only for the whole server.
const ENTRIES_MAX: usize = 20_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// The name's hash, so that names do not stay in memory.
    Pair([u8; 32], Option<IpAddr>),
    Address(Option<IpAddr>),
    All,
}

struct Failures {
    count: u32,
    since: Timestamp,
}

/// Counts failures.
#[derive(Default)]
pub(super) struct Throttle {
    failures: Mutex<HashMap<Key, Failures>>,
}

/// An attempt under way, counted as failed until `succeeded`.
pub(super) struct Attempt<'a> {
    throttle: &'a Throttle,
    keys: [Key; 3],
}

/// Too many failures; try again in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Throttled(pub(super) u32);

impl Throttle {
    /// Starts an attempt. It is counted before the password is looked at, so that parallel guesses gain nothing.
    pub(super) fn attempt(
        &self,
        name: [u8; 32],
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt<'_>, Throttled> {
        let address = address.map(network);
        let keys = [Key::Pair(name, address), Key::Address(address), Key::All];
        let maxima = [PAIR_FAILURES_MAX, ADDRESS_FAILURES_MAX, ALL_FAILURES_MAX];
        let mut failures = self.failures.lock();
        for (key, max) in keys.iter().zip(maxima) {
            if let Some(entry) = failures.get(key) {
                let age = now.since(entry.since);
                if age < WINDOW && entry.count >= max {
                    let left = (WINDOW - age).as_secs() + 1;
                    return Err(Throttled(u32::try_from(left).unwrap_or(u32::MAX)));
                }
            }
        }
        if failures.len() + keys.len() > ENTRIES_MAX {
            failures.retain(|_, entry| now.since(entry.since) < WINDOW);
        }
        for key in &keys {
            let full = failures.len() >= ENTRIES_MAX && *key != Key::All;
            match failures.get_mut(key) {
                Some(entry) if now.since(entry.since) < WINDOW => entry.count += 1,
                None if full => {}
                _ => {
                    failures.insert(
                        key.clone(),
                        Failures {
                            count: 1,
                            since: now,
                        },
                    );
                }
            }
        }
        Ok(Attempt {
            throttle: self,
            keys,
        })
    }
}

impl Attempt<'_> {
    /// The password was right: nothing failed, and this name's failures from this address are forgiven.
    pub(super) fn succeeded(self) {
        let mut failures = self.throttle.failures.lock();
        let [pair, address, all] = &self.keys;
        failures.remove(pair);
        for key in [address, all] {
            if let Some(entry) = failures.get_mut(key) {
                entry.count = entry.count.saturating_sub(1);
            }
        }
    }
}

/// An IPv6 site has a whole /64 to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: [u8; 32] = [1; 32];
    const BOB: [u8; 32] = [2; 32];

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn failures_of_a_name_from_an_address_are_bounded() {
        let throttle = Throttle::default();
        let now = Timestamp(1_000);
        for _ in 0..PAIR_FAILURES_MAX {
            assert!(throttle.attempt(ADA, address(1), now).is_ok());
        }
        assert_eq!(
            throttle.attempt(ADA, address(1), now).err(),
            Some(Throttled(601))
        );
        assert!(
            throttle.attempt(ADA, address(2), now).is_ok(),
            "the owner elsewhere is not shut out"
        );
        assert!(throttle.attempt(BOB, address(1), now).is_ok());
        assert!(
            throttle.attempt(ADA, address(1), now.plus(WINDOW)).is_ok(),
            "failures are forgotten"
        );
    }

    fn succeed(throttle: &Throttle) {
        match throttle.attempt(ADA, address(1), Timestamp(1)) {
            Ok(attempt) => attempt.succeeded(),
            Err(throttled) => panic!("{throttled:?}"),
        }
    }

    #[test]
    fn successes_never_count() {
        let throttle = Throttle::default();
        for _ in 0..10 * ADDRESS_FAILURES_MAX {
            succeed(&throttle);
        }
        for _ in 1..PAIR_FAILURES_MAX {
            assert!(throttle.attempt(ADA, address(1), Timestamp(1)).is_ok());
        }
        succeed(&throttle);
        assert!(
            throttle.attempt(ADA, address(1), Timestamp(1)).is_ok(),
            "forgiven"
        );
    }

    #[test]
    fn failures_of_an_address_and_memory_are_bounded() {
        let throttle = Throttle::default();
        for name in 0..ADDRESS_FAILURES_MAX {
            let name = [u8::try_from(name % 256).expect("byte"); 32];
            assert!(throttle.attempt(name, address(1), Timestamp(1)).is_ok());
        }
        assert!(
            throttle
                .attempt([255; 32], address(1), Timestamp(1))
                .is_err()
        );
        for count in 0..u32::try_from(ENTRIES_MAX).expect("u32") {
            let mut name = [0; 32];
            name[..4].copy_from_slice(&count.to_be_bytes());
            let _ = throttle.attempt(name, Some(IpAddr::from(count.to_be_bytes())), Timestamp(1));
        }
        assert!(throttle.failures.lock().len() <= ENTRIES_MAX);
    }
}
