"""How covers show themselves in a notebook."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support.collecting import needs
from tests.support.samples import sample_cover
from voiceshift.display.card import HEIGHT, draw, mime_bundle
from voiceshift.local.demo import SONG
from voiceshift.request import CoverRequest

AUDIO = Path(SONG).read_bytes()
PICTURE = ["svg", "path"]


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
        if tag not in ("div", "strong", "code"):
            self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        """Called for text between."""
        self.text += data


@needs("soundfile")
def test_a_cover_shows_facts_waveform_and_player() -> None:
    """The player holds the audio itself, so that the page needs no file."""
    elements = Elements(mime_bundle(sample_cover(AUDIO))["text/html"])
    assert elements.tags == [*PICTURE, "audio"]
    assert elements.text.split("\n")[1:3] == [
        "Amazing Grace (tenor, -1)",
        "voice tenor · pitch -1 · 0:12 · 160 kB · audio/ogg",
    ]
    head, _, content = (elements.attributes["src"] or "").partition(",")
    assert head == "data:audio/ogg;base64"
    assert base64.b64decode(content) == AUDIO


def test_plain_text_has_the_same_facts() -> None:
    """Where no HTML is shown; what is not known of damaged audio is left out."""
    text = mime_bundle(sample_cover(b"OggS sound", size=1_234_567))["text/plain"]
    assert text == "Amazing Grace (tenor, -1): voice tenor, pitch -1, 1.2 MB, audio/ogg"


@needs("soundfile")
def test_audio_of_a_file_is_played_too(tmp_path: Path) -> None:
    """A cover made with ``to=`` is not in memory."""
    path = tmp_path / "song.ogg"
    path.write_bytes(AUDIO)
    cover = sample_cover(None, path=path, size=len(AUDIO))
    html = mime_bundle(cover)["text/html"]
    assert Elements(html).tags == [*PICTURE, "audio"]
    assert base64.b64encode(AUDIO).decode() in html


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """In place of the player; a notebook's cell does not fail for it."""
    cover = sample_cover(None, path=tmp_path / "<gone>.ogg", size=10)
    elements = Elements(mime_bundle(cover)["text/html"])
    assert elements.tags == []
    assert f"cannot read {tmp_path}" in elements.text


def test_audio_that_cannot_be_decoded_has_a_player_all_the_same() -> None:
    """The browser may know better; only length and picture are left out."""
    assert Elements(mime_bundle(sample_cover(b"OggS sound"))["text/html"]).tags == ["audio"]


def test_what_is_no_audio_has_no_player() -> None:
    """No browser could play it."""
    cover = sample_cover(b"text", media_type="application/octet-stream")
    elements = Elements(mime_bundle(cover)["text/html"])
    assert elements.tags == []
    assert "application/octet-stream" in elements.text


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "\"'><img src=x>", "Tom & Jerry"])
def test_words_of_others_are_text(words: str) -> None:
    """Neither the service's title nor the voice's name brings an element into the notebook."""
    cover = sample_cover(b"", title=words, request=CoverRequest("Song", words))
    elements = Elements(mime_bundle(cover)["text/html"])
    assert elements.tags == ["audio"]
    assert elements.text.count(words) == 2


@needs("soundfile")
def test_an_incomplete_cover_says_so() -> None:
    """So that nobody takes it for the whole; without a title it is named after the song."""
    half = AUDIO[: len(AUDIO) // 2]
    bundle = mime_bundle(sample_cover(half, complete=False, title=""))
    facts = "voice tenor, pitch -1, 0:06, 80 kB, audio/ogg, incomplete: the end is missing"
    assert bundle["text/plain"] == f"Amazing Grace: {facts}"
    elements = Elements(bundle["text/html"])
    assert elements.tags == [*PICTURE, "audio"]
    assert "the end is missing" in elements.text


@pytest.mark.parametrize(("limit", "tags"), [(10, ["audio"]), (9, []), (0, [])])
def test_a_large_cover_is_not_embedded(limit: int, tags: list[str]) -> None:
    """The notebook's file would grow with it; the text says what to do."""
    cover = sample_cover(b"OggS sound", max_embedded=limit)
    elements = Elements(mime_bundle(cover)["text/html"])
    assert elements.tags == tags
    assert ("cover.save()" in elements.text) is not bool(tags)


@needs("soundfile")
def test_nothing_is_loaded_from_elsewhere() -> None:
    """No script, no style sheet, no address; and the colours are those of the page."""
    html = mime_bundle(sample_cover(AUDIO))["text/html"]
    assert "currentColor" in html
    for word in ("<script", "<style", "http", "rgb", "#", "url("):
        assert word not in html.partition("base64,")[0]


# ---- the picture of the waveform


def test_each_peak_is_a_line_around_the_middle() -> None:
    """As high as the sound is loud; silence is a thin line."""
    path = ET.fromstring(draw([1.0, 0.5, 0.0])).find("path")
    assert path is not None
    strokes = re.findall(r"M([\d.]+) ([\d.]+)v([\d.]+)", path.attrib["d"])
    assert [tuple(map(float, stroke)) for stroke in strokes] == [
        (0.5, 0, HEIGHT),
        (1.5, HEIGHT / 4, HEIGHT / 2),
        (2.5, HEIGHT / 2 - 0.5, 1),
    ]


def test_the_picture_is_as_wide_as_there_are_peaks() -> None:
    """Stretched to the room there is, in the colour of the text, with words for who cannot see."""
    picture = ET.fromstring(draw([0.1] * 7))
    assert picture.attrib["viewBox"] == f"0 0 7 {HEIGHT}"
    assert picture.attrib["aria-label"] == "waveform"
    assert "".join(picture.itertext()) == ""
