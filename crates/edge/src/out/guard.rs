//! What may be called: https on the public internet, and what the operator listed. Names are judged by the addresses they
//! resolve to, at the moment of connecting, so that a name which moves meanwhile gains nothing.
use super::network::is_public;
use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};
use url::{Host, Url};

/// Characters of an address to call.
const URL_BYTES_MAX: usize = 2_048;

/// One entry of the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A host name: whatever it resolves to.
    Host(String),
    /// Addresses that share this many leading bits.
    Network(IpAddr, u8),
}

impl FromStr for Allowed {
    type Err = &'static str;

    /// A host name, an address, or a network as `10.0.0.0/8`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return match (Host::parse(text), bits) {
                (Ok(Host::Domain(name)), None) => Ok(Self::Host(name)),
                _ => Err("is neither a host name nor a network"),
            };
        };
        let most: u8 = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().map_err(|_| "has no number of bits")?,
            None => most,
        };
        if bits > most {
            return Err("has more bits than an address");
        }
        Ok(Self::Network(address, bits))
    }
}

impl Allowed {
    fn holds(&self, address: IpAddr) -> bool {
        let Self::Network(network, bits) = self else {
            return false;
        };
        let bits = u32::from(*bits);
        match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = network.to_bits() ^ address.to_bits();
                differ.leading_zeros() >= bits
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differ = network.to_bits() ^ address.to_bits();
                differ.leading_zeros() >= bits
            }
            _ => false,
        }
    }
}

/// What the operator says.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Hosts and networks that may be called though they are not public.
    pub allowed: Vec<Allowed>,
    /// Plain http to this machine is fine: for development.
    pub loopback_http: bool,
}

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not an absolute address with a host, or too long, or with a user name in it.
    #[error("must be an absolute address of at most 2048 characters without a user name")]
    Malformed,
    /// Not https.
    #[error("must begin with https")]
    Scheme,
    /// Not on the public internet.
    #[error("must be on the public internet")]
    Private,
}

/// The rules, applied.
#[derive(Clone, Debug, Default)]
pub struct Guard(Rules);

impl Guard {
    /// A guard of these rules.
    pub fn new(rules: Rules) -> Self {
        Self(rules)
    }

    /// Checks an address as far as it goes without resolving its name.
    pub fn check(&self, text: &str) -> Result<Url, Refused> {
        if text.len() > URL_BYTES_MAX {
            return Err(Refused::Malformed);
        }
        let url = Url::parse(text).map_err(|_| Refused::Malformed)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Malformed);
        }
        match (url.scheme(), url.host()) {
            (_, None) => Err(Refused::Malformed),
            ("https", Some(host)) => match literal(&host) {
                Some(address) if !self.may_connect("", address) => Err(Refused::Private),
                _ => Ok(url),
            },
            ("http", Some(host)) if self.0.loopback_http && is_this_machine(&host) => Ok(url),
            _ => Err(Refused::Scheme),
        }
    }

    /// Whether `address`, which `host` resolved to, may be connected to.
    pub fn may_connect(&self, host: &str, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let listed = self.0.allowed.iter().any(|allowed| match allowed {
            Allowed::Host(name) => name.eq_ignore_ascii_case(host),
            Allowed::Network(..) => allowed.holds(address),
        });
        listed || is_public(address) || (self.0.loopback_http && address.is_loopback())
    }

    /// Those of a name's addresses that may be connected to.
    pub(super) fn pick(
        &self,
        host: &str,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Vec<SocketAddr> {
        found
            .filter(|address| self.may_connect(host, address.ip()))
            .collect()
    }
}

fn literal(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        _ => literal(host).is_some_and(|address| address.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allowed: &[&str], loopback_http: bool) -> Guard {
        let allowed = allowed.iter().map(|text| text.parse().expect(text));
        Guard::new(Rules {
            allowed: allowed.collect(),
            loopback_http,
        })
    }

    #[test]
    fn entries_are_hosts_and_networks() {
        for text in [
            "",
            "a b",
            "10.0.0.0/33",
            "10.0.0.0/x",
            "a.example/8",
            "https://a.example",
            "::/129",
        ] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
        assert_eq!(
            "Hooks.Example".parse(),
            Ok(Allowed::Host("hooks.example".to_owned()))
        );
        let network: Allowed = "10.1.0.0/16".parse().expect("network");
        assert!(network.holds("10.1.255.1".parse().expect("address")));
        assert!(!network.holds("10.2.0.1".parse().expect("address")));
        assert!(!network.holds("::1".parse().expect("address")));
        let all: Allowed = "0.0.0.0/0".parse().expect("network");
        assert!(all.holds("255.1.1.1".parse().expect("address")));
        let one: Allowed = "fd00::7".parse().expect("address");
        assert!(one.holds("fd00::7".parse().expect("address")));
        assert!(!one.holds("fd00::8".parse().expect("address")));
    }

    #[test]
    fn addresses_are_judged_before_anything_is_sent() {
        let strict = guard(&[], false);
        for (text, refused) in [
            ("", Refused::Malformed),
            ("/events", Refused::Malformed),
            ("https://", Refused::Malformed),
            ("https://user@a.example/", Refused::Malformed),
            ("https://user:secret@a.example/", Refused::Malformed),
            ("http://a.example/", Refused::Scheme),
            ("http://localhost/", Refused::Scheme),
            ("ftp://a.example/", Refused::Scheme),
            ("file:///etc/passwd", Refused::Malformed),
            ("https://127.0.0.1/", Refused::Private),
            ("https://0x7f.1/", Refused::Private),
            ("https://2130706433/", Refused::Private),
            ("https://[::1]/", Refused::Private),
            ("https://[::ffff:169.254.169.254]/", Refused::Private),
            ("https://169.254.169.254/latest", Refused::Private),
            ("https://10.0.0.7:8443/", Refused::Private),
        ] {
            assert_eq!(strict.check(text), Err(refused), "{text}");
        }
        let long = format!("https://a.example/{}", "a".repeat(2_048));
        assert_eq!(strict.check(&long), Err(Refused::Malformed));
        assert!(strict.check("https://a.example:8443/calls?id=7").is_ok());
        assert!(strict.check("https://1.1.1.1/").is_ok());
        let listed = guard(&["10.0.0.0/8"], false);
        assert!(listed.check("https://10.0.0.7/").is_ok());
        assert_eq!(listed.check("https://192.168.0.1/"), Err(Refused::Private));
        assert_eq!(listed.check("http://10.0.0.7/"), Err(Refused::Scheme));
        let development = guard(&[], true);
        assert!(development.check("http://localhost:3000/").is_ok());
        assert!(development.check("http://127.0.0.1:3000/").is_ok());
        assert_eq!(development.check("http://a.example/"), Err(Refused::Scheme));
        assert_eq!(development.check("http://10.0.0.7/"), Err(Refused::Scheme));
    }

    #[test]
    fn a_name_is_as_good_as_its_address() {
        let address = |text: &str| text.parse::<IpAddr>().expect("address");
        let strict = guard(&[], false);
        assert!(strict.may_connect("a.example", address("1.1.1.1")));
        assert!(!strict.may_connect("a.example", address("127.0.0.1")));
        assert!(!strict.may_connect("a.example", address("::ffff:10.0.0.1")));
        let listed = guard(&["hooks.internal"], false);
        assert!(listed.may_connect("hooks.internal", address("10.0.0.1")));
        assert!(!listed.may_connect("other.internal", address("10.0.0.1")));
        let both = ["1.1.1.1:443", "127.0.0.1:443"].map(|text| text.parse().expect("address"));
        assert_eq!(strict.pick("a.example", both.into_iter()), &both[..1]);
    }
}
