"""The token, whatever happens: who knows it, and where it does not show."""

from __future__ import annotations

import socket
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.raw_service import Peer, RawService
from voiceshift import (
    Client,
    ConnectError,
    Cover,
    CoverRequest,
    CoverTimeout,
    Settings,
    SettingsError,
    create_covers,
)
from voiceshift.local import Server
from voiceshift.testing.frames import json_frame
from voiceshift.util.deadline import Deadline
from voiceshift.wire.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN = "an-obviously-fake-token"

REQUEST = CoverRequest("Amazing Grace", "tenor")


def shows(text: str) -> bool:
    """Whether there is so much of the token in a text that it gives it away."""
    return any(TOKEN[start : start + 8] in text for start in range(len(TOKEN) - 7))


def frames(error: BaseException) -> dict[str, str]:
    """The local variables in the frames of an error and of all its causes, but for this file's."""
    found: dict[str, str] = {}
    waiting: list[BaseException | None] = [error]
    while waiting:
        last = waiting.pop()
        if last is not None:
            waiting += [last.__cause__, last.__context__]
            for frame, _ in traceback.walk_tb(last.__traceback__):
                if frame.f_code.co_filename != __file__:
                    found[str(frame)] = repr(frame.f_locals)
    return found


WRONG_OPTIONS: list[dict[str, Any]] = [
    {"uri": "ws://covers.example"},
    {"uri": "http://covers.example"},
    {"idle_timeout": -1},
    {"idle": 1},
    {"proxy": "ftp://host"},
    {"user_id": "me"},
]


@pytest.mark.parametrize("options", WRONG_OPTIONS, ids=repr)
@pytest.mark.parametrize("source", ["argument", "environment", ".env", "settings"])
def test_wrong_setting_leaves_the_token_in_no_frame(
    options: dict[str, Any], source: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """IPython's detailed tracebacks and rich print what is there."""
    monkeypatch.chdir(tmp_path)
    if source == "environment":
        monkeypatch.setenv("VC_TOKEN", TOKEN)
    if source == ".env":
        (tmp_path / ".env").write_text(f"VC_TOKEN={TOKEN}\n")
    given = {} if source in ("environment", ".env") else {"token": TOKEN}
    kind: Callable[..., object] = Settings if source == "settings" else Client
    with pytest.raises((SettingsError, TypeError)) as caught:
        kind(**options, **given)
    held = frames(caught.value)
    assert held
    assert not [name for name, values in held.items() if shows(values)]


def test_token_where_none_is_wanted_is_in_no_frame() -> None:
    """The embedded service has one of its own."""
    given: dict[str, Any] = {"token": TOKEN}
    with pytest.raises(SettingsError, match="leave it out") as caught:
        Client.local(**given)
    assert not shows(str(frames(caught.value)))


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f" {TOKEN}\x00", TOKEN.encode()], ids=repr)
@pytest.mark.parametrize("kind", [Client, Settings])
def test_wrong_token_is_in_no_frame(kind: Callable[..., object], token: Any) -> None:
    """Most of it may be right."""
    with pytest.raises(SettingsError) as caught:
        kind(uri="ws://127.0.0.1", token=token)
    assert not shows(str(frames(caught.value)) + str(caught.value))


def test_token_of_a_service_is_in_no_frame() -> None:
    """Where that cannot start."""
    with pytest.raises(SettingsError) as caught:
        Server(TOKEN, songs="a folder that is missing")
    assert not shows(str(frames(caught.value)) + str(caught.value))


def test_token_that_cannot_be_sent_is_in_no_frame() -> None:
    """The connection breaks after the service has asked for it."""

    def conversation(peer: Peer) -> None:
        peer.open_websocket()
        peer.send(json_frame(type="auth_required"))
        with pytest.raises(EOFError):
            peer.receive_frame()

    with RawService(conversation) as service:
        settings = Settings(uri=service.uri, token=TOKEN)
        limit = Deadline(20, CoverTimeout, "test")
        connection = Connection(settings, limit)
        opening = connection.open(limit)
        next(opening)
        assert connection._websocket is not None  # noqa: SLF001 - the only way to break it now
        connection._websocket.sock.shutdown(socket.SHUT_WR)  # noqa: SLF001
        with pytest.raises(ConnectError) as caught:
            next(opening)
        connection.abort()
    held = frames(caught.value)
    assert any("_send" in name for name in held)
    assert not [name for name, values in held.items() if shows(values)]


def reset(peer: Peer) -> None:
    """Ask for the token, and be gone."""
    peer.open_websocket()
    peer.send(json_frame(type="auth_required"))
    peer.reset()


def test_service_that_resets_leaves_the_token_in_no_frame() -> None:
    """Whether the token was being sent just then, or waited for an answer."""
    for _ in range(10):
        with RawService(reset) as service, pytest.raises(ConnectError) as caught:
            Client(service.uri, TOKEN, connect_attempts=1).authenticate()
        held = frames(caught.value)
        assert held
        assert not [name for name, values in held.items() if shows(values)]


# ---- a service that repeats it


def echoing(said: str) -> Callable[[Peer], None]:
    """A service that says something at each opportunity."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        peer.send(json_frame(type="job_queued", message=said) + json_frame(type=said))
        fields = {"type": "audio_segment", "song_title": said, "audio_data": ""}
        peer.send(json_frame(**fields, is_final=False) + json_frame(**fields, is_final=True))

    return conversation


ECHOES = [
    TOKEN,
    f"Grüße an {TOKEN}!",
    f"{TOKEN[:12]}… is not known",
    "x" * 110 + TOKEN,
    "x" * 290 + TOKEN,
    "x" * 990 + TOKEN,
    f"\ud800{TOKEN}" + "x" * 3_000_000,
]
"""Cut by the service, by the length of a file's name, of a title, of a text; and not at all."""

each_echo = pytest.mark.parametrize("said", ECHOES, ids=lambda said: f"{len(said)} characters")


@each_echo
def test_echoed_token_is_nowhere(
    said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """In no title, notice, file name, card, progress line or log."""
    caplog.set_level("DEBUG")
    events: list[object] = []
    with RawService(echoing(said)) as service, Client(service.uri, TOKEN) as client:
        cover = client.create_cover(
            "Amazing Grace", "tenor", on_event=events.append, progress=True, to=f"{tmp_path}/"
        )
    saved = cover.save(tmp_path)
    assert isinstance(cover, Cover)
    seen = [cover, cover.title, saved, cover.path, cover._repr_mimebundle_(), events]
    texts = [str(each) for each in seen] + [caplog.text, *capfd.readouterr()]
    assert [text for text in texts if shows(text)] == []
    assert all(text.encode() for text in texts[:-2])
    assert max(len(text) for text in texts) < 10_000


@each_echo
def test_echoed_token_is_in_no_record(said: str, tmp_path: Path) -> None:
    """A batch has all its outcomes, and short lines of what became of them."""
    with RawService(echoing(said)) as service:
        settings = Settings(uri=service.uri, token=TOKEN)
        outcomes = list(
            create_covers([REQUEST], to=tmp_path, settings=settings, workers=1, progress=False)
        )
    assert [outcome.error for outcome in outcomes] == [None]
    record = (tmp_path / "manifest.jsonl").read_text(encoding="utf-8")
    assert "Amazing Grace" in record
    assert not shows(record)
    assert len(record) < 2000
    assert not [path.name for path in tmp_path.iterdir() if shows(path.name)]
