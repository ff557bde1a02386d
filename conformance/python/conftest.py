"""The running server that the conformance runner started; clients in both flavours, so that a test is written once for the
synchronous and the asynchronous packages; and the recorder of what was called."""

import importlib
import inspect
import json
import os
from pathlib import Path

import pytest
from recorder import Recorder
from sign_in import directory_token

recorder = Recorder()
# Before any test module names a class or a function of the packages.
recorder.listen()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    recorder.file, recorder.current = item.path.name, item.name
    try:
        return (yield)
    finally:
        recorder.current = None


def pytest_assertion_pass():
    recorder.asserted()


def pytest_sessionfinish():
    if "PARVIS_CALLS" in os.environ:
        recorder.write(os.environ["PARVIS_CALLS"])


@pytest.fixture(scope="session")
def info():
    """What `parvis demo` wrote."""
    return json.loads(Path(os.environ["PARVIS_DEMO_JSON"]).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def signed_in(info):
    """The directory token of the first member."""
    return directory_token(info, info["members"][0])


@pytest.fixture(params=["", ".aio"], ids=["sync", "aio"])
async def flavour(request):
    """The synchronous packages, then the asynchronous ones; what was opened is closed when the test is over."""
    opened = Flavour(request.param)
    yield opened
    for client in opened.clients:
        await settled(client.close()) if hasattr(client, "close") else None


class Flavour:
    """The packages of one flavour, and the clients that a test opened."""

    def __init__(self, suffix):
        self.suffix = suffix
        self.clients = []

    def module(self, name):
        """`identity`, `chat`, ...: the package's module of this flavour."""
        return importlib.import_module(f"azure.communication.{name}{self.suffix}")

    def keep(self, client):
        """Closes the client at the end of the test."""
        self.clients.append(client)
        return client


async def settled(answer):
    """What a call of either flavour brings: awaited if it has to be, as a list if it comes in pages."""
    if hasattr(answer, "__aiter__"):
        return [item async for item in answer]
    if hasattr(answer, "__next__"):
        return list(answer)
    return await answer if inspect.isawaitable(answer) else answer


async def refusal(action):
    """The error that an action of either flavour must end with."""
    try:
        await settled(action())
    except Exception as error:  # noqa: BLE001 - the caller looks at what it is
        return error
    raise AssertionError("expected a refusal, got an answer")
