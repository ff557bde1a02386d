//! Measured times and what is told of them.
use crate::http::Failure;
use serde_json::{Value, json};
use std::{
    future::Future,
    time::{Duration, Instant},
};

/// How long things took, and how many were done in which time.
#[derive(Default)]
pub(crate) struct Figures {
    times: Vec<Duration>,
    spent: Duration,
}

impl Figures {
    /// Of times that were measured within `spent`.
    pub(crate) fn new(mut times: Vec<Duration>, spent: Duration) -> Self {
        times.sort_unstable();
        Self { times, spent }
    }

    /// How many per second.
    pub(crate) fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.spent.as_secs_f64().max(1e-9)
    }

    /// The time within which this share of all was done, in milliseconds.
    pub(crate) fn within_ms(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.times
            .get(place)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }

    /// As it is kept in the report.
    pub(crate) fn json(&self) -> Value {
        json!({
            "count": self.times.len(),
            "per_second": round(self.per_second()),
            "p50_ms": round(self.within_ms(0.5)),
            "p99_ms": round(self.within_ms(0.99)),
            "max_ms": round(self.within_ms(1.0)),
        })
    }
}

/// Three digits after the point.
pub(crate) fn round(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

/// Repeats each step until the time is over; the steps run side by side, each of them one after the other. The first
/// tenth is not counted.
pub(crate) async fn repeat<S, F, R>(
    workers: Vec<S>,
    time: Duration,
    step: impl Fn(S) -> F + Clone + Send + 'static,
) -> Result<Figures, Failure>
where
    S: Send + 'static,
    F: Future<Output = Result<(S, R), Failure>> + Send,
{
    let began = Instant::now();
    let (from, until) = (began + time / 10, began + time);
    let tasks: Vec<_> = workers
        .into_iter()
        .map(|mut worker| {
            let step = step.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                loop {
                    let start = Instant::now();
                    if start >= until {
                        return Ok::<_, Failure>(times);
                    }
                    (worker, _) = step(worker).await?;
                    if start >= from {
                        times.push(start.elapsed());
                    }
                }
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(Figures::new(times, from.elapsed()))
}
