"""The documentation's Discord bot, with the real discord.py and a stand-in for Discord's API."""

from __future__ import annotations

import asyncio
import importlib.util
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.conversation import TOKEN
from tests.support.discord_api import DiscordApi, question
from tests.support.engines import EchoEngine
from voiceshift import Client
from voiceshift.local import Server
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

with warnings.catch_warnings():
    # It imports audioop, which the standard library will lose (until Python 3.12).
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord

BOT = Path(__file__).parents[1] / "docs" / "discord_bot" / "bot.py"

Answer = tuple[dict[str, Any], dict[str, bytes]]
"""The fields of a message, and its files by their names."""


@pytest.fixture
def bot() -> ModuleType:
    """The bot's module, as it stands in the documentation."""
    spec = importlib.util.spec_from_file_location("bot", BOT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def ask(bot: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Log the bot in, have somebody type the command, and give the bot's answer."""

    async def asking(file_limit: int, file: tuple[str, bytes] | None, options: Any) -> Answer:
        async with DiscordApi() as api, bot.Bot() as client:
            monkeypatch.setattr(discord.http.Route, "BASE", api.base)
            await client.login("bot-token")
            assert [command["name"] for command in api.commands] == ["cover"]
            attachment = api.attachment(*file) if file else None
            # What discord.py does when the question comes on its WebSocket.
            client._connection.parse_interaction_create(  # noqa: SLF001
                question("cover", file_limit, file=attachment, **options)
            )
            return await asyncio.wait_for(api.answer, 60)

    def run(
        file_limit: int = 10_000_000, file: tuple[str, bytes] | None = None, **options: Any
    ) -> Answer:
        try:
            return asyncio.run(asking(file_limit, file, options))
        finally:
            bot.covers.shutdown()

    return run


@pytest.fixture
def echo_client(bot: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A service on this machine, for covers without an account."""
    with Server(TOKEN, engine=EchoEngine(), allow_files=True) as server:
        monkeypatch.delenv("VC_TOKEN", raising=False)
        monkeypatch.setattr(bot, "new_client", lambda: Client(server.uri, TOKEN))
        yield


def test_a_cover_is_the_answer(ask: Any, voiceshift_service: ScriptedService) -> None:
    """The file has all of the audio, and the service is told who asked."""
    voiceshift_service.will_stream(DEFAULT_AUDIO, title="@everyone sings *loudly*")
    fields, files = ask(song="Amazing Grace", voice="tenor", pitch=-1)
    assert files == {"cover.ogg": DEFAULT_AUDIO}
    assert fields["content"] == "@everyone sings \\*loudly\\*"
    assert fields["allowed_mentions"] == {"parse": []}
    (request,) = voiceshift_service.requests
    assert request == {
        "type": "cover",
        "song": "Amazing Grace",
        "model": "tenor",
        "pitch": -1,
        "user_id": 7,
    }


def test_a_failure_is_an_answer_too(ask: Any, voiceshift_service: ScriptedService) -> None:
    """In the service's words, and without a file."""
    voiceshift_service.will_fail("no such song")
    fields, files = ask(song="Unknown", voice="tenor")
    assert files == {}
    assert "no such song" in fields["content"]


def test_what_is_too_large_is_not_sent(ask: Any, voiceshift_service: ScriptedService) -> None:
    """Discord would refuse it, and there would be no answer at all."""
    fields, files = ask(file_limit=100, song="Amazing Grace", voice="tenor")
    assert files == {}
    assert "larger" in fields["content"]


@pytest.mark.usefixtures("echo_client")
def test_a_file_is_covered(ask: Any) -> None:
    """Whatever it is called it lies in a folder of its own, which the answer does not name."""
    fields, files = ask(file=("../My Song.mp3", b"any"), voice="tenor")
    assert files == {"cover.bin": b"My Song, tenor, 0"}
    assert fields["content"].startswith("My Song ")


@pytest.mark.usefixtures("echo_client")
def test_voices_are_offered_while_they_are_typed(ask: Any) -> None:
    """Those of the service that have the letters in their name."""
    fields, _ = ask(typing="voice", voice="TEN")
    assert fields["choices"] == [{"name": "tenor", "value": "tenor"}]


@pytest.mark.usefixtures("echo_client")
def test_a_second_cover_has_to_wait(ask: Any, bot: ModuleType) -> None:
    """Until the first is there; only who asked sees why."""
    bot.singers.add(7)
    fields, _ = ask(song="demo", voice="tenor")
    assert "one at a time" in fields["content"]
    assert fields["flags"] == 64
    assert bot.singers == {7}


@pytest.mark.usefixtures("echo_client")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"file": ("song.mp3", bytes(101))}, "too large"),
        ({}, "Name a song"),
        ({"song": "demo", "file": ("song.mp3", b"any")}, "Name a song"),
    ],
)
def test_what_cannot_be_covered_is_refused_at_once(
    ask: Any,
    bot: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    words: str,
) -> None:
    """Before anything is fetched."""
    monkeypatch.setattr(bot, "MAX_UPLOAD", 100)
    fields, _ = ask(voice="tenor", **options)
    assert words in fields["content"]
    assert bot.singers == set()


def test_no_file_goes_to_the_hosted_service(ask: Any, voiceshift_service: ScriptedService) -> None:
    """It takes titles only."""
    fields, _ = ask(file=("song.mp3", b"any"), voice="tenor")
    assert "titles only" in fields["content"]
    assert voiceshift_service.requests == []
