//! The short subcommands: serve, ca, token, migrate.
use crate::{
    certificates,
    config::Config,
    running::{self, Failure, Node},
};
use parvis_domain::{ids::ResourceId, principal::Scope};
use parvis_service::{
    Services,
    identities::{ResourceCaller, TOKEN_LIFE_MAX},
};
use parvis_store::Store;
use serde_json::json;
use std::io::Write;

/// `parvis serve`.
pub(crate) async fn serve(config: Config) -> Result<(), Failure> {
    Node::prepare(config).await?.serve(|| Ok(())).await
}

/// `parvis ca`.
pub(crate) fn print_ca(config: &Config) -> Result<(), Failure> {
    if config.tls.certificate_file.is_some() {
        return Err(
            "an operator's certificate is configured; there is no authority of our own".into(),
        );
    }
    std::io::stdout().write_all(certificates::ensure_ca(&config.server.data_dir)?.as_bytes())?;
    Ok(())
}

/// `parvis token`.
pub(crate) async fn print_token(
    config: Config,
    resource: Option<ResourceId>,
    scopes: &str,
) -> Result<(), Failure> {
    let scopes = read_scopes(scopes)?;
    let services = running::command_services(&config).await?;
    let caller = ResourceCaller::from(pick_resource(&services, resource).await?);
    let raw_id = services.identities.create(caller.resource).await?;
    let made = services
        .identities
        .issue(&caller, &raw_id, scopes, TOKEN_LIFE_MAX)
        .await?;
    let line = json!({ "id": raw_id.to_string(), "token": made.token, "expiresOn": made.expires_on.rfc3339() });
    writeln!(std::io::stdout(), "{line}")?;
    services.stop().await;
    Ok(())
}

fn read_scopes(text: &str) -> Result<Vec<Scope>, Failure> {
    text.split(',')
        .map(|name| {
            Scope::parse(name.trim()).ok_or_else(|| format!("{name:?} is not a scope").into())
        })
        .collect()
}

async fn pick_resource(
    services: &Services,
    asked: Option<ResourceId>,
) -> Result<ResourceId, Failure> {
    if let Some(id) = asked {
        return Ok(id);
    }
    match &*services.resources.list().await? {
        [only] => Ok(only.id),
        [] => Err("there is no resource yet".into()),
        _ => Err("there are several resources: name one with --resource".into()),
    }
}

/// `parvis migrate`.
pub(crate) async fn migrate(config: &Config) -> Result<(), Failure> {
    let _folder = running::own_folder(&config.server.data_dir)?;
    Store::open(&config.server.data_dir.join(running::DATABASE))
        .await?
        .close()
        .await;
    writeln!(std::io::stdout(), "the schema is up to date")?;
    Ok(())
}
