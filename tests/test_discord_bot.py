"""The documentation's Discord bot, with the real discord.py and a stand-in for Discord's API."""

from __future__ import annotations

import asyncio
import importlib.util
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.discord_api import DiscordApi, question
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService

if TYPE_CHECKING:
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

    async def asking(file_limit: int, options: dict[str, object]) -> Answer:
        async with DiscordApi() as api, bot.Bot() as client:
            monkeypatch.setattr(discord.http.Route, "BASE", api.base)
            await client.login("bot-token")
            assert [command["name"] for command in api.commands] == ["cover"]
            # What discord.py does when the question comes on its WebSocket.
            client._connection.parse_interaction_create(question("cover", file_limit, **options))  # noqa: SLF001
            answer = await asyncio.wait_for(api.answer, 60)
            assert api.deferred
            return answer

    def run(file_limit: int = 10_000_000, **options: object) -> Answer:
        try:
            return asyncio.run(asking(file_limit, options))
        finally:
            bot.covers.shutdown()

    return run


def test_a_cover_is_the_answer(ask: Any, voiceshift_service: ScriptedService) -> None:
    """The file has all of the audio, and the service is told who asked."""
    voiceshift_service.will_stream(DEFAULT_AUDIO, title="@everyone sings")
    fields, files = ask(song="Amazing Grace", voice="tenor", pitch=-1)
    assert files == {"cover.ogg": DEFAULT_AUDIO}
    assert fields["content"] == "@everyone sings"
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
