//! The client against real receivers on this machine.
use super::*;
use crate::out::guard::Rules;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Says `answer` to everybody and counts who came.
async fn receiver(answer: Vec<u8>) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let port = listener.local_addr().expect("address").port();
    let came = Arc::new(AtomicUsize::new(0));
    let counter = came.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut read = [0; 4_096];
                let _ = stream.read(&mut read).await;
                let _ = stream.write_all(&answer).await;
                // An empty answer is a receiver that never says anything.
                if answer.is_empty() {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    (port, came)
}

fn client(loopback_http: bool) -> Client {
    // The process has one crypto provider; another test may have installed it already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let limits = Limits {
        connect: Duration::from_secs(2),
        total: Duration::from_millis(700),
    };
    let rules = Rules {
        allowed: Vec::new(),
        loopback_http,
    };
    Client::new(Guard::new(rules), limits, None).expect("client")
}

fn request(url: String) -> Request {
    Request {
        url,
        headers: HeaderMap::new(),
        body: b"[]".to_vec(),
    }
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_bound() {
    let long = BODY_BYTES_MAX * 3;
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {long}\r\n\r\n").into_bytes();
    answer.extend(std::iter::repeat_n(b'a', long));
    let (port, _) = receiver(answer).await;
    let url = format!("http://127.0.0.1:{port}/");
    let reply = client(true).post(request(url)).await.expect("answer");
    assert_eq!((reply.status, reply.body.len()), (200, BODY_BYTES_MAX));
}

#[tokio::test]
async fn a_redirect_is_an_answer_not_a_way() {
    let (inner, visited) = receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:{inner}/\r\ncontent-length: 0\r\n\r\n"
        );
        let (port, _) = receiver(answer.into_bytes()).await;
        let url = format!("http://127.0.0.1:{port}/");
        let reply = client(true).post(request(url)).await.expect("answer");
        assert_eq!(reply.status / 100, 3, "{status}");
    }
    assert_eq!(visited.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_silent_receiver_is_given_up() {
    let (port, came) = receiver(Vec::new()).await;
    let url = format!("http://127.0.0.1:{port}/");
    let error = client(true).post(request(url)).await.expect_err("silent");
    assert_eq!(error.to_string(), "no answer: timed out");
    assert_eq!(came.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to() {
    let (port, came) = receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    let strict = client(false);
    let by_name = request(format!("https://localhost:{port}/"));
    let error = strict.post(by_name).await.expect_err("inside");
    assert_eq!(error.to_string(), "no answer: not connected");
    for text in [
        format!("https://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
    ] {
        let refused = strict.post(request(text)).await;
        assert!(matches!(refused, Err(ClientError::Refused(_))));
    }
    assert_eq!(came.load(Ordering::SeqCst), 0);
}
