//! Sign-in of members and the exchange, from outside: a browser without script and a client with a proof key.
mod direct;
#[path = "../door/mod.rs"]
mod door;
mod exchange;
mod pages;
mod redeem;
mod scene;
