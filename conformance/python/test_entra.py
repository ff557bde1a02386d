"""A member's own sign-in in place of the resource's key. The packages that carry the exchanging credential keep it for themselves
(no public name leads to it), so it is taken from inside one of them, unmodified; the Identity client takes its token publicly."""

import base64
import importlib
import importlib.util
import json

import msal
import pytest
from azure.communication.identity import CommunicationIdentityClient
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from sign_in import returned

EXCHANGE = "azure.communication.phonenumbers._shared.token_exchange"
EXTENSION = "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls"


class MemberSignIn:
    """What an app hands to the packages: `TokenCredential` of a member."""

    def __init__(self, info, member):
        self.info, self.member = info, member

    def get_token(self, *scopes, **_):
        app = msal.PublicClientApplication(self.info["client_id"], oidc_authority=f"{self.info['authority']}/v2.0")
        redirect_uri = self.info["redirect_uri"]
        flow = app.initiate_auth_code_flow(list(scopes), redirect_uri=redirect_uri)
        answer = app.acquire_token_by_auth_code_flow(flow, returned(flow["auth_uri"], redirect_uri, self.member))
        return AccessToken(answer["access_token"], claims(answer["access_token"])["exp"])


class BackEnd:
    """The same of an application with a secret."""

    def __init__(self, info):
        self.info = info

    def get_token(self, *scopes, **_):
        application = self.info["application"]
        app = msal.ConfidentialClientApplication(
            application["client_id"], client_credential=application["client_secret"], oidc_authority=f"{self.info['authority']}/v2.0"
        )
        answer = app.acquire_token_for_client(list(scopes))
        return AccessToken(answer["access_token"], claims(answer["access_token"])["exp"])


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def exchanged(info, member, **options):
    """The token that the package's credential brings."""
    package = importlib.import_module("azure.communication.phonenumbers._shared.user_credential")
    credential = package.CommunicationTokenCredential(
        resource_endpoint=info["endpoint"], token_credential=MemberSignIn(info, member), **options
    )
    return credential.get_token().token


# [B1][C2]
def test_an_assigned_member_exchanges_its_sign_in(info):
    said = claims(exchanged(info, info["members"][0]))
    assert said["resourceId"] == info["resource_id"]
    assert said["skypeid"].startswith("acs:")
    extension = claims(exchanged(info, info["members"][0], scopes=[EXTENSION]))
    assert extension["skypeid"] == f"acs:{info['resource_id']}_{info['tenant_id']}_{info['members'][0]['oid']}"


# [C4]
def test_a_member_who_is_not_assigned_is_refused(info):
    with pytest.raises(HttpResponseError) as refused:
        exchanged(info, info["members"][2])
    assert refused.value.status_code == 403


if not importlib.util.find_spec(EXCHANGE):  # the older packages have no such credential
    del test_an_assigned_member_exchanges_its_sign_in, test_a_member_who_is_not_assigned_is_refused


# [B1][B2]
def test_an_assigned_back_end_needs_no_key(info):
    client = CommunicationIdentityClient(info["endpoint"], BackEnd(info))
    user, token = client.create_user_and_token(["chat"])
    assert f"8:{claims(token.token)['skypeid']}" == user.properties["id"]
    client.delete_user(user)
