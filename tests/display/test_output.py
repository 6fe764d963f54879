"""Standard output and error of all kinds: none of them stops a cover."""

from __future__ import annotations

import io
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from voiceshift import Client, Segment
from voiceshift.display.output import STANDARD_ERROR
from voiceshift.display.places import in_notebook
from voiceshift.display.progress import BatchProgress, CoverProgress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.testing import ScriptedService

WORDS = "Wärme 🎤"


class Terminal(io.TextIOWrapper):
    """A terminal of a strict encoding."""

    def __init__(self, encoding: str = "ascii") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict")

    def isatty(self) -> bool:
        """It is one."""
        return True

    def shown(self) -> str:
        """What was written to it."""
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


class Full(io.StringIO):
    """A terminal on a disk that is full."""

    def write(self, _: str) -> int:
        """Fail."""
        raise OSError(28, "No space left on device")

    def isatty(self) -> bool:
        """It is one."""
        return True


class Odd:
    """An object with nothing of a file but what is necessary."""

    def write(self, text: str) -> None:
        """Pass over it."""

    def flush(self) -> None:
        """Do nothing."""


def closed() -> io.StringIO:
    """A stream that was closed."""
    stream = io.StringIO()
    stream.close()
    return stream


STREAMS: dict[str, Any] = {
    "without isatty": Odd,
    "with nothing at all": object,
    "closed": closed,
    "none": lambda: None,
    "a terminal in strict ASCII": Terminal,
    "a terminal in cp1252": lambda: Terminal("cp1252"),
    "full": Full,
}

every_stream = pytest.mark.parametrize("kind", STREAMS)


@pytest.fixture
def replaced(kind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``sys.stderr`` is such a stream."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", STREAMS[kind]())
        yield


@every_stream
@pytest.mark.usefixtures("replaced")
@pytest.mark.parametrize("progress", [None, True])
def test_a_cover_is_made(
    kind: str, progress: bool | None, voiceshift_service: ScriptedService
) -> None:
    """Whatever its progress is shown on."""
    assert kind
    voiceshift_service.will_send_raw(
        f'{{"type": "job_queued", "message": "{WORDS}"}}',
        '{"type": "audio_segment", "song_title": "T", "audio_data": "QUJD", "is_final": true}',
    )
    events: list[object] = []
    with Client() as client:
        cover = client.create_cover(WORDS, "tenor", progress=progress, on_event=events.append)
    assert cover.audio == b"ABC"
    assert events[-1] == Segment(0, "T", b"ABC", is_final=True)


@every_stream
@pytest.mark.usefixtures("replaced")
def test_a_batch_is_counted(kind: str) -> None:
    """To its end, with each failure."""
    assert kind
    with BatchProgress(2, show=True) as progress:
        progress.add(WORDS, None)
        progress.notice(WORDS)
        progress.add(WORDS, ValueError(WORDS))


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "W?rme ?"), ("cp1252", "Wärme ?")])
def test_what_cannot_be_encoded_is_replaced(
    encoding: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal with few letters the rest is still read."""
    terminal = Terminal(encoding)
    monkeypatch.setattr(sys, "stderr", terminal)
    with CoverProgress(WORDS, show=None) as progress:
        progress.notice(WORDS)
    monkeypatch.undo()
    assert f"{shown}: 0.00B" in terminal.shown()


def test_it_writes_to_what_is_there_at_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests and notebooks put others in the place of the streams."""
    for _ in range(2):
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        assert STANDARD_ERROR.write("a line\n") == 7
        assert stream.getvalue() == "a line\n"


def fail(*_: object) -> None:
    """As a module does that is none."""
    raise RuntimeError


MODULES: dict[str, Any] = {
    "nothing in it": {},
    "a get_ipython that fails": {"get_ipython": fail},
    "a get_ipython that is none": {"get_ipython": 5},
    "a kernel and no display": {"get_ipython": lambda: SimpleNamespace(kernel=1)},
}


@pytest.mark.parametrize("content", MODULES)
def test_a_module_called_ipython_that_is_none(
    content: str, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """Anyone may call a module of his own so."""
    module = ModuleType("IPython")
    vars(module).update(MODULES[content])
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.delitem(sys.modules, "IPython.display", raising=False)
    with Client() as client:
        assert client.create_cover("Song", "tenor", progress=True).complete
    assert in_notebook() is ("kernel" in content)


def test_a_notebook_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """Its display begins to fail in the middle of a cover."""
    calls = []

    def display(*_: object, **__: object) -> SimpleNamespace:
        calls.append("display")
        return SimpleNamespace(update=fail)

    module, displaying = ModuleType("IPython"), ModuleType("IPython.display")
    vars(module).update(get_ipython=lambda: SimpleNamespace(kernel=1))
    vars(displaying).update(display=display)
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", displaying)
    with Client() as client:
        assert client.create_cover("Song", "tenor").complete
    assert calls == ["display"]
