"""The official Identity SDK, synchronous and asynchronous: identities and tokens, and chat's answer to them."""

from datetime import timedelta
from time import time

import msal
import pytest
from azure.communication.chat import ChatClient, CommunicationTokenCredential
from azure.communication.identity import CommunicationIdentityClient, CommunicationTokenScope, CommunicationUserIdentifier, identifier_from_raw_id
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from conftest import refusal, settled
from sign_in import claims

SCOPES = [CommunicationTokenScope.CHAT, CommunicationTokenScope.VOIP]


@pytest.fixture()
async def client(info, flavour):
    return flavour.keep(flavour.module("identity").CommunicationIdentityClient.from_connection_string(info["connection_string"]))


def threads(info, token):
    chat = ChatClient(info["endpoint"], CommunicationTokenCredential(token))
    return list(chat.list_chat_threads())


# [B2][N3]
async def test_the_client_is_made_from_the_connection_string(info, flavour):
    client = flavour.module("identity").CommunicationIdentityClient.from_connection_string(info["connection_string"])
    user = await settled(client.create_user())
    assert user.raw_id.startswith("8:acs:")
    assert user.raw_id.count("_") == 1
    assert identifier_from_raw_id(user.raw_id).properties["id"] == user.raw_id
    if hasattr(client, "close"):
        assert await settled(client.close()) is None


# [B2][N3][N2]
async def test_user_and_token_work_with_chat(client, info):
    user, token = await settled(client.create_user_and_token(SCOPES))
    assert user.raw_id.startswith("8:acs:")
    assert threads(info, token.token) == []


# [B2][N3]
async def test_key_credential_with_trailing_slash(info, flavour):
    endpoint, _, key = info["connection_string"].partition(";accesskey=")
    kind = flavour.module("identity").CommunicationIdentityClient
    client = flavour.keep(kind(endpoint.removeprefix("endpoint=").rstrip("/") + "/", AzureKeyCredential(key)))
    assert (await settled(client.create_user())).raw_id.startswith("8:acs:")


# [B2][N3]
async def test_issue_revoke_delete(client, info):
    user = await settled(client.create_user())
    token = (await settled(client.get_token(user, SCOPES, token_expires_in=timedelta(hours=1)))).token
    assert threads(info, token) == []
    await settled(client.revoke_tokens(user))
    with pytest.raises(ClientAuthenticationError):
        threads(info, token)
    await settled(client.delete_user(user))
    assert (await refusal(lambda: client.get_token(user, SCOPES))).status_code == 404
    assert (await refusal(lambda: client.revoke_tokens(user))).status_code == 404


# [N3]
@pytest.mark.parametrize("minutes", [59, 1441])
async def test_life_out_of_range(client, minutes):
    user = await settled(client.create_user())
    refused = await refusal(lambda: client.get_token(user, SCOPES, token_expires_in=timedelta(minutes=minutes)))
    assert isinstance(refused, HttpResponseError)
    assert refused.status_code == 400


# [B2][C3]
async def test_wrong_key_is_denied(info, flavour, client):
    user, token = await settled(client.create_user_and_token(SCOPES))
    endpoint, _, _ = info["connection_string"].partition(";accesskey=")
    kind = flavour.module("identity").CommunicationIdentityClient
    stranger = flavour.keep(kind.from_connection_string(f"{endpoint};accesskey=" + "B" * 86 + "=="))
    for attempt in (
        stranger.create_user,
        lambda: stranger.create_user_and_token(SCOPES),
        lambda: stranger.get_token(user, SCOPES),
        lambda: stranger.revoke_tokens(user),
        lambda: stranger.delete_user(user),
        lambda: stranger.get_token_for_teams_user(token.token, info["client_id"], info["members"][0]["oid"]),
    ):
        assert (await refusal(attempt)).status_code == 401
    assert threads(info, token.token) == []


class BackEnd:
    """The credential of a back end whose application may use the resource, for the synchronous clients."""

    def __init__(self, info, secret):
        application = info["application"]
        self.app = msal.ConfidentialClientApplication(
            application["client_id"], client_credential=secret, oidc_authority=f"{info['authority']}/v2.0"
        )

    def get_token(self, *scopes, **_):
        """What every SDK asks a credential for."""
        answer = self.app.acquire_token_for_client(list(scopes))
        if "access_token" not in answer:
            raise ClientAuthenticationError(answer["error"])
        return AccessToken(answer["access_token"], int(time()) + answer["expires_in"])


class AsyncBackEnd(BackEnd):
    """The same for the asynchronous clients."""

    async def get_token(self, *scopes, **kwargs):
        return super().get_token(*scopes, **kwargs)


# [B2][N3]
async def test_an_application_that_may_use_the_resource_needs_no_key(info, flavour):
    kind = flavour.module("identity").CommunicationIdentityClient
    back_end = AsyncBackEnd if flavour.suffix else BackEnd
    client = flavour.keep(kind(info["endpoint"], back_end(info, info["application"]["client_secret"])))
    user, token = await settled(client.create_user_and_token(SCOPES))
    assert threads(info, token.token) == []
    await settled(client.delete_user(user))
    stranger = flavour.keep(kind(info["endpoint"], back_end(info, "f" * 48)))
    assert "invalid_client" in str(await refusal(stranger.create_user))


# [B2]
async def test_foreign_identity_gets_no_token(client):
    foreign = "8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002"
    refused = await refusal(lambda: client.get_token(CommunicationUserIdentifier(foreign), SCOPES))
    assert refused.status_code in (403, 404)


# [C2][C4]
async def test_a_members_token_is_exchanged_for_that_member_only(client, info, signed_in):
    member, colleague = info["members"][:2]
    token = await settled(client.get_token_for_teams_user(signed_in, info["client_id"], member["oid"]))
    assert claims(token.token)["skypeid"] == f"orgid:{member['oid']}"
    for wrong in (
        lambda: client.get_token_for_teams_user(signed_in, info["client_id"], colleague["oid"]),
        lambda: client.get_token_for_teams_user(signed_in, "00000000-0000-4000-8000-00000000abcd", member["oid"]),
        lambda: client.get_token_for_teams_user("no token at all", info["client_id"], member["oid"]),
    ):
        assert (await refusal(wrong)).status_code == 401


# [G2][N2]
def test_meeting_thread_is_shut(info):
    client = CommunicationIdentityClient.from_connection_string(info["connection_string"])
    _, token = client.create_user_and_token(SCOPES)
    chat = ChatClient(info["endpoint"], CommunicationTokenCredential(token.token))
    thread = chat.get_chat_thread_client(info["meetings"][0]["thread_id"])
    for attempt in (lambda: list(thread.list_messages()), lambda: thread.send_message("hello")):
        with pytest.raises(HttpResponseError) as refused:
            attempt()
        assert refused.value.status_code == 403


# [C1]
def test_openid_discovery_suits_the_python_client(info):
    app = msal.PublicClientApplication(info["client_id"], oidc_authority=f"{info['authority']}/v2.0")
    flow = app.initiate_auth_code_flow([f"{info['audience']}/Teams.ManageCalls"], redirect_uri=info["redirect_uri"])
    assert flow["auth_uri"].startswith(info["authority"])
