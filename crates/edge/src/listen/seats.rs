//! How many connections each address has open. An IPv6 customer has a whole /64, so that counts as one address.
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

/// Cheap to clone. Holds one entry for each address that is connected.
#[derive(Clone)]
pub(super) struct Addresses {
    max: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place, given back when dropped.
pub(super) struct Place {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            open: Arc::default(),
        }
    }

    /// A place for one more connection, unless the address has enough.
    pub(super) fn take(&self, address: IpAddr) -> Option<Place> {
        let address = customer(address);
        let mut open = self.open.lock();
        let count = open.entry(address).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Place {
            addresses: self.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.addresses.open.lock();
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_places_and_gives_them_back() {
        let addresses = Addresses::new(2);
        let at = |text: &str| addresses.take(text.parse().expect("address"));
        let (first, second) = (at("192.0.2.1"), at("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(
            at("192.0.2.1").is_none(),
            "the mapped form is the same address"
        );
        assert!(at("192.0.2.2").is_some());
        drop(first);
        assert!(at("192.0.2.1").is_some());
        let (_a, _b) = (at("2001:db8::1"), at("2001:db8::2"));
        assert!(at("2001:db8::3").is_none(), "one network");
        assert!(at("2001:db8:0:1::3").is_some());
    }
}
