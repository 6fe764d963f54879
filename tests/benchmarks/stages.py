"""Where the client's own time goes: each step of the receive path by itself, without a network."""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING

from attrs import frozen

from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, progress
from tests.benchmarks.wire import KIB, TITLE, segment_frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.processes import Laboratory
    from voiceshift.wire.messages import AudioSegment

PAUSE = 0.002
"""Seconds between two messages where they come one by one, as in the benchmark ``latency``."""

MOST_IN_A_ROUND = 16 * 2**20
"""Bytes of audio: enough messages for a median, few enough to be held."""

STAGES = ("reading and frames", "parsing and base64", "keeping", "waking the caller")


@frozen
class Memory:
    """What stands in for the socket: the frames of many messages, read as from a kernel's buffer.

    Attributes:
        frames: What is left of them; replaced by what is left after each read.
    """

    frames: list[memoryview]

    def recv_into(self, view: memoryview) -> int:
        """Fill the view as far as there is something."""
        size = min(len(view), len(self.frames[0]))
        view[:size] = self.frames[0][:size]
        self.frames[0] = self.frames[0][size:]
        return size


def measure_stages(_: Laboratory, effort: Effort, results: Results) -> None:
    """Messages that come one by one, and as fast as they can be taken; medians in each round."""
    for words, size in {"48 byte": 48, "32 KiB": 32 * KIB, "256 KiB": 256 * KIB}.items():
        for pause in (PAUSE, 0.0):
            case = f"{words} segments, {'one every 2 ms' if pause else 'at once'}"
            count = min(effort.messages, MOST_IN_A_ROUND // size)
            rounds = []
            for number in range(effort.rounds):
                progress(f"stages of {case}, round {number + 1}")
                rounds.append(dict(zip(STAGES, _round(size, count, pause), strict=True)))
            results.keep("stages", case, {"voiceshift": rounds})
            for stage in STAGES:
                values = tuple(each[stage] for each in rounds)
                results.figures.append(Figure("stages", case, stage, "µs", values))


def _round(size: int, count: int, pause: float) -> Iterator[float]:
    """The median of each stage, in microseconds."""
    columns = zip(*_messages(size, count, pause), strict=True)
    return (statistics.median(column) * 1e6 for column in columns)


def _messages(size: int, count: int, pause: float) -> Iterator[tuple[float, ...]]:
    """Of each message the seconds of each stage."""
    from voiceshift.settings import Settings
    from voiceshift.wire.messages import AudioSegment, Parser
    from voiceshift.wire.sink import MemorySink
    from voiceshift.wire.transport import WebSocket

    frames = segment_frames(TITLE, bytes(size), is_final=False) * (count - 1)
    frames += segment_frames(TITLE, bytes(size), is_final=True)
    websocket = WebSocket(settings=Settings(uri="ws://127.0.0.1", token="benchmark"))
    websocket.sock = Memory([memoryview(frames)])
    sink, parser = MemorySink(), Parser()
    caller = Caller()
    for _ in range(count):
        time.sleep(pause)  # as between the messages of a service
        begin = time.perf_counter()
        message = websocket.receive()
        received = time.perf_counter()
        segment, audio = parser.parse(message)
        parsed = time.perf_counter()
        assert isinstance(segment, AudioSegment)
        sink.write(audio)
        kept = time.perf_counter()
        yield received - begin, parsed - received, kept - parsed, caller.wake(segment)
    caller.thread.join()


class Caller:
    """The thread that waits for events, as a script does.

    Attributes:
        thread: It ends with the final segment.
    """

    def __init__(self) -> None:
        from voiceshift.wire.event_queue import EventQueue

        self._queue = EventQueue()
        self._woken = threading.Event()
        self._moment = 0.0
        self.thread = threading.Thread(target=self._wait)
        self.thread.start()

    def wake(self, event: AudioSegment) -> float:
        """Seconds until the event has reached the thread."""
        begin = time.perf_counter()
        self._queue.put(event)
        self._woken.wait()
        self._woken.clear()
        return self._moment - begin

    def _wait(self) -> None:
        from voiceshift.errors import IdleTimeout
        from voiceshift.util.deadline import Deadline

        is_final = False
        while not is_final:
            event = self._queue.next(Deadline(60, IdleTimeout, "event"))
            self._moment = time.perf_counter()
            is_final = getattr(event, "is_final", False)
            self._woken.set()
