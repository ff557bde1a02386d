//! `parvis demo`: one resource, one organisation with three members, two meetings; what was seeded is kept in the data
//! folder, so that a second start with the same folder shows the same people, keys and links.
use crate::{
    certificates,
    config::{Config, ConfigError},
    running::{Failure, Node},
};
use parvis_service::context::random_bytes;
use serde_json::{Value, json};
use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use url::Url;

mod seed;

/// The configuration of a demo: its own folder and addresses, the rest as configured.
pub(crate) fn configure(
    mut config: Config,
    dir: PathBuf,
    https: SocketAddr,
    http: SocketAddr,
) -> Result<Config, ConfigError> {
    let host = if https.ip().is_loopback() || https.ip().is_unspecified() {
        "localhost".to_owned()
    } else {
        https.ip().to_string()
    };
    let address = format!("https://{host}:{}/", https.port());
    config.server.public_url =
        Url::parse(&address).map_err(|_| ConfigError(format!("{address} is not an address")))?;
    config.server.data_dir = dir;
    config.server.https_listen = https;
    config.server.http_listen = http;
    // Several demos may run side by side: the media ports are free ones.
    config.media.first_port = 0;
    config.check()?;
    Ok(config)
}

/// Serves the demo; writes `json_file` once it answers, and prints links for people.
pub(crate) async fn serve(config: Config, json_file: &Path) -> Result<(), Failure> {
    let mut node = Node::prepare(config).await?;
    let seeded = seed::load_or_make(&node).await?;
    node.app.visit = Some(parvis_edge::rest::pages::VisitDemo {
        resource: seeded.resource,
    });
    let contract = contract(&node, &seeded);
    let ca = node.config.server.data_dir.clone();
    node.serve(|| {
        let ca = std::fs::canonicalize(certificates::ca_file(&ca))?;
        let mut contract = contract;
        contract["ca_certificate"] = json!(ca.display().to_string());
        write_whole(
            json_file,
            serde_json::to_string_pretty(&contract)?.as_bytes(),
        )?;
        print_links(&contract, json_file)
    })
    .await
}

/// What other programs read; the names are a contract.
fn contract(node: &Node, seeded: &seed::Seeded) -> Value {
    let origin = node.services.context.origin_text();
    let organisation = seeded.organisation;
    let guest_url = |link: &str| {
        let mut url = node.origin.clone();
        url.set_path("/visit/");
        url.query_pairs_mut().append_pair("meetingURL", link);
        url.to_string()
    };
    json!({
        "connection_string": format!("endpoint={origin}/;accesskey={}", seeded.access_key),
        "endpoint": format!("{origin}/"),
        "http_origin": format!("http://localhost:{}", node.http_address.port()),
        "ca_certificate": "",
        "console_url": format!("{origin}/console/"),
        "host_url": format!("{origin}/host/"),
        "tenant_id": organisation.to_string(),
        "authority": format!("{origin}/{organisation}"),
        "client_id": seeded.client_id,
        "resource_id": seeded.resource.to_string(),
        "application": { "client_id": seeded.back_end_client_id, "client_secret": seeded.client_secret },
        "audience": seeded.audience,
        "redirect_uri": seeded.redirect_uri,
        "members": seeded.members.iter().map(|member| json!({
            "upn": member.upn, "password": member.password, "oid": member.oid.to_string(), "display_name": member.display_name,
        })).collect::<Vec<_>>(),
        "meetings": seeded.meetings.iter().map(|meeting| json!({
            "id": meeting.id, "subject": meeting.subject, "join_web_url": meeting.join_web_url,
            "join_meeting_id": meeting.join_meeting_id, "passcode": meeting.passcode, "thread_id": meeting.thread_id,
            "guest_url": guest_url(&meeting.join_web_url),
        })).collect::<Vec<_>>(),
        "admin": { "user": seeded.members[0].upn, "password": seeded.members[0].password },
    })
}

/// Writes beside the target and renames, so that a reader never sees half a file.
fn write_whole(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let mut name = file
        .file_name()
        .ok_or("--json must name a file")?
        .to_owned();
    name.push(format!(".{:08x}", u32::from_ne_bytes(random_bytes())));
    let part = file.with_file_name(name);
    certificates::write_private(&part, content)?;
    std::fs::rename(&part, file)?;
    Ok(())
}

fn print_links(contract: &Value, json_file: &Path) -> Result<(), Failure> {
    let text = |pointer: &str| {
        contract
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "\nParvis is ready (a demo organisation; everything is on this machine).\n"
    )?;
    writeln!(out, "  Host page    {}", text("/host_url"))?;
    for member in contract["members"].as_array().into_iter().flatten() {
        writeln!(
            out,
            "               sign in as {}  password {}",
            member["upn"].as_str().unwrap_or_default(),
            member["password"].as_str().unwrap_or_default()
        )?;
    }
    writeln!(out, "  Guest page   {}", text("/meetings/0/guest_url"))?;
    writeln!(out, "  Meeting link {}", text("/meetings/0/join_web_url"))?;
    writeln!(
        out,
        "\n  The certificate is signed by this server's own authority: {}",
        text("/ca_certificate")
    )?;
    writeln!(out, "  Everything for programs: {}\n", json_file.display())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_listens_where_the_configuration_may() {
        let at = |https: &str, http: &str| {
            let addresses = (
                https.parse().expect("address"),
                http.parse().expect("address"),
            );
            configure(
                Config::default(),
                PathBuf::from("demo"),
                addresses.0,
                addresses.1,
            )
        };
        let local = at("127.0.0.1:0", "127.0.0.1:0").expect("loopback");
        assert_eq!(local.server.public_url.as_str(), "https://localhost:0/");
        assert_eq!(local.media.first_port, 0);
        assert!(at("0.0.0.0:8443", "127.0.0.1:8080").is_ok());
        assert!(at("127.0.0.1:8443", "0.0.0.0:8080").is_err());
    }
}
