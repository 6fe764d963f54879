"""One client of the embedded service, in a process of its own: prints what it measured as JSON.

It is run in other checkouts, too, so it uses no more than has been there for long. Its argument is
the seconds without a cover; without it, it only starts the service.
"""

from __future__ import annotations

import json
import sys
import time

import psutil

from voiceshift import Client


def first_segment(client: Client) -> float:
    """Seconds from the request to the first segment of a cover that is then taken to its end."""
    started = time.perf_counter()
    segments = client.stream_cover("demo", "tenor")
    next(segments)
    seconds = time.perf_counter() - started
    for _ in segments:
        pass
    return seconds


def megabytes() -> float:
    """What the service and its workers hold: they are this process's children."""
    processes = psutil.Process().children(recursive=True)
    return float(sum(process.memory_info().rss for process in processes)) / 1e6


def main() -> None:
    """Start the service; then make covers, and leave it alone in between."""
    measured = {}
    started = time.perf_counter()
    with Client.local(separator="dsp") as client:  # on every machine
        client.authenticate()
        measured["ready"] = time.perf_counter() - started
        for pause in map(float, sys.argv[1:]):
            measured["first"] = first_segment(client)
            measured["second"] = first_segment(client)
            measured["busy"] = megabytes()
            time.sleep(pause)
            measured["idle"] = megabytes()
            measured["third"] = first_segment(client)
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main()
