"""The client in tests of others that stop time: freezegun."""

from __future__ import annotations

import time

import pytest
from freezegun import freeze_time

from tests.support.processes import run_python
from voiceshift import Client, CoverTimeout
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService
from voiceshift.util.deadline import Deadline


@pytest.mark.parametrize("tick", [False, True], ids=["stopped", "ticking"])
def test_cover_while_time_is_frozen(voiceshift_service: ScriptedService, tick: bool) -> None:
    """The service is real: no limit counts on the test's clock, where the year may be any."""
    with freeze_time("2026-12-24", tick=tick), Client() as client:
        assert client.create_cover("Amazing Grace", "tenor").audio == DEFAULT_AUDIO


def test_limit_passes_while_time_is_frozen(voiceshift_service: ScriptedService) -> None:
    """Nor does any last for ever."""
    voiceshift_service.will_stall()
    with freeze_time("2026-12-24"), Client() as client, pytest.raises(CoverTimeout):
        client.create_cover("Amazing Grace", "tenor", timeout=0.2)


def test_moved_time_moves_no_limit() -> None:
    """An hour of the test's clock is not an hour."""
    with freeze_time("2026-12-24") as frozen:
        deadline = Deadline(60, CoverTimeout, "cover")
        frozen.tick(3600)
        assert not deadline.has_passed()
        assert time.monotonic() - deadline.since > 3000  # freezegun's own


def test_import_while_time_is_frozen() -> None:
    """The clock is the real one also where voiceshift is first imported within the freeze."""
    script = (
        "from freezegun import freeze_time\n"
        "with freeze_time('2026-12-24'):\n"
        "    from voiceshift.util.monotonic_clock import monotonic\n"
        "    since = monotonic()\n"
        "    while monotonic() == since: pass\n"
    )
    assert run_python(script) == ""
