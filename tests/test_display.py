"""How covers show themselves in a notebook."""

from __future__ import annotations

import base64
import sys
from html.parser import HTMLParser
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.samples import sample_cover
from voiceshift import display
from voiceshift.display import in_notebook, mime_bundle

if TYPE_CHECKING:
    from pathlib import Path


class Elements(HTMLParser):
    """The elements and the text of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called for each element."""
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        """Called for text between."""
        self.text += data


def test_player_holds_the_audio() -> None:
    """As the browser reads it, without a file."""
    elements = Elements(mime_bundle(sample_cover(b"OggS sound"))["text/html"])
    assert elements.tags == ["p", "audio"]
    source = elements.attributes["src"] or ""
    head, _, content = source.partition(",")
    assert head == "data:audio/ogg;base64"
    assert base64.b64decode(content) == b"OggS sound"


def test_player_holds_the_audio_of_a_file(tmp_path: Path) -> None:
    """Also where the audio is not in memory."""
    path = tmp_path / "song.ogg"
    path.write_bytes(b"OggS sound")
    cover = sample_cover(None, path=path, size=10)
    assert base64.b64encode(b"OggS sound").decode() in mime_bundle(cover)["text/html"]


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "\"'><img src=x>", "Tom & Jerry"])
def test_title_of_the_service_is_text(title: str) -> None:
    """It brings no element of its own into the notebook."""
    elements = Elements(mime_bundle(sample_cover(title=title))["text/html"])
    assert elements.tags == ["p", "audio"]
    assert elements.text.startswith(title)


def test_facts_are_shown_in_plain_text() -> None:
    """Where no HTML is shown there are title, kind and size."""
    text = mime_bundle(sample_cover(size=1_234_567))["text/plain"]
    assert text == "Amazing Grace (tenor, -1) (audio/ogg, 1235 kB)"


def test_incomplete_cover_says_so() -> None:
    """So that nobody takes it for the whole; without a title it is named after the song."""
    text = mime_bundle(sample_cover(b"", complete=False, title=""))["text/plain"]
    assert text == "Amazing Grace (audio/ogg, 0 kB, incomplete)"


def test_large_cover_is_not_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebook's file would grow with each run; the text says what to do."""
    monkeypatch.setattr(display, "LARGEST_EMBED", 5)
    assert Elements(mime_bundle(sample_cover(b"12345"))["text/html"]).tags == ["p", "audio"]
    elements = Elements(mime_bundle(sample_cover(b"123456"))["text/html"])
    assert "audio" not in elements.tags
    assert "cover.save()" in elements.text


def test_plain_python_is_no_notebook() -> None:
    """IPython is not even imported."""
    assert not in_notebook()


@pytest.mark.parametrize(
    ("shell", "expected"),
    [(None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=object()), True)],
    ids=["imported only", "terminal", "kernel"],
)
def test_notebook_is_known_by_its_kernel(
    shell: object, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IPython on a terminal is none, nor is a script that imports it."""
    module = ModuleType("IPython")
    monkeypatch.setattr(module, "get_ipython", lambda: shell, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert in_notebook() is expected
