"""The other side of the soak, in a process of its own: a service behind a misbehaving proxy.

Its standard input is one line of JSON with the ``seed`` and ``odds`` of the proxy, later an empty
line from which on the proxy is faithful, and its end, which ends the service. It prints the proxy's
port, and at the end how many pieces met which fate.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import random
import sys
from contextlib import suppress

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.support.misbehaving_proxy import MisbehavingProxy, Odds

__all__ = ["TOKEN", "is_refused", "segments"]

TOKEN = "a-token-for-the-soak"

LARGEST_SEGMENT = 40_000
"""Bytes of audio."""


def segments(song: str) -> list[bytes]:
    """The audio of a song's cover: different for each song, the same in every process."""
    chance = random.Random(song)
    sizes = [int(LARGEST_SEGMENT ** chance.random()) - 1 for _ in range(chance.randint(1, 20))]
    return [chance.randbytes(size) for size in sizes]


def is_refused(song: str) -> bool:
    """Whether the service ends a song's cover with an error, after half of its segments."""
    return random.Random(f"refuse {song}").random() < 0.05


async def converse(connection: ServerConnection) -> None:
    """One connection: authentication, then cover after cover."""
    with suppress(ConnectionClosed):
        await connection.send(json.dumps({"type": "auth_required"}))
        assert json.loads(await connection.recv()) == {"token": TOKEN}
        await connection.send(json.dumps({"type": "auth_success"}))
        async for message in connection:
            await send_cover(connection, json.loads(message)["song"])


async def send_cover(connection: ServerConnection, song: str) -> None:
    """A notice of the queue, then the audio, or half of it and an error."""
    await connection.send(json.dumps({"type": "job_queued", "message": "wait"}))
    pieces = segments(song)
    for number, audio in enumerate(pieces):
        if is_refused(song) and number >= len(pieces) // 2:
            await connection.send(json.dumps({"type": "error", "message": "no such song"}))
            return
        segment = {
            "type": "audio_segment",
            "song_title": song,
            "audio_data": base64.b64encode(audio).decode(),
            "is_final": number == len(pieces) - 1,
        }
        await connection.send(json.dumps(segment))


async def run() -> None:
    """Serve until standard input ends."""
    options = json.loads(sys.stdin.readline())
    logger = logging.getLogger(__name__)
    logger.disabled = True  # what the proxy does to a connection is no news
    async with serve(converse, "127.0.0.1", 0, compression=None, logger=logger) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with MisbehavingProxy(port, Odds(**options["odds"]), options["seed"]) as proxy:
            report(proxy.port)
            if await asyncio.to_thread(sys.stdin.readline):
                proxy.odds = Odds()
                await asyncio.to_thread(sys.stdin.read)
        report(proxy.fates)


def report(value: object) -> None:
    """Print a line for whoever started this."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run())
