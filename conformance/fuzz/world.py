"""A builder's world on the running server: signed requests, people, threads, rooms. What the fuzzer's requests are pointed at."""

import base64
import hashlib
import hmac
import json
import os
import random
import time
from email.utils import formatdate
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

ENDPOINT = os.environ["PARVIS_ENDPOINT"].rstrip("/")
KEY = base64.b64decode(os.environ["PARVIS_KEY"])
INFO = json.loads(os.environ.get("PARVIS_INFO", "{}"))
HOST = urlsplit(ENDPOINT).netloc
DIALECT = os.environ["PARVIS_DIALECT"]
VERSION = os.environ["PARVIS_VERSION"]
CHOICE = random.Random(int(os.environ.get("PARVIS_SEED", "1")))


class Signed(AuthBase):
    """Signs the request as it goes out."""

    def __call__(self, request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        date = formatdate(usegmt=True)
        text = f"{request.method}\n{request.path_url}\n{date};{HOST};{digest}"
        signature = base64.b64encode(hmac.new(KEY, text.encode(), hashlib.sha256).digest()).decode()
        request.headers["x-ms-date"] = date
        request.headers["x-ms-content-sha256"] = digest
        request.headers["authorization"] = f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
        return request


class Bearer(AuthBase):
    """Carries a user's token."""

    def __init__(self, token):
        self.token = token

    def __call__(self, request):
        request.headers["authorization"] = f"Bearer {self.token}"
        return request


SESSION = requests.Session()


def ask(method, path, auth, body=None):
    """A request that has to succeed."""
    answer = SESSION.request(method, f"{ENDPOINT}{path}", json=body, auth=auth, timeout=20)
    if answer.status_code == 429:
        time.sleep(float(answer.headers.get("retry-after", "1")))
        return ask(method, path, auth, body)
    if answer.status_code >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None


def person():
    """A new external user, with a token for chat and calls."""
    made = ask("POST", "/identities?api-version=2023-10-01", Signed(), {"createTokenWithScopes": ["chat", "voip"]})
    return {"id": made["identity"]["id"], "auth": Bearer(made["accessToken"]["token"])}


def identifier(raw_id):
    """A user as the wire names one."""
    return {"rawId": raw_id, "communicationUser": {"id": raw_id}}


ALICE = person()
PEOPLE = [person()["id"] for _ in range(4)]


def thread():
    """A thread of Alice's with two others."""
    people = [{"communicationIdentifier": identifier(one)} for one in PEOPLE[:2]]
    body = {"topic": "Visit", "participants": people}
    made = ask("POST", "/chat/threads?api-version=2025-03-15", ALICE["auth"], body)
    return made["chatThread"]["id"]


def message(thread_id):
    """A message of Alice's."""
    path = f"/chat/threads/{quote(thread_id, safe='')}/messages?api-version=2025-03-15"
    return ask("POST", path, ALICE["auth"], {"content": "hello"})["id"]


def room():
    """A room with one person."""
    return ask("POST", "/rooms?api-version=2025-03-13", Signed(), {"participants": {PEOPLE[0]: {"role": "Attendee"}}})["id"]


class Lasting:
    """Something that most requests may share, made when first asked for."""

    def __init__(self, make):
        self.make = make
        self.made = None

    def __call__(self):
        if self.made is None:
            self.made = self.make()
        return self.made


THREAD = Lasting(thread)
MESSAGE = Lasting(lambda: message(THREAD()))
ROOM = Lasting(room)
