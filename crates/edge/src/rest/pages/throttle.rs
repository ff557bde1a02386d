//! How many tokens one address may take: tokens for people who are not signed in cost nothing to ask for, so the asking is
//! bounded. Pure: the time is handed in.
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Tokens an address may take at once: a whole waiting room behind one router.
const BURST: u32 = 120;
/// After that, one more in this time.
const REFILL: Duration = Duration::from_secs(1);
/// Addresses remembered. When that many are active at once, a further one must wait for one of them to fall idle.
const ADDRESSES_MAX: usize = 20_000;

/// How far each address is ahead of its refill.
#[derive(Default)]
pub(super) struct Throttle {
    /// The moment at which the address has its whole burst again.
    full_at: HashMap<IpAddr, Instant>,
}

impl Throttle {
    /// Takes one; `Err` says how long to wait.
    pub(super) fn take(&mut self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let key = network(address);
        if self.full_at.len() >= ADDRESSES_MAX && !self.full_at.contains_key(&key) {
            self.full_at.retain(|_, full_at| *full_at > now);
            if self.full_at.len() >= ADDRESSES_MAX {
                return Err(REFILL * BURST);
            }
        }
        let full_at = self.full_at.entry(key).or_insert(now);
        let next = (*full_at).max(now) + REFILL;
        let ahead = next.duration_since(now);
        if ahead > REFILL * BURST {
            return Err(ahead - REFILL * BURST);
        }
        *full_at = next;
        Ok(())
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

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn taken(throttle: &mut Throttle, from: &str, now: Instant) -> usize {
        let takes = (0..1_000).map(|_| throttle.take(address(from), now));
        takes.take_while(Result::is_ok).count()
    }

    #[test]
    fn an_address_has_a_burst_and_then_a_steady_rate() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        assert_eq!(taken(&mut throttle, "192.0.2.1", start), 120);
        assert_eq!(throttle.take(address("192.0.2.1"), start), Err(REFILL));
        assert_eq!(taken(&mut throttle, "192.0.2.1", start + REFILL * 3), 3);
        assert_eq!(
            taken(&mut throttle, "192.0.2.1", start + REFILL * 1_000),
            120
        );
    }

    #[test]
    fn addresses_do_not_pay_for_each_other_but_a_site_is_one() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        assert_eq!(taken(&mut throttle, "192.0.2.1", start), 120);
        assert_eq!(taken(&mut throttle, "192.0.2.2", start), 120);
        assert_eq!(taken(&mut throttle, "2001:db8:1:2::3", start), 120);
        assert_eq!(taken(&mut throttle, "2001:db8:1:2:ffff::4", start), 0);
        assert_eq!(taken(&mut throttle, "::ffff:192.0.2.1", start), 0);
    }

    #[test]
    fn the_memory_is_bounded_and_idle_addresses_are_forgotten() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        for number in 0..20_000 {
            let address = IpAddr::V4((0x0a00_0000_u32 + number).into());
            assert_eq!(throttle.take(address, start), Ok(()));
        }
        assert!(throttle.take(address("192.0.2.1"), start).is_err());
        assert_eq!(
            throttle.take(address("192.0.2.1"), start + REFILL * 2),
            Ok(())
        );
        assert_eq!(throttle.full_at.len(), 1);
    }
}
