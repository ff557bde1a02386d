"""What makes generated requests reach deep code: credentials on each, real ids in paths and bodies; and the checks that the
interface descriptions do not state. Loaded by Schemathesis (SCHEMATHESIS_HOOKS)."""

import json
import os
from pathlib import Path

import schemathesis
import world

# Statuses that an operation may answer besides those its description names, by dialect, each with its reason.
STATUSES = {int(status) for status in json.loads(Path(__file__).with_name("statuses.json").read_text(encoding="utf-8"))[world.DIALECT]}
# How often a generated id stays as it is, so that unknown ones are asked for as well.
STRANGE = 0.15


def real_path(case):
    """Puts real ids into the path; what the operation ends is made for it alone."""
    ends = case.method == "DELETE" or ":revoke" in case.path or ":remove" in case.path
    names = case.path_parameters or {}
    made = {}
    if "chatThreadId" in names:
        made["chatThreadId"] = world.thread() if case.method == "DELETE" and "chatMessageId" not in names else world.THREAD()
    if "chatMessageId" in names:
        made["chatMessageId"] = world.message(world.THREAD()) if ends else world.MESSAGE()
    if "roomId" in names:
        made["roomId"] = world.room() if ends else world.ROOM()
    if "id" in names:
        made["id"] = world.person()["id"] if ends else world.CHOICE.choice(world.PEOPLE)
    if "callConnectionId" in names and world.INFO.get("calls"):
        calls = world.INFO["calls"]
        lasting = not (ends or ":terminate" in case.path)
        if lasting or len(calls) > 1:
            made["callConnectionId"] = calls[0] if lasting else calls.pop()
    if "participantRawId" in names:
        made["participantRawId"] = world.INFO.get("person", "")
    if "tenantId" in names:
        made["tenantId"] = world.INFO["tenant_id"]
    if "objectId" in names:
        made["objectId"] = world.INFO["oid"]
    names.update(made)


def real_body(value):
    """Puts real people wherever the body names somebody."""
    if isinstance(value, list):
        return [real_body(one) for one in value]
    if not isinstance(value, dict):
        return value
    if {"token", "appId", "userId"} <= value.keys() and world.CHOICE.random() > STRANGE:
        return world.INFO["exchange"]
    if value.keys() & {"rawId", "communicationUser"} and world.CHOICE.random() > 0.4:
        return world.identifier(world.CHOICE.choice(world.PEOPLE))
    out = {}
    for name, inner in value.items():
        known = isinstance(inner, dict) and world.CHOICE.random() > STRANGE
        if known and name in ("communicationIdentifier", "identifier", "targetParticipant", "participantToAdd", "participantToRemove"):
            out[name] = world.identifier(world.CHOICE.choice(world.PEOPLE))
        elif known and name == "participants" and world.DIALECT == "rooms":
            out[name] = dict(zip(world.PEOPLE, inner.values()))
        elif world.DIALECT == "chat" and name == "type" and isinstance(inner, str) and world.CHOICE.random() > STRANGE:
            # The other types are the server's own to send.
            out[name] = world.CHOICE.choice(["text", "html"])
        elif name in ("content", "topic") and inner == "" and world.CHOICE.random() > STRANGE:
            out[name] = "hello"
        elif name in ("callbackUri", "operationCallbackUri") and isinstance(inner, str) and world.CHOICE.random() > STRANGE:
            out[name] = world.INFO["callbacks"]
        elif name == "chatMessageId" and isinstance(inner, str) and world.CHOICE.random() > STRANGE:
            out[name] = world.MESSAGE()
        else:
            out[name] = real_body(inner)
    return out


def credentials(case):
    """What the operation asks for."""
    if case.path == "/access/teamsExtension/:exchangeAccessToken":
        return world.Bearer(world.INFO["extension"])
    return world.ALICE["auth"] if world.DIALECT == "chat" else world.Signed()


@schemathesis.hook
def before_call(context, case, kwargs):
    """The last word on a request before it goes out."""
    # The tool learns ids from answers: what lasts must not be ended by one of those, nor Alice be removed.
    if world.CHOICE.random() > STRANGE or case.method == "DELETE":
        real_path(case)
    if isinstance(case.body, (dict, list)):
        case.body = real_body(case.body)
    if world.ALICE["id"] in json.dumps(case.body, default=str) and ":remove" in case.path:
        case.body = world.identifier(world.PEOPLE[0])
    kwargs["auth"] = credentials(case)
    kwargs["timeout"] = 20


@schemathesis.check
def bodies_have_the_documented_type(ctx, response, case):
    """A body is JSON and says so; an answer without one says nothing."""
    kind = response.headers.get("content-type", [""])[0]
    if response.content:
        assert kind.split(";")[0] == "application/json", f"content type {kind!r}"
    else:
        assert not kind, f"content type {kind!r} without a body"


@schemathesis.check
def refusals_have_the_documented_shape(ctx, response, case):
    """Every status of 400 and more is one of the dialect's, with an error that names code and message."""
    if response.status_code < 400:
        return
    assert response.status_code in STATUSES, f"undocumented status {response.status_code}"
    # No 5xx at all, but for what is not offered and says so.
    assert response.status_code < 500 or (response.status_code == 501 and response.json()["error"]["code"] == "NotImplemented")
    if case.method in ("HEAD", "OPTIONS", "TRACE"):
        return
    error = response.json().get("error")
    assert isinstance(error, dict), "no error"
    assert error.get("code") and isinstance(error["code"], str), "no code"
    assert error.get("message") and isinstance(error["message"], str), "no message"


if os.environ.get("PARVIS_SEEN"):

    @schemathesis.hook
    def after_call(context, case, response):
        """Notes what was answered, so that a run that only ever met refusals is found out."""
        with Path(os.environ["PARVIS_SEEN"]).open("a", encoding="utf-8") as file:
            file.write(f"{case.method} {case.path}\t{response.status_code}\n")
