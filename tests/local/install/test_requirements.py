"""What is missing is named, with the command that installs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.collecting import needs
from voiceshift.local.install.requirements import require_local_extra


@needs("numpy")
def test_nothing_is_missing_here() -> None:
    """With the extra installed nothing happens."""
    require_local_extra()


@pytest.mark.parametrize("call", ["Server()", "VoiceLibrary()"])
def test_missing_packages_are_named(call: str) -> None:
    """Without the extra, the first use says what to install."""
    # A module that is None in the table of modules is one that cannot be imported.
    code = (
        "import sys\n"
        "sys.modules['numpy'] = None\n"
        "from voiceshift.local import Server\n"
        "from voiceshift.local.library.voices import VoiceLibrary\n"
        f"{call}\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "SettingsError: covers on this machine need numpy" in run.stderr
    assert 'pip install "voiceshift[local]"' in run.stderr
