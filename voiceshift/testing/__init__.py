"""A service on this machine that follows a script: a pytest plugin to test code that makes covers.

The fixture :func:`~voiceshift.testing.plugin.voiceshift_service` starts it and points ``VC_URI``
and ``VC_TOKEN`` to it, so that unchanged code talks to it. It shares no code with the client, and
reads what the client sends with another library, which makes it an independent judge::

    def test_my_script(voiceshift_service):
        voiceshift_service.will_stream(b"some audio", segments=2)
        my_script.main()
        assert voiceshift_service.requests[0]["song"] == "Amazing Grace"

pytest loads :mod:`voiceshift.testing.plugin` wherever voiceshift is installed; what the service
needs is imported when it is used.

Read in this order, from what a test calls down to the bytes::

    plugin        the fixture
    service       what a test tells the service, and what the service tells the test
    script        the usual course of a connection and of a cover, and scripts that leave it
    faults        the catalogue of faults
    conversation  one connection, from the opening handshake to its end
    peer          the service's end of it: what it reads and what it sends
    frames        WebSocket frames as bytes
"""

from __future__ import annotations

from voiceshift.testing.faults import FAULTS, Fault
from voiceshift.testing.script import DEFAULT_AUDIO, CoverStep, Step
from voiceshift.testing.service import ScriptedService

__all__ = ["DEFAULT_AUDIO", "FAULTS", "CoverStep", "Fault", "ScriptedService", "Step"]
