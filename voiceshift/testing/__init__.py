"""A service on this machine that follows a script: a pytest plugin for tests of code with covers.

The fixture :func:`~voiceshift.testing.plugin.voiceshift_service` starts it and points ``VC_URI``
and ``VC_TOKEN`` to it, so that unchanged code talks to it. It shares no code with the client, and
reads what the client says through a library of its own, which makes it an independent judge::

    def test_my_script(voiceshift_service):
        voiceshift_service.will_stream(b"some audio", segments=2)
        my_script.main()
        assert voiceshift_service.requests[0]["song"] == "Amazing Grace"

pytest loads :mod:`voiceshift.testing.plugin` wherever voiceshift is installed; what the service
needs is imported when it is used.
"""

from __future__ import annotations

from voiceshift.testing.course import DEFAULT_AUDIO, CoverStep, Step
from voiceshift.testing.faults import FAULTS, Fault
from voiceshift.testing.service import ScriptedService

__all__ = ["DEFAULT_AUDIO", "FAULTS", "CoverStep", "Fault", "ScriptedService", "Step"]
