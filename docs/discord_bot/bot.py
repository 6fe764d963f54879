"""A Discord bot with one command: ``/cover song voice pitch`` answers with an audio file.

``DISCORD_TOKEN`` is the bot's own token, ``VC_TOKEN`` that of the covers.
"""

from __future__ import annotations

import asyncio
import io
import os
from concurrent.futures import ThreadPoolExecutor

import discord
from discord import app_commands

from voiceshift import Client, Cover, VoiceShiftError

LIMIT = 840.0
"""Seconds that a cover may take: Discord forgets the question after 15 minutes."""

covers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="covers")
"""A cover blocks its thread, never the bot; so many are made at once, the others wait."""


def make_cover(song: str, voice: str, pitch: int, user_id: int) -> Cover:
    """Blocks until the cover is there."""
    with Client() as client:
        return client.create_cover(
            song, voice, pitch, user_id=user_id, timeout=LIMIT, progress=False
        )


@app_commands.command(description="Sing a song in another voice")
@app_commands.describe(song="a title, or a YouTube address", pitch="octaves")
async def cover(
    interaction: discord.Interaction,
    song: str,
    voice: str,
    pitch: app_commands.Range[int, -2, 2] = 0,
) -> None:
    """Answer with the audio file, or with what was wrong."""
    await interaction.response.defer(thinking=True)  # within the three seconds that Discord waits
    loop = asyncio.get_running_loop()
    try:
        made = await loop.run_in_executor(
            covers, make_cover, song, voice, pitch, interaction.user.id
        )
    except VoiceShiftError as error:
        await interaction.followup.send(f"No cover: {error}")
        return
    if made.size > interaction.filesize_limit:
        await interaction.followup.send("The cover is larger than a file may be here.")
        return
    name = f"cover{made.suffix}"
    await interaction.followup.send(made.title, file=discord.File(io.BytesIO(made.audio), name))


class Bot(discord.Client):
    """Offers the command wherever it is invited."""

    def __init__(self) -> None:
        # A title is the service's: it must not call everyone on the server.
        mentions = discord.AllowedMentions.none()
        super().__init__(intents=discord.Intents(guilds=True), allowed_mentions=mentions)
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(cover)

    async def setup_hook(self) -> None:
        """Tell Discord of the command."""
        await self.tree.sync()


if __name__ == "__main__":
    Bot().run(os.environ["DISCORD_TOKEN"])
