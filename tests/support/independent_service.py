"""A second service, written from the protocol's description alone, to check the client against.

It imports nothing of voiceshift and runs in a process of its own::

    python independent_service.py song.ogg --token some-token

The first line of its output is its port. Each further line is one cover that was sent, as JSON: its
``request``, and how many ``pongs`` were answered after all of its audio was sent. It ends when its
standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import sys
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve


class Service:
    """Answers every cover request with the same audio file."""

    def __init__(self, audio: bytes, token: str, segment_size: int) -> None:
        self.audio = audio
        self.token = token
        self.segment_size = segment_size

    async def converse(self, connection: ServerConnection) -> None:
        """One connection: authentication, then cover after cover."""
        await connection.send(json.dumps({"type": "auth_required"}))
        answer = json.loads(await connection.recv())
        if answer != {"token": self.token}:
            await connection.close(4001, "Unauthorized")
            return
        await connection.send(json.dumps({"type": "auth_success"}))
        async for message in connection:
            request = json.loads(message)
            await self.send_cover(connection, request)
            pongs = await count_pongs(connection)
            sys.stdout.write(json.dumps({"request": request, "pongs": pongs}) + "\n")
            sys.stdout.flush()

    async def send_cover(self, connection: ServerConnection, request: dict[str, object]) -> None:
        """A notice of the queue, then the audio, the last segment marked as final."""
        notice = "Job wurde in die Warteschlange eingereiht."
        await connection.send(json.dumps({"type": "job_queued", "message": notice}))
        for start in range(0, len(self.audio), self.segment_size):
            end = start + self.segment_size
            segment = {
                "type": "audio_segment",
                "song_title": f"{request['song']} [{request['model']}, {request['pitch']}]",
                "audio_data": base64.b64encode(self.audio[start:end]).decode(),
                "is_final": end >= len(self.audio),
            }
            await connection.send(json.dumps(segment))


async def count_pongs(connection: ServerConnection) -> int:
    """How many of three pings are answered."""
    answers = [asyncio.ensure_future(await connection.ping()) for _ in range(3)]
    done, _ = await asyncio.wait(answers, timeout=30)
    return len(done)


async def run(service: Service) -> None:
    """Serve on a free port until standard input ends."""
    async with serve(service.converse, "127.0.0.1", 0, compression=None) as server:
        sys.stdout.write(f"{next(iter(server.sockets)).getsockname()[1]}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="An independent song-cover service.")
    parser.add_argument("audio", type=Path, help="the file that every cover is")
    parser.add_argument("--token", required=True, help="the token to accept")
    parser.add_argument("--segment-size", type=int, default=64 * 1024, help="bytes of audio")
    options = parser.parse_args()
    asyncio.run(run(Service(options.audio.read_bytes(), options.token, options.segment_size)))


if __name__ == "__main__":
    main()
