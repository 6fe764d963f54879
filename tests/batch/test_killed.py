"""A batch over a flaky service, killed in the middle, and run again."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from tests.support.flaky import check_all_made, make_flaky, run_until_all_are_made

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService


@pytest.mark.slow
@needs("distributed")
def test_killed_twice_it_ends_with_exactly_the_right_files(
    voiceshift_service: ScriptedService,
) -> None:
    """No cover is asked for again once it is complete, and none twice in one run."""
    make_flaky(voiceshift_service)
    kill = subprocess.Popen.kill
    run_until_all_are_made(voiceshift_service, [(60, kill), (75, kill)])
    check_all_made()
