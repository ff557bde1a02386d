//! People on the wire (rest-wire section 6): a raw id, a nested model, or both, which then must say the same.
use super::error::AutomationError;
use parvis_domain::ids::RawId;
use serde::Deserialize;
use serde_json::{Value, json};

/// An identifier as the SDKs send it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct IdentifierModel {
    raw_id: Option<String>,
    communication_user: Option<UserModel>,
    phone_number: Option<Value>,
    microsoft_teams_user: Option<MemberModel>,
    microsoft_teams_app: Option<Value>,
    teams_extension_user: Option<Value>,
}

/// A user of a resource.
#[derive(Debug, Deserialize)]
pub(super) struct UserModel {
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MemberModel {
    user_id: String,
    is_anonymous: Option<bool>,
}

impl IdentifierModel {
    /// Whom it names; `target` is the field it stands in.
    pub(super) fn read(&self, target: &'static str) -> Result<RawId, AutomationError> {
        let raw_id = self.raw_id.as_deref().unwrap_or_default();
        if self.phone_number.is_some() || raw_id.starts_with("4:") {
            return Err(AutomationError::telephony(target));
        }
        let refused = |text| Err(AutomationError::invalid(target, text));
        if self.microsoft_teams_app.is_some() || self.teams_extension_user.is_some() {
            return refused("Only users of the resource and members can be called.");
        }
        let nested = match (&self.communication_user, &self.microsoft_teams_user) {
            (Some(_), Some(_)) => return refused("The identifier names two people."),
            (Some(user), None) => Some(user.id.clone()),
            (None, Some(member)) => Some(match member.is_anonymous {
                Some(true) => format!("8:teamsvisitor:{}", member.user_id),
                _ => format!("8:orgid:{}", member.user_id),
            }),
            (None, None) => None,
        };
        let text = match (&nested, &self.raw_id) {
            (Some(nested), Some(raw)) if nested != raw => {
                return refused("The identifier names two people.");
            }
            (Some(one), _) | (None, Some(one)) => one,
            (None, None) => return refused("An identifier is required."),
        };
        read_raw_id(text, target)
    }
}

impl UserModel {
    /// Whom it names.
    pub(super) fn read(&self, target: &'static str) -> Result<RawId, AutomationError> {
        read_raw_id(&self.id, target)
    }
}

/// A raw id as text.
pub(super) fn read_raw_id(text: &str, target: &'static str) -> Result<RawId, AutomationError> {
    if text.starts_with("4:") {
        return Err(AutomationError::telephony(target));
    }
    text.parse().map_err(|_| {
        AutomationError::invalid(target, "Invalid format for communication identifier.")
    })
}

/// An identifier as the SDKs read it.
pub(super) fn identifier(raw_id: &RawId) -> Value {
    let text = raw_id.to_string();
    match raw_id {
        RawId::External { .. } => json!({
            "kind": "communicationUser",
            "rawId": text,
            "communicationUser": { "id": text },
        }),
        RawId::Extension {
            resource,
            organisation,
            member,
        } => json!({
            "kind": "teamsExtensionUser",
            "rawId": text,
            "teamsExtensionUser": {
                "userId": member, "tenantId": organisation, "resourceId": resource, "cloud": "public",
            },
        }),
        RawId::Member(oid) => json!({
            "kind": "microsoftTeamsUser",
            "rawId": text,
            "microsoftTeamsUser": { "userId": oid, "isAnonymous": false, "cloud": "public" },
        }),
        RawId::Visitor(id) => json!({
            "kind": "microsoftTeamsUser",
            "rawId": text,
            "microsoftTeamsUser": { "userId": id, "isAnonymous": true, "cloud": "public" },
        }),
        RawId::Phone(number) => json!({
            "kind": "phoneNumber",
            "rawId": text,
            "phoneNumber": { "value": format!("+{number}") },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str =
        "8:acs:1b5cc06b-f352-4571-b1e6-d9b259b7c776_0000000a-b1cc-8a94-e3c7-593a0d003a89";
    const OID: &str = "1b5cc06b-f352-4571-b1e6-d9b259b7c776";

    fn read(model: Value) -> Result<RawId, AutomationError> {
        let model: IdentifierModel = serde_json::from_value(model).expect("well formed");
        model.read("targets")
    }

    fn code(error: AutomationError) -> String {
        format!("{error:?}")
    }

    #[test]
    fn every_form_of_the_sdks_is_read() {
        let user: RawId = USER.parse().expect("id");
        for model in [
            json!({ "rawId": USER }),
            json!({ "communicationUser": { "id": USER } }),
            json!({ "kind": "communicationUser", "rawId": USER, "communicationUser": { "id": USER } }),
            json!({ "rawId": USER, "phoneNumber": null, "communicationUser": { "id": USER } }),
        ] {
            assert_eq!(read(model).expect("read"), user);
        }
        let member = json!({ "microsoftTeamsUser": { "userId": OID, "cloud": "public" } });
        assert_eq!(
            read(member).expect("read").to_string(),
            format!("8:orgid:{OID}")
        );
        for raw_id in [user, format!("8:orgid:{OID}").parse().expect("id")] {
            assert_eq!(read(identifier(&raw_id)).expect("read"), raw_id);
        }
    }

    #[test]
    fn what_cannot_be_called_is_refused_by_name() {
        for model in [
            json!({ "rawId": "4:+14255550123" }),
            json!({ "phoneNumber": { "value": "+14255550123" } }),
            json!({ "communicationUser": { "id": "4:+14255550123" } }),
        ] {
            let error = code(read(model).expect_err("refused"));
            assert!(error.contains("TelephonyNotConfigured"), "{error}");
        }
        for model in [
            json!({}),
            json!({ "rawId": "" }),
            json!({ "rawId": "8:acs:nonsense" }),
            json!({ "rawId": "28:orgid:x", "microsoftTeamsApp": { "appId": "x" } }),
            json!({ "rawId": USER, "communicationUser": { "id": format!("8:orgid:{OID}") } }),
            json!({
                "communicationUser": { "id": USER },
                "microsoftTeamsUser": { "userId": OID },
            }),
        ] {
            let error = code(read(model).expect_err("refused"));
            assert!(error.contains("BadRequest"), "{error}");
        }
    }
}
