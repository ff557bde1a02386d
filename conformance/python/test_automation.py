"""The official Call Automation SDK: calls begun, answered, turned away, taken in hand and steered, with people at hand-written
clients and a receiver of events on loopback. A server of its own, because its configuration names the receiver."""

import json
import os
import subprocess
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from azure.communication.callautomation import CommunicationUserIdentifier, FileSource, PhoneNumberIdentifier
from azure.core.messaging import CloudEvent
from conftest import refusal, settled
from hand import Hand

BINARY = os.environ.get("PARVIS_BINARY", str(Path(__file__).parents[2] / "target/debug/parvis"))
PATIENCE_S = 20


class Receiver:
    """What a builder's server is told."""

    def __init__(self):
        told = self.told = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802 - the library's name
                [event] = json.loads(self.rfile.read(int(self.headers["content-length"])))
                answer = {}
                if event.get("eventType") == "Microsoft.EventGrid.SubscriptionValidationEvent":
                    answer = {"validationResponse": event["data"]["validationCode"]}
                else:
                    told.append(event)
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def event(self, kind, fits=lambda data: True):
        """The first event of this kind that fits and was not taken yet."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for event in list(self.told):
                name = event.get("type") or event.get("eventType")
                if name == f"Microsoft.Communication.{kind}" and fits(event["data"]):
                    self.told.remove(event)
                    return event
            time.sleep(0.005)
        raise AssertionError(f"no {kind}; told {[event.get('type') or event.get('eventType') for event in self.told]}")


@pytest.fixture(scope="module")
def receiver():
    opened = Receiver()
    yield opened
    opened.server.shutdown()


@pytest.fixture(scope="module")
def automation_info(receiver, tmp_path_factory):
    """What a `parvis demo` that may call the receiver wrote."""
    folder = tmp_path_factory.mktemp("automation")
    config = folder / "parvis.toml"
    config.write_text(f'[webhooks]\nloopback_http = true\nincoming_calls = [{{ url = "{receiver.origin}/incoming" }}]\n')
    written = folder / "demo.json"
    command = [BINARY, "demo", "--dir", str(folder / "data"), "--https", "127.0.0.1:0", "--http", "127.0.0.1:0", "--json", str(written)]
    server = subprocess.Popen([*command, "--config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not written.exists():
            assert server.poll() is None and time.monotonic() < until, "parvis was not ready"
            time.sleep(0.01)
        yield json.loads(written.read_text())
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
async def opened(flavour, automation_info):
    """Both clients, and the way to somebody at a client of their own."""
    text, trust = automation_info["connection_string"], automation_info["ca_certificate"]
    calls = flavour.module("callautomation").CallAutomationClient.from_connection_string(text, connection_verify=trust)
    identity = flavour.module("identity").CommunicationIdentityClient.from_connection_string(text, connection_verify=trust)
    hands = []

    async def person():
        user, token = await settled(identity.create_user_and_token(["voip"]))
        hands.append(await Hand.open(automation_info, token.token))
        return CommunicationUserIdentifier(user.properties["id"]), hands[-1]

    yield flavour.keep(calls), flavour.keep(identity), person
    for hand in hands:
        await hand.close()


def of(connection):
    return lambda data: data["callConnectionId"] == connection


def ids(data):
    return {one["identifier"]["rawId"] for one in data["participants"]}


async def call_with(client, receiver, ana, hand, **options):
    """An app's call that one person has taken."""
    made = await settled(client.create_call(ana, f"{receiver.origin}/events", source_display_name="Desk", **options))
    await hand.accept("Ana")
    receiver.event("CallConnected", of(made.call_connection_id))
    return made, client.get_call_connection(made.call_connection_id)


async def test_a_created_call_rings_a_person_and_is_steered(opened, receiver):
    client, _, person = opened
    (ana, hand), (ben, at_ben), (cy, _) = await person(), await person(), await person()
    made, connection = await call_with(client, receiver, ana, hand, operation_context="visit")
    assert made.call_connection_state == "connecting"
    assert [target.raw_id for target in made.targets] == [ana.raw_id]
    updated = receiver.event("ParticipantsUpdated", lambda data: of(made.call_connection_id)(data) and ana.raw_id in ids(data))
    assert CloudEvent.from_dict(updated).subject == f"calling/callConnections/{made.call_connection_id}"
    properties = await settled(connection.get_call_properties())
    assert (properties.call_connection_state, properties.callback_url) == ("connected", f"{receiver.origin}/events")
    people = await settled(connection.list_participants())
    assert ana.raw_id in {one.identifier.raw_id for one in people}
    found = await settled(connection.get_participant(ana))
    assert (found.identifier.raw_id, found.is_muted) == (ana.raw_id, False)
    added = await settled(connection.add_participant(ben, operation_context="second", invitation_timeout=30))
    assert uuid.UUID(added.invitation_id)
    await at_ben.accept("Ben")
    came = receiver.event("AddParticipantSucceeded", of(made.call_connection_id))
    assert (came["data"]["operationContext"], came["data"]["participant"]["rawId"]) == ("second", ben.raw_id)
    muted = await settled(connection.mute_participant(ana, operation_context="quiet"))
    assert muted.operation_context == "quiet"
    assert (await settled(connection.get_participant(ana))).is_muted
    third = await settled(connection.add_participant(cy))
    cancelled = await settled(connection.cancel_add_participant_operation(third.invitation_id))
    assert cancelled.invitation_id == third.invitation_id
    receiver.event("CancelAddParticipantSucceeded", of(made.call_connection_id))
    removed = await settled(connection.remove_participant(ben, operation_context="bye"))
    assert removed.operation_context == "bye"
    receiver.event("RemoveParticipantSucceeded", of(made.call_connection_id))
    assert (await at_ben.ended())["subCode"] == 5300
    await settled(connection.hang_up(is_for_everyone=True))
    over = receiver.event("CallDisconnected", of(made.call_connection_id))
    assert (over["data"]["operationContext"], over["data"]["resultInformation"]["subCode"]) == ("visit", 7000)
    gone = await refusal(connection.get_call_properties)
    assert (gone.status_code, gone.error.code) == (404, "8522")


async def test_a_connection_is_opened_by_its_id(opened, receiver, flavour, automation_info):
    client, _, person = opened
    (ana, hand), (ben, _) = await person(), await person()
    made, _ = await call_with(client, receiver, ana, hand)
    text, trust = automation_info["connection_string"], automation_info["ca_certificate"]
    module = flavour.module("callautomation")
    connection = module.CallConnectionClient.from_connection_string(text, made.call_connection_id, connection_verify=trust)
    found = await settled(connection.get_participant(ana))
    assert (found.identifier.raw_id, found.is_muted) == (ana.raw_id, False)
    pages = [await settled(page) for page in await settled(connection.list_participants().by_page())]
    assert ana.raw_id in {one.identifier.raw_id for page in pages for one in page}
    assert (await refusal(lambda: connection.get_participant(ben))).status_code == 404
    await settled(connection.hang_up(is_for_everyone=True))
    receiver.event("CallDisconnected", of(made.call_connection_id))
    if hasattr(connection, "close"):
        assert await settled(connection.close()) is None
    other = module.CallAutomationClient.from_connection_string(text, connection_verify=trust)
    assert (await refusal(other.get_call_connection(made.call_connection_id).get_call_properties)).status_code == 404
    assert await settled(other.close()) is None


async def test_several_are_called_at_once(opened, receiver):
    client, _, person = opened
    (ana, hand), (ben, at_ben) = await person(), await person()
    made = await settled(client.create_group_call([ana, ben], f"{receiver.origin}/events"))
    await hand.accept("Ana")
    await at_ben.accept("Ben")
    both = receiver.event("ParticipantsUpdated", lambda data: of(made.call_connection_id)(data) and {ana.raw_id, ben.raw_id} <= ids(data))
    assert both
    await settled(client.get_call_connection(made.call_connection_id).hang_up(is_for_everyone=True))
    receiver.event("CallDisconnected", of(made.call_connection_id))


async def test_an_incoming_call_is_answered_turned_away_or_sent_on(opened, receiver):
    client, identity, person = opened
    (ana, hand), (ben, at_ben) = await person(), await person()
    callback = f"{receiver.origin}/events"

    async def ring():
        user = await settled(identity.create_user())
        desk = CommunicationUserIdentifier(user.properties["id"])
        await hand.start(desk.raw_id, "Ana")
        event = receiver.event("IncomingCall", lambda data: data["to"]["rawId"] == desk.raw_id)
        return desk, event["data"]

    desk, incoming = await ring()
    tampered = incoming["incomingCallContext"][:-4] + "AAAA"
    refused = await refusal(lambda: client.answer_call(tampered, callback))
    assert (refused.status_code, refused.error.code) == (400, "BadRequest")
    answered = await settled(client.answer_call(incoming["incomingCallContext"], callback, operation_context="in"))
    assert (answered.server_call_id, answered.answered_by.raw_id) == (incoming["serverCallId"], desk.raw_id)
    up = receiver.event("CallConnected", of(answered.call_connection_id))
    assert up["data"]["operationContext"] == "in"
    await settled(client.get_call_connection(answered.call_connection_id).hang_up(is_for_everyone=False))
    receiver.event("CallDisconnected", of(answered.call_connection_id))
    await hand.ended()
    _, incoming = await ring()
    assert await settled(client.reject_call(incoming["incomingCallContext"], call_reject_reason="busy")) is None
    assert (await hand.ended())["code"] == 486
    _, incoming = await ring()
    assert await settled(client.redirect_call(incoming["incomingCallContext"], ben)) is None
    await at_ben.accept("Ben")


async def test_a_running_call_is_taken_in_hand(opened, receiver):
    client, _, person = opened
    ana, hand = await person()
    group = str(uuid.uuid4())
    joined = await hand.join_group(group, "Ana")
    for locator in ({"group_call_id": group}, {"server_call_id": joined["callId"]}):
        held = await settled(client.connect_call(callback_url=f"{receiver.origin}/events", **locator))
        assert held.server_call_id == joined["callId"]
        receiver.event("CallConnected", of(held.call_connection_id))
        await settled(client.get_call_connection(held.call_connection_id).hang_up(is_for_everyone=False))
        receiver.event("CallDisconnected", of(held.call_connection_id))
    missing = await refusal(lambda: client.connect_call(callback_url=f"{receiver.origin}/events", group_call_id=str(uuid.uuid4())))
    assert (missing.status_code, missing.error.code) == (404, "8522")


async def test_what_cannot_be_done_is_refused_in_words(opened, receiver):
    client, _, person = opened
    (ana, _), (desk, hand) = await person(), await person()
    made, connection = await call_with(client, receiver, desk, hand)
    source = FileSource(url="https://a.example/a.wav")
    for action in (
        lambda: connection.play_media(source, [desk]),
        lambda: connection.play_media_to_all(source),
        lambda: connection.cancel_all_media_operations(),
        lambda: connection.send_dtmf_tones(["one"], desk),
        lambda: connection.start_continuous_dtmf_recognition(desk),
        lambda: connection.stop_continuous_dtmf_recognition(desk),
        lambda: connection.transfer_call_to_participant(desk),
        lambda: client.start_recording(server_call_id=made.server_call_id),
        lambda: client.get_recording_properties("x"),
        lambda: client.pause_recording("x"),
        lambda: client.resume_recording("x"),
        lambda: client.stop_recording("x"),
    ):
        error = await refusal(action)
        assert (error.status_code, error.error.code) == (501, "NotImplemented")
    number = PhoneNumberIdentifier("+14255550123")
    caller = PhoneNumberIdentifier("+14255550124")
    error = await refusal(lambda: connection.add_participant(number, source_caller_id_number=caller))
    assert error.error.code == "TelephonyNotConfigured"
    for callback in ("http://a.example/", "https://10.0.0.1/", "https://169.254.169.254/", "nonsense"):
        error = await refusal(lambda callback=callback: client.create_call(desk, callback))
        assert (error.status_code, error.error.code) == (400, "BadRequest")
    missing = await refusal(lambda: connection.mute_participant(ana))
    assert missing.status_code == 404
    await settled(connection.hang_up(is_for_everyone=True))
