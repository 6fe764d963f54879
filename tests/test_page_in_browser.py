"""The page of ``voiceshift serve --page`` in a real browser."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import soundfile

from tests.support.browser import Browser, find_chromium
from tests.support.conversation import TOKEN
from tests.support.tools import needs_tool
from voiceshift.local import Server
from voiceshift.local.demo import SONG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.local.engine.voices import Voice

CHROMIUM = find_chromium()

pytestmark = [pytest.mark.slow, needs_tool("Chromium", CHROMIUM)]

WHEN = """
new Promise((resolve, reject) => {{
  const begin = performance.now();
  (function look() {{
    const value = (() => {{ try {{ return {condition}; }} catch {{ return null; }} }})();
    const wrong = document.getElementById("wrong").textContent;
    if (value) resolve(value);
    else if (wrong) reject(new Error(wrong));
    else if (performance.now() - begin > 50000) reject(new Error("waited for {condition}"));
    else setTimeout(look, 20);
  }})();
}})
"""


class HalvingEngine:
    """Its cover is a file that is there already: half of it at once, the rest when a test says so.

    Args:
        audio: The file.
    """

    def __init__(self, audio: bytes) -> None:
        self.audio = audio
        self.go_on = threading.Event()

    def cover(self, song: Path, voice: Voice, pitch: int, executor: object) -> Iterator[bytes]:
        """Give it in pieces."""
        half = len(self.audio) // 2
        for start in range(0, half, 10_000):
            yield self.audio[start : min(start + 10_000, half)]
        assert self.go_on.wait(60)
        yield self.audio[half:]


class Page:
    """The page, and what a person does there."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def open(self, server: Server, **person: Any) -> None:
        """Go to it, as the person of :meth:`Browser.emulate`."""
        self.browser.emulate(**person)
        self.browser.open(server.uri.replace("ws", "http", 1))

    def enter(self, token: str = TOKEN) -> None:
        """Type the token and press Enter."""
        self.browser.evaluate("document.getElementById('token').focus()")
        self.browser.type(token)
        self.browser.press("Enter")

    def when(self, condition: str) -> Any:
        """Wait until something is so; its value. What the page says is wrong fails the test."""
        return self.browser.evaluate(WHEN.format(condition=condition))

    def text(self, name: str) -> str:
        """What an element says."""
        text: str = self.browser.evaluate(f"document.getElementById('{name}').textContent")
        return text

    def click(self, name: str) -> None:
        """Click something."""
        self.browser.evaluate(f"document.getElementById('{name}').click()")

    def order(self, file: Path) -> None:
        """Choose a file, and ask for its cover."""
        self.when("!document.getElementById('studio').hidden")
        self.browser.choose_file("#file", file)
        self.click("make")


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A browser that shows nothing yet."""
    with Browser(CHROMIUM or "", tmp_path / "profile") as browser:
        yield Page(browser)


def encoded(kind: str) -> bytes:
    """The demo song in another format."""
    audio, rate = soundfile.read(SONG)
    file = io.BytesIO()
    soundfile.write(file, audio, rate, format=kind)
    return file.getvalue()


def test_from_a_file_to_a_cover_that_plays(page: Page, tmp_path: Path) -> None:
    """Token, file, voice, pitch: the engine's own cover is played, and can be downloaded."""
    song = tmp_path / "Meine Aufnahme.ogg"
    song.write_bytes(Path(SONG).read_bytes())
    with Server(TOKEN, page=True, separator="dsp") as server:
        page.open(server)
        page.enter()
        page.order(song)
        assert page.when("document.getElementById('audio').currentTime > 0.3")
        assert page.text("name").startswith("Meine Aufnahme (baritone, pitch")
        assert page.text("status") == "The cover is complete."
        assert page.when("document.getElementById('audio').duration") == pytest.approx(
            12.27, abs=0.1
        )
    page.when("!service.isOpen")  # what was made can be heard and kept without the service
    cover = page.browser.download("#download", tmp_path)
    assert cover.name.startswith("Meine Aufnahme (baritone")
    assert soundfile.info(cover).duration == pytest.approx(12.27, abs=0.1)


def test_the_options_reach_the_service(page: Page, tmp_path: Path) -> None:
    """Format, part, levels and pitch, of a song that the service has: the file is as asked for."""
    with Server(TOKEN, page=True, separator="dsp") as server:
        page.open(server)
        page.enter()
        page.when("!document.getElementById('studio').hidden")
        page.browser.evaluate("document.querySelector('[value=title]').click()")
        values = {"title": "demo", "voice": "tenor", "pitch": "-1", "format": "flac"}
        for name, value in (values | {"start": "0:01", "length": "2,5", "vocals": "-3"}).items():
            page.browser.evaluate(f"document.getElementById('{name}').value = '{value}'")
        page.click("no-accompaniment")
        page.click("make")
        page.when("!document.getElementById('download').hidden")
        assert "(tenor, pitch -1" in page.text("name")
        cover = page.browser.download("#download", tmp_path)
    assert cover.suffix == ".flac"
    assert soundfile.info(cover).duration == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("kind", "position"),
    [("ogg", "player.position"), ("mp3", "document.getElementById('audio').currentTime")],
)
def test_it_plays_before_it_is_complete(
    page: Page, kind: str, position: str, tmp_path: Path
) -> None:
    """MP3 with the browser's own player, what that cannot stream by decoding what has come."""
    engine = HalvingEngine(encoded(kind))
    with Server(TOKEN, page=True, engine=engine) as server:
        page.open(server)
        page.enter()
        page.order(Path(SONG))
        heard = page.when(f"{position} > 0.5 && {position}")
        assert page.browser.evaluate("document.getElementById('download').hidden")
        engine.go_on.set()
        page.when("!document.getElementById('download').hidden")
        assert page.when(f"document.getElementById('audio').currentTime > {heard}")
        assert page.when("document.getElementById('audio').duration") == pytest.approx(
            12.27, abs=0.1
        )
        file = page.browser.download("#download", tmp_path)
        assert file.suffix == f".{kind}"
        assert file.read_bytes() == engine.audio


def test_what_is_decoded_in_parts_is_heard_without_a_seam(page: Page) -> None:
    """The parts, joined, are sample for sample what the browser decodes of the whole file."""
    engine = HalvingEngine(encoded("ogg"))
    with Server(TOKEN, page=True, engine=engine) as server:
        page.open(server)
        page.enter()
        page.when("!document.getElementById('studio').hidden")
        page.browser.evaluate(
            """{
              window.parts = [];
              const copy = AudioBuffer.prototype.copyToChannel;
              AudioBuffer.prototype.copyToChannel = function (samples, channel) {
                if (channel === 0) parts.push(samples.slice());
                copy.call(this, samples, channel);
              };
            }"""
        )
        page.order(Path(SONG))
        page.when("parts.length > 1")
        different = page.browser.evaluate(
            """(async () => {
              const file = new Blob(player.pieces);
              const sound = await player.context.decodeAudioData(await file.arrayBuffer());
              const whole = sound.getChannelData(0);
              let at = 0, different = 0;
              for (const part of parts) for (const sample of part) {
                different = Math.max(different, Math.abs(sample - whole[at++]));
              }
              return different;
            })()"""
        )
        assert different < 1e-4
        engine.go_on.set()
        page.when("!document.getElementById('download').hidden")


def test_a_wrong_token_is_told(page: Page) -> None:
    """And the right one is taken then; neither is in the address or kept."""
    with Server(TOKEN, page=True, auth_delay=0) as server:
        page.open(server, language="en")
        page.enter("wrong")
        page.browser.evaluate(WHEN.format(condition="document.getElementById('wrong').textContent"))
        assert page.text("wrong") == "The service does not know this token."
        page.browser.evaluate("document.getElementById('token').value = ''")
        page.enter()
        page.when("!document.getElementById('studio').hidden")
        kept = (
            "JSON.stringify([location.href, document.cookie, {...localStorage, ...sessionStorage}])"
        )
        assert page.browser.evaluate(kept).endswith('/","",{}]')


def test_it_speaks_german_to_germans(page: Page) -> None:
    """By the language of the browser, on a narrow screen that nothing stands out of."""
    with Server(TOKEN, page=True) as server:
        page.open(server, language="de-AT", width=320, theme="dark")
        assert page.browser.evaluate("document.documentElement.lang") == "de"
        page.enter()
        page.when("!document.getElementById('studio').hidden")
        assert page.text("make") == "Cover erstellen"
        assert page.browser.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.browser.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(21, 22, 29)"
        )
