"""A Discord bot with one command: ``/cover`` answers with an audio file.

``DISCORD_TOKEN`` is the bot's own token. With ``VC_TOKEN`` the hosted service makes the covers;
without it this machine does, and a song may also be a file of whoever asks.
"""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import discord
from discord import app_commands

from voiceshift import Client, Cover, SettingsError, VoiceShiftError

LIMIT = 840.0  # seconds that a cover may take: Discord forgets the question after 15 minutes
MAX_UPLOAD = 50_000_000  # bytes of a song that somebody sends
singers: set[int] = set()  # the users for whom a cover is being made

covers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="covers")
"""A cover blocks its thread, never the bot; so many are made at once, the others wait."""


def new_client() -> Client:
    """A client of the hosted service, or of one on this machine."""
    return Client() if "VC_TOKEN" in os.environ else Client.local()


def find_voices() -> list[str]:
    """The names of the voices; none where the service does not tell."""
    try:
        with new_client() as client:
            return [voice.name for voice in client.voices()]
    except SettingsError:
        return []


def make_cover(song: str, voice: str, pitch: int, user: int) -> Cover:
    """Blocks until the cover is there."""
    with new_client() as client:
        return client.create_cover(song, voice, pitch, user_id=user, timeout=LIMIT, progress=False)


def refusal(user: int, song: str, file: discord.Attachment | None) -> str | None:
    """What is wrong with a question, where that is known at once."""
    if user in singers:
        return "Your last cover is still being made; one at a time."
    if bool(song) == bool(file):
        return "Name a song, or send a file."
    if file and "VC_TOKEN" in os.environ:
        return "This bot takes titles only, no files."
    if file and file.size > MAX_UPLOAD:
        return f"The file is too large; {MAX_UPLOAD // 10**6} MB is the most."
    return None


@app_commands.command(description="Sing a song in another voice")
@app_commands.describe(song="a title, or a YouTube address", file="or a file", pitch="octaves")
async def cover(
    who: discord.Interaction,
    voice: str,
    song: str = "",
    file: discord.Attachment | None = None,
    pitch: app_commands.Range[int, -2, 2] = 0,
) -> None:
    """Answer with the audio file, or with what was wrong."""
    if reason := refusal(who.user.id, song, file):
        await who.response.send_message(reason, ephemeral=True)
        return
    singers.add(who.user.id)
    text, sound = "The cover is larger than a file may be here.", []
    with tempfile.TemporaryDirectory() as folder:
        try:
            await who.response.defer(thinking=True)  # within the three seconds that Discord waits
            if file:
                song = str(Path(folder, Path(file.filename).name))
                await file.save(Path(song))
            arguments = (song, voice, pitch, who.user.id)
            made = await asyncio.get_running_loop().run_in_executor(covers, make_cover, *arguments)
            if made.size <= who.filesize_limit:
                text = made.title
                sound = [discord.File(io.BytesIO(made.audio), f"cover{made.suffix}")]
        except (VoiceShiftError, discord.HTTPException) as error:
            text = f"No cover: {error}"
        finally:
            singers.discard(who.user.id)
    await who.followup.send(discord.utils.escape_markdown(text.replace(folder, "")), files=sound)


@cover.autocomplete("voice")
async def complete(who: discord.Interaction[Bot], typed: str) -> list[app_commands.Choice[str]]:
    """The voices that have what was typed in their name; Discord shows 25."""
    fitting = [name for name in who.client.voices if typed.lower() in name.lower()]
    return [app_commands.Choice(name=name, value=name) for name in fitting[:25]]


class Bot(discord.Client):
    """Offers the command wherever it is invited."""

    def __init__(self) -> None:
        mentions = discord.AllowedMentions.none()  # a title must not call everyone
        super().__init__(intents=discord.Intents(guilds=True), allowed_mentions=mentions)
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(cover)
        self.voices: list[str] = []

    async def setup_hook(self) -> None:
        """Ask for the voices, and tell Discord of the command."""
        self.voices = await asyncio.get_running_loop().run_in_executor(covers, find_voices)
        await self.tree.sync()


if __name__ == "__main__":
    Bot().run(os.environ["DISCORD_TOKEN"])
