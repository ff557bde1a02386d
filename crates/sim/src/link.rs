//! One direction of a network path: delay, jitter, loss, reordering, and a rate with a queue.
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use crate::random::Random;

/// How bad a link is. The default is perfect.
#[derive(Clone, Copy, Debug)]
pub struct LinkConfig {
    /// Time every item takes at least.
    pub delay: Duration,
    /// Up to this much more, evenly spread; alone it does not reorder.
    pub jitter: Duration,
    /// Share of items that never arrive.
    pub loss: f64,
    /// Share of items that arrive late, after others that were sent later.
    pub reorder: f64,
    /// How much later those arrive.
    pub reorder_delay: Duration,
    /// Bytes per second; `None` is unlimited.
    pub bytes_per_second: Option<u64>,
    /// What waits for the rate; beyond it items are lost.
    pub queue_bytes: u64,
}

impl Default for LinkConfig {
    fn default() -> LinkConfig {
        LinkConfig {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: 0.0,
            reorder: 0.0,
            reorder_delay: Duration::from_millis(10),
            bytes_per_second: None,
            queue_bytes: 64 * 1024,
        }
    }
}

struct Travelling<T> {
    arrives: Instant,
    order: u64,
    item: T,
}

impl<T> PartialEq for Travelling<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl<T> Eq for Travelling<T> {}
impl<T> PartialOrd for Travelling<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Travelling<T> {
    /// Earliest first in a heap that gives its greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.arrives, other.order).cmp(&(self.arrives, self.order))
    }
}

/// One direction of a path.
pub struct Link<T> {
    /// May be changed while items travel.
    pub config: LinkConfig,
    random: Random,
    travelling: BinaryHeap<Travelling<T>>,
    sent: u64,
    lost: u64,
    /// When the rate has let everything through that was sent so far.
    free_at: Option<Instant>,
    last_arrival: Option<Instant>,
}

impl<T> Link<T> {
    /// An empty link.
    pub fn new(config: LinkConfig, seed: u64) -> Link<T> {
        Link {
            config,
            random: Random::new(seed),
            travelling: BinaryHeap::new(),
            sent: 0,
            lost: 0,
            free_at: None,
            last_arrival: None,
        }
    }

    /// Sends an item of this size.
    pub fn send(&mut self, item: T, bytes: usize, now: Instant) {
        self.sent += 1;
        let Some(leaves) = self.leaves(bytes as u64, now) else {
            self.lost += 1;
            return;
        };
        if self.random.chance(self.config.loss) {
            self.lost += 1;
            return;
        }
        let mut arrives =
            leaves + self.config.delay + self.config.jitter.mul_f64(self.random.unit());
        if self.random.chance(self.config.reorder) {
            arrives += self.config.reorder_delay;
        } else {
            // Jitter stretches a path; it does not let one item overtake another.
            arrives = self.last_arrival.map_or(arrives, |last| last.max(arrives));
            self.last_arrival = Some(arrives);
        }
        self.travelling.push(Travelling {
            arrives,
            order: self.sent,
            item,
        });
    }

    fn leaves(&mut self, bytes: u64, now: Instant) -> Option<Instant> {
        let Some(rate) = self.config.bytes_per_second else {
            return Some(now);
        };
        let starts = self.free_at.map_or(now, |at| at.max(now));
        let waiting = (starts - now).as_secs_f64() * rate as f64;
        if waiting > self.config.queue_bytes as f64 {
            return None;
        }
        let leaves = starts + Duration::from_secs_f64(bytes as f64 / rate as f64);
        self.free_at = Some(leaves);
        Some(leaves)
    }

    /// The next item that has arrived by now.
    pub fn poll(&mut self, now: Instant) -> Option<T> {
        if self.travelling.peek()?.arrives > now {
            return None;
        }
        self.travelling.pop().map(|t| t.item)
    }

    /// When the next item arrives.
    pub fn next_arrival(&self) -> Option<Instant> {
        self.travelling.peek().map(|t| t.arrives)
    }

    /// How many items were lost so far.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(config: LinkConfig, count: u32, gap: Duration) -> Vec<(u32, Duration)> {
        let start = Instant::now();
        let mut link = Link::new(config, 42);
        for i in 0..count {
            link.send(i, 1_000, start + gap * i);
        }
        let mut out = Vec::new();
        while let Some(at) = link.next_arrival() {
            out.extend(link.poll(at).map(|item| (item, at - start)));
        }
        out
    }

    #[test]
    fn a_perfect_link_delays_only() {
        let config = LinkConfig {
            delay: Duration::from_millis(30),
            ..LinkConfig::default()
        };
        let got = arrivals(config, 3, Duration::from_millis(1));
        let ms = |n| Duration::from_millis(n);
        assert_eq!(got, [(0, ms(30)), (1, ms(31)), (2, ms(32))]);
    }

    #[test]
    fn loss_is_about_what_was_asked_for() {
        let config = LinkConfig {
            loss: 0.1,
            ..LinkConfig::default()
        };
        let got = arrivals(config, 10_000, Duration::from_millis(1)).len();
        assert!((8_800..=9_200).contains(&got), "{got} arrived");
    }

    #[test]
    fn jitter_keeps_the_order_and_reordering_does_not() {
        let jitter = LinkConfig {
            jitter: Duration::from_millis(20),
            ..LinkConfig::default()
        };
        let in_order = |got: &[(u32, Duration)]| got.windows(2).all(|w| w[0].0 < w[1].0);
        assert!(in_order(&arrivals(jitter, 500, Duration::from_millis(1))));
        let reorder = LinkConfig {
            reorder: 0.1,
            ..LinkConfig::default()
        };
        let got = arrivals(reorder, 500, Duration::from_millis(1));
        assert!(!in_order(&got) && got.len() == 500);
    }

    #[test]
    fn a_rate_spaces_items_and_a_full_queue_loses_them() {
        let config = LinkConfig {
            bytes_per_second: Some(100_000),
            queue_bytes: 5_000,
            ..LinkConfig::default()
        };
        let got = arrivals(config, 100, Duration::ZERO);
        assert_eq!(got.len(), 6, "five wait and one leaves");
        assert_eq!(got[5].1, Duration::from_millis(60));
    }
}
