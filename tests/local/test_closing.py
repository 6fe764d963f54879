"""How connections are ended."""

from __future__ import annotations

import socket
import threading

from voiceshift.local.closing import cut, cut_after

PATIENCE = 60.0


def test_a_cut_wakes_who_reads_and_tells_the_other_side() -> None:
    """Both see the end of the connection."""
    here, there = socket.socketpair()
    with here, there:
        heard: list[bytes] = []
        reader = threading.Thread(target=lambda: heard.append(here.recv(1)), daemon=True)
        reader.start()
        cut(here)
        reader.join(PATIENCE)
        assert heard == [b""]
        assert there.recv(1) == b""


def test_what_has_ended_can_be_cut() -> None:
    """A connection may be closed while others are being cut."""
    here, there = socket.socketpair()
    with there:
        here.close()
        cut(here)


def test_what_takes_too_long_is_cut() -> None:
    """Here a read that nobody answers."""
    here, there = socket.socketpair()
    with here, there, cut_after(0.1, here):
        assert here.recv(1) == b""


def test_what_is_done_in_time_is_not_cut() -> None:
    """The connection goes on, and no timer stays behind."""
    here, there = socket.socketpair()
    with here, there:
        for seconds in (PATIENCE, None):
            with cut_after(seconds, here):
                pass
            there.sendall(b"x")
            assert here.recv(1) == b"x"
        timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
        for timer in timers:
            timer.join(PATIENCE)
            assert not timer.is_alive()
