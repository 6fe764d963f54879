"""The documentation's web apps, in the real Streamlit and marimo, with a scripted service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from voiceshift.testing import DEFAULT_AUDIO

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

pytestmark = pytest.mark.slow

APPS = Path(__file__).parents[1] / "docs" / "web_apps"

VISIT = f"""
import sys
from streamlit.testing.v1 import AppTest

page = AppTest.from_file({str(APPS / "streamlit_app.py")!r}, default_timeout=60).run()
client = page.session_state.client
for song in sys.argv[1:]:
    page.text_input[0].set_value(song)
    page.button[0].click().run()
    print(len(page.get("audio")), [error.value for error in page.error])
assert page.session_state.client is client
assert not page.exception
"""

PROGRESS = """
from streamlit.testing.v1 import AppTest

for ends in (False, True):
    page = AppTest.from_string(f'''
from voiceshift.display.progress import CoverProgress

progress = CoverProgress("Song", show=None)
progress.notice("connected")
if {ends}:
    progress.__exit__(None, None, None)
''').run()
    assert not page.exception
    print([element.value for element in page.text])
"""


def python(*arguments: str) -> str:
    """What a process of its own prints."""
    finished = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=90, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@needs("streamlit")
def test_a_session_has_one_client(voiceshift_service: ScriptedService) -> None:
    """It makes cover after cover, and a failure is told in the service's words."""
    voiceshift_service.will_stream(DEFAULT_AUDIO)
    voiceshift_service.will_fail("no such song")
    made, failed = python("-c", VISIT, "Song", "Unknown Song").splitlines()
    assert made == "1 []"
    assert failed == "0 ['no such song']"


@needs("streamlit")
def test_progress_in_streamlit() -> None:
    """A line of text is there while a cover is made, and gone after it."""
    assert python("-c", PROGRESS) == "['Song: connected (0:00)']\n[]\n"


@needs("marimo")
def test_a_marimo_cell_shows_its_cover(voiceshift_service: ScriptedService, tmp_path: Path) -> None:
    """With the player, and without what was shown while it was made."""
    page = tmp_path / "page.html"
    python(
        *("-m", "marimo", "-q", "export", "html", str(APPS / "marimo_notebook.py")),
        *("-o", str(page)),
    )
    shown = page.read_text(encoding="utf-8")
    assert "audio controls" in shown
    assert "connecting" not in shown
    assert len(voiceshift_service.requests) == 1


MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    from voiceshift.display.progress import CoverProgress

    progress = CoverProgress("Song", show=None)
    progress.notice("connected")
    assert progress.is_shown
    return (progress,)


@app.cell
def _(progress):
    ended = CoverProgress("Other Song", show=None)
    ended.notice("connected")
    ended.__exit__(None, None, None)
"""


@needs("marimo")
def test_progress_in_marimo(tmp_path: Path) -> None:
    """A spinner is there while a cover is made, and gone after it."""
    notebook, page = tmp_path / "notebook.py", tmp_path / "page.html"
    notebook.write_text(MARIMO, encoding="utf-8")
    python(
        "-m", "marimo", "-q", "export", "html", str(notebook), "-o", str(page), "--no-include-code"
    )
    shown = page.read_text(encoding="utf-8")
    assert "Song: connected" in shown
    assert "Other Song: connected" not in shown
