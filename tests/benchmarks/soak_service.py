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

TOKEN = "a-token-for-the-soak"

LARGEST_SEGMENT = 40_000
"""Bytes of audio."""

LARGEST_TITLE = 200_000
"""Characters."""


def segments(song: str) -> list[bytes]:
    """The audio of a song's cover: different for each song, the same in every process."""
    chance = random.Random(song)
    sizes = [int(LARGEST_SEGMENT ** chance.random()) - 1 for _ in range(chance.randint(1, 20))]
    return [chance.randbytes(size) for size in sizes]


def title(song: str) -> str:
    """What the service calls a song's cover: for some, what no client can do with as it is."""
    odd = [TOKEN, f"by {TOKEN}", TOKEN[:-2], "T" * 290 + TOKEN, "T" * LARGEST_TITLE, "\ud800", ""]
    chance = random.Random(f"title {song}")
    return chance.choice(odd) if chance.random() < 0.3 else song


def shows_token(text: str) -> bool:
    """Whether so much of the token is in a text that it is given away."""
    return any(TOKEN[start : start + 8] in text for start in range(len(TOKEN) - 7))


def pieces(song: str) -> list[tuple[str, bool]]:
    """The base64 of a song's segments, for some songs cut anywhere; and whether it is the last."""
    texts = [base64.b64encode(audio).decode() for audio in segments(song)]
    chance = random.Random(f"cut {song}")
    if chance.random() < 0.3 and not is_refused(song):
        cuts = [(text, chance.randint(0, len(text))) for text in texts]
        texts = [piece for text, cut in cuts for piece in (text[:cut], text[cut:])]
    return [(text, number == len(texts)) for number, text in enumerate(texts, 1)]


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
    name = title(song)
    await connection.send(json.dumps({"type": "job_queued", "message": f"wait for {name}"}))
    texts = pieces(song)
    for text, is_final in texts[: len(texts) // 2] if is_refused(song) else texts:
        fields = {"song_title": name, "audio_data": text, "is_final": is_final}
        await connection.send(json.dumps({"type": "audio_segment", **fields}))
    if is_refused(song):
        await connection.send(json.dumps({"type": "error", "message": f"no song {name}"}))


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
