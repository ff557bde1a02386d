"""The running server that the conformance runner started."""

import json
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def info():
    """What `parvis demo` wrote."""
    return json.loads(Path(os.environ["PARVIS_DEMO_JSON"]).read_text(encoding="utf-8"))
