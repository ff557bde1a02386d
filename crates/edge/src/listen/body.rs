//! A request's body with a time limit for the whole of it: whoever sends a byte now and then cannot hold a request open.
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::Sleep;

/// The time is over.
#[derive(Debug, thiserror::Error)]
#[error("the request's body took too long")]
struct TookTooLong;

/// The body and its deadline, which begins when the body first keeps somebody waiting.
pub(super) struct Timed<B> {
    inner: B,
    max: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<B> Timed<B> {
    pub(super) fn new(inner: B, max: Duration) -> Self {
        Self {
            inner,
            max,
            deadline: None,
        }
    }
}

impl<B> Body for Timed<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let max = this.max;
        let deadline = this
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(max)));
        match deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(TookTooLong.into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use futures_util::stream;

    /// Drips for ever.
    fn dripping() -> axum::body::Body {
        let drops = stream::unfold((), async |()| {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
        });
        axum::body::Body::from_stream(drops)
    }

    #[tokio::test]
    async fn a_body_that_drips_is_given_up() {
        let timed = Timed::new(dripping(), Duration::from_millis(50));
        let read = to_bytes(axum::body::Body::new(timed), usize::MAX);
        let read = tokio::time::timeout(Duration::from_secs(10), read).await;
        assert!(read.expect("given up").is_err());
        let timed = Timed::new(axum::body::Body::from("whole"), Duration::from_millis(50));
        let read = to_bytes(axum::body::Body::new(timed), 100).await;
        assert_eq!(read.expect("read"), "whole");
    }
}
