"""The official Python SDKs: identities and tokens, and chat's answer to them."""

from datetime import timedelta

import msal
import pytest
from azure.communication.chat import ChatClient, CommunicationTokenCredential
from azure.communication.identity import CommunicationIdentityClient, CommunicationTokenScope, CommunicationUserIdentifier
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

SCOPES = [CommunicationTokenScope.CHAT, CommunicationTokenScope.VOIP]


@pytest.fixture()
def client(info):
    return CommunicationIdentityClient.from_connection_string(info["connection_string"])


def threads(info, token):
    chat = ChatClient(info["endpoint"], CommunicationTokenCredential(token))
    return list(chat.list_chat_threads())


# [B2][N3]
def test_create_user(client):
    user = client.create_user()
    assert user.raw_id.startswith("8:acs:")
    assert user.raw_id.count("_") == 1


# [B2][N3][N2]
def test_user_and_token_work_with_chat(client, info):
    user, token = client.create_user_and_token(SCOPES)
    assert user.raw_id.startswith("8:acs:")
    assert threads(info, token.token) == []


# [B2][N3]
def test_key_credential_with_trailing_slash(info):
    endpoint, _, key = info["connection_string"].partition(";accesskey=")
    client = CommunicationIdentityClient(endpoint.removeprefix("endpoint=").rstrip("/") + "/", AzureKeyCredential(key))
    assert client.create_user().raw_id.startswith("8:acs:")


# [B2][N3]
def test_issue_revoke_delete(client, info):
    user = client.create_user()
    token = client.get_token(user, SCOPES, token_expires_in=timedelta(hours=1)).token
    assert threads(info, token) == []
    client.revoke_tokens(user)
    with pytest.raises(ClientAuthenticationError):
        threads(info, token)
    client.delete_user(user)
    with pytest.raises(HttpResponseError):
        client.get_token(user, SCOPES)


# [N3]
@pytest.mark.parametrize("minutes", [59, 1441])
def test_life_out_of_range(client, minutes):
    user = client.create_user()
    with pytest.raises(HttpResponseError) as refused:
        client.get_token(user, SCOPES, token_expires_in=timedelta(minutes=minutes))
    assert refused.value.status_code == 400


# [B2][C3]
def test_wrong_key_is_denied(info):
    endpoint, _, _ = info["connection_string"].partition(";accesskey=")
    stranger = CommunicationIdentityClient.from_connection_string(f"{endpoint};accesskey=" + "B" * 86 + "==")
    with pytest.raises(ClientAuthenticationError) as refused:
        stranger.create_user()
    assert refused.value.status_code == 401


# [B2]
def test_foreign_identity_gets_no_token(client):
    foreign = "8:acs:00000000-0000-4000-8000-000000000001_00000000-0000-4000-8000-000000000002"
    with pytest.raises(HttpResponseError):
        client.get_token(CommunicationUserIdentifier(foreign), SCOPES)


# [G2][N2]
def test_meeting_thread_is_shut(client, info):
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
