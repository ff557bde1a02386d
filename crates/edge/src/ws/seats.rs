//! How many sockets are open, altogether and by address.
use super::WsLimits;
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

#[derive(Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Seats {
    limits: WsLimits,
    taken: Arc<Mutex<Taken>>,
}

/// One open socket; given back when dropped.
pub(super) struct Seat {
    seats: Seats,
    address: Option<IpAddr>,
}

impl Seats {
    pub(super) fn new(limits: WsLimits) -> Self {
        Self {
            limits,
            taken: Arc::default(),
        }
    }

    /// `None` when a bound is reached.
    pub(super) fn take(&self, address: Option<IpAddr>) -> Option<Seat> {
        let address = address.map(network);
        let mut taken = self.taken.lock();
        if taken.all >= self.limits.sockets_max {
            return None;
        }
        if let Some(address) = address {
            let count = taken.by_address.entry(address).or_default();
            if *count >= self.limits.sockets_per_address_max {
                return None;
            }
            *count += 1;
        }
        taken.all += 1;
        Some(Seat {
            seats: self.clone(),
            address,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock();
        taken.all -= 1;
        if let Some(address) = self.address {
            let count = taken.by_address.entry(address).or_default();
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// One client may use all of a /64.
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

    #[test]
    fn both_bounds_hold_and_seats_come_back() {
        let limits = WsLimits {
            sockets_max: 3,
            sockets_per_address_max: 2,
            ..WsLimits::default()
        };
        let seats = Seats::new(limits);
        let take = |text: &str| seats.take(Some(text.parse().expect("address")));
        let (one, two) = (take("2001:db8::1"), take("2001:db8::2"));
        assert!(one.is_some() && two.is_some());
        assert!(take("2001:db8::3").is_none(), "one network");
        let other = take("192.0.2.1");
        assert!(other.is_some() && take("192.0.2.2").is_none(), "altogether");
        drop(one);
        assert!(take("2001:db8::3").is_some());
    }
}
