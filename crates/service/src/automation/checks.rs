//! What is looked at before an app may begin or ask for something: where it is told, whom it names, and whether there is room.
use super::{Automation, CONNECTIONS_MAX, Opening};
use crate::ServiceError;
use parvis_domain::{
    automation::{Connection, Note},
    ids::{ConnectionId, RawId, ResourceId},
};
use uuid::Uuid;

impl Automation {
    pub(super) async fn made_before(
        &self,
        resource: ResourceId,
        opening: &Opening,
    ) -> Result<Option<Connection>, ServiceError> {
        let Some(request) = opening.request else {
            return Ok(None);
        };
        let store = &self.shared.context.store;
        Ok(store.load_connection_by_request(resource, request).await?)
    }

    pub(super) async fn check_opening(
        &self,
        resource: ResourceId,
        opening: &Opening,
    ) -> Result<(), ServiceError> {
        self.check_callback("callbackUri", &opening.callback)?;
        let store = &self.shared.context.store;
        if store.count_live_connections(resource).await? >= CONNECTIONS_MAX {
            return Err(ServiceError::TooMany { retry_after_s: 5 });
        }
        self.check_room(resource, Uuid::nil()).await
    }

    pub(super) async fn check_note(
        &self,
        resource: ResourceId,
        id: ConnectionId,
        note: &Note,
    ) -> Result<(), ServiceError> {
        if let Some(callback) = &note.callback {
            self.check_callback("operationCallbackUri", callback)?;
        }
        self.check_room(resource, id.0).await
    }

    fn check_callback(&self, target: &'static str, url: &str) -> Result<(), ServiceError> {
        let courier = &self.shared.context.webhooks.courier;
        courier.check(url).map_err(|reason| {
            ServiceError::invalid(target, format!("The callback address {reason}."))
        })
    }

    /// An app that is not told what follows must not ask for more.
    async fn check_room(&self, resource: ResourceId, lane: Uuid) -> Result<(), ServiceError> {
        if self.shared.outbox.has_room(lane, resource).await? {
            return Ok(());
        }
        Err(ServiceError::TooMany { retry_after_s: 30 })
    }

    /// Identities of the resource must exist; whether a member may be rung is the call's to say.
    pub(super) async fn check_target(
        &self,
        resource: ResourceId,
        field: &'static str,
        target: &RawId,
    ) -> Result<(), ServiceError> {
        match target {
            RawId::Member(_) => Ok(()),
            RawId::External { .. } => self.check_own(resource, field, target).await,
            RawId::Extension { .. } | RawId::Visitor(_) | RawId::Phone(_) => {
                Err(ServiceError::invalid(
                    field,
                    "Only users of the resource and members can be called.",
                ))
            }
        }
    }

    pub(super) async fn check_own(
        &self,
        resource: ResourceId,
        field: &'static str,
        raw_id: &RawId,
    ) -> Result<(), ServiceError> {
        if raw_id.resource() == Some(resource) && self.identities.exists(raw_id).await? {
            return Ok(());
        }
        Err(ServiceError::invalid(
            field,
            "The resource has no such user.",
        ))
    }
}
