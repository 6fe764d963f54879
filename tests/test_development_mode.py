"""A run of everything under ``python -X dev -W error``: nothing warns, nothing is left open."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.collecting import needs

SCRIPT = """
import logging, os
from voiceshift import Client, CoverRequest, Settings, VoiceShiftError, create_covers
from voiceshift.cli import main
from voiceshift.local import Server
from voiceshift.testing import ScriptedService

# Where a connection breaks, the library of the scripted service may log that.
logging.getLogger("websockets").addHandler(logging.NullHandler())

with ScriptedService() as service, Client(service.uri, service.token) as client:
    assert client.create_cover("Amazing Grace", "tenor", to="cover.ogg").complete
    assert sum(len(segment.audio) for segment in client.stream_cover("Amazing Grace", "tenor"))
    service.will_drop(at="segment")
    try:
        client.create_cover("Amazing Grace", "tenor")
    except VoiceShiftError as error:
        assert error.partial is not None
    next(client.stream_cover("Amazing Grace", "tenor"))

    settings = Settings(uri=service.uri, token=service.token)
    requests = [CoverRequest("Amazing Grace", "tenor", pitch) for pitch in range(-2, 3)]
    outcomes = list(create_covers(requests, to="covers", settings=settings, progress=False))
    assert all(outcome.error is None for outcome in outcomes)

    os.environ.update(VC_URI=service.uri, VC_TOKEN=service.token)
    assert main(["cover", "Amazing Grace", "--voice", "tenor", "--quiet"]) == 0

with Server(separator="dsp") as server, Client(server.uri, server.token) as client:
    assert client.create_cover("demo", "tenor").complete

with Client.local(separator="dsp") as client:
    assert client.authenticate() is client

assert main(["voices"]) == 0
"""


@pytest.mark.slow
@needs("numpy")
def test_nothing_is_complained_about() -> None:
    """Client, service, batch and command, in this process and in the child processes of it."""
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        # By the environment, so that child processes have it too.
        env=os.environ | {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert finished.stderr == ""
    assert finished.returncode == 0
    assert finished.stdout.splitlines()[-1] == "tenor"
