//! `parvis resource`: resources, their keys, and who may use one without a key. Works beside a running server, which
//! notices within a second.
use crate::{
    config::Config,
    running::{self, Failure},
};
use clap::{Args, Subcommand, ValueEnum};
use parvis_domain::ids::{OrganisationId, ResourceId};
use parvis_service::{
    Services,
    assignments::{Assignment, PrincipalKind, Role},
    resources::{AccessKey, KeyName, Resource},
};
use serde_json::{Value, json};
use std::{io::Write, path::PathBuf};

/// Which server's data, for every command on resources.
#[derive(Args)]
pub(crate) struct Place {
    /// Configuration file; see config.example.toml.
    #[arg(long, env = "PARVIS_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Folder of a `parvis demo` instead of the configured one.
    #[arg(long, global = true)]
    pub(crate) dir: Option<PathBuf>,
    /// The public address for connection strings, if it is not the configured one.
    #[arg(long, global = true)]
    pub(crate) public_url: Option<url::Url>,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum ResourceCommand {
    /// Lists resources; keys are not shown.
    List,
    /// Makes a resource and shows its two keys, this once.
    Create {
        /// For people.
        name: String,
    },
    /// Replaces one key and shows the new one, this once. Tokens made under the old key end, sockets too.
    Rotate {
        /// The resource's id.
        resource: ResourceId,
        /// Which key.
        key: KeyArgument,
    },
    /// Lists who may use a resource without its key.
    Assignments {
        /// The resource's id.
        resource: ResourceId,
    },
    /// Lets a principal use a resource without its key.
    Assign(AssignmentArguments),
    /// Takes that back; tokens that rest on it end, sockets too.
    Unassign(AssignmentArguments),
}

/// One of the two keys.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum KeyArgument {
    Primary,
    Secondary,
}

/// A principal, a role and a resource.
#[derive(Args)]
pub(crate) struct AssignmentArguments {
    /// The resource's id.
    resource: ResourceId,
    /// clients: chat and call as an identity of the resource; extension: take calls for it; back-end: all that its key may.
    #[arg(long, value_parser = read_role)]
    role: Role,
    /// A member, by sign-in name.
    #[arg(long)]
    member: Option<String>,
    /// An application, by client id; only as back-end.
    #[arg(long)]
    application: Option<String>,
    /// The organisation's id. Alone, it stands for all its members; with --application, it is the one the application acts in.
    #[arg(long)]
    organisation: Option<OrganisationId>,
    /// Only through this application (client id); may be repeated.
    #[arg(long = "through")]
    through: Vec<String>,
}

fn read_role(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| "clients, extension or back-end".to_owned())
}

/// Runs one command.
pub(crate) async fn run(config: Config, command: ResourceCommand) -> Result<(), Failure> {
    let services = running::command_services(&config).await?;
    let outcome = answer(&services, command).await;
    services.stop().await;
    let mut out = std::io::stdout().lock();
    Ok(writeln!(
        out,
        "{}",
        serde_json::to_string_pretty(&outcome?)?
    )?)
}

async fn answer(services: &Services, command: ResourceCommand) -> Result<Value, Failure> {
    let assignments = &services.assignments;
    Ok(match command {
        ResourceCommand::List => {
            let all = services.resources.list().await?;
            let shown = all
                .iter()
                .map(|resource| json!({ "id": resource.id, "name": resource.name }));
            shown.collect()
        }
        ResourceCommand::Create { name } => {
            let made = services.resources.create(&name).await?;
            json!({
                "id": made.id, "name": made.name,
                "primary": connection_string(services, &made.primary_key),
                "secondary": connection_string(services, &made.secondary_key),
            })
        }
        ResourceCommand::Rotate { resource, key } => {
            let name = match key {
                KeyArgument::Primary => KeyName::Primary,
                KeyArgument::Secondary => KeyName::Secondary,
            };
            let rotated = services.resources.rotate_key(resource, name).await?;
            rotated_json(services, &rotated, key)
        }
        ResourceCommand::Assignments { resource } => {
            let all = assignments.list(resource).await?;
            all.iter().map(assignment_json).collect()
        }
        ResourceCommand::Assign(wanted) => {
            let assignment = wanted.read(services).await?;
            let is_new = assignments.assign(&assignment).await?;
            json!({ "assigned": assignment_json(&assignment), "new": is_new })
        }
        ResourceCommand::Unassign(wanted) => {
            let Assignment {
                role,
                organisation,
                principal,
                resource,
                ..
            } = wanted.read(services).await?;
            let removed = assignments
                .unassign(resource, role, organisation, &principal)
                .await?;
            json!({ "removed": removed })
        }
    })
}

fn rotated_json(services: &Services, resource: &Resource, key: KeyArgument) -> Value {
    let (name, fresh) = match key {
        KeyArgument::Primary => ("primary", &resource.primary_key),
        KeyArgument::Secondary => ("secondary", &resource.secondary_key),
    };
    json!({ "id": resource.id, "name": resource.name, name: connection_string(services, fresh) })
}

fn connection_string(services: &Services, key: &AccessKey) -> String {
    let origin = services.context.origin_text();
    format!("endpoint={origin}/;accesskey={}", *key.base64())
}

fn assignment_json(assignment: &Assignment) -> Value {
    json!({
        "resource": assignment.resource, "role": assignment.role.name(), "kind": assignment.kind.name(),
        "organisation": assignment.organisation, "principal": assignment.principal, "through": assignment.client_ids,
    })
}

impl AssignmentArguments {
    async fn read(self, services: &Services) -> Result<Assignment, Failure> {
        let (organisation, principal, kind) = match (
            &self.member,
            &self.application,
            self.organisation,
        ) {
            (Some(upn), None, None) => {
                let member = services.members.load_by_upn(upn).await?;
                let member = member.ok_or("there is no such member")?;
                (
                    member.organisation,
                    member.oid.to_string(),
                    PrincipalKind::User,
                )
            }
            (None, Some(client_id), Some(organisation)) if self.role == Role::BackEnd => {
                (organisation, client_id.clone(), PrincipalKind::Application)
            }
            (None, None, Some(organisation)) => (
                organisation,
                organisation.to_string(),
                PrincipalKind::Organisation,
            ),
            _ => {
                return Err(
                    "name one principal: --member, --organisation, or --application with --organisation (back-end only)"
                        .into(),
                );
            }
        };
        Ok(Assignment {
            role: self.role,
            organisation,
            principal,
            kind,
            resource: self.resource,
            client_ids: self.through,
        })
    }
}
