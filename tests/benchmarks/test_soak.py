"""The soak, in short; and that it finds what it is there to find."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.benchmarks.soak import ALLOWANCE, Plan, Usage, growth, soak
from tests.benchmarks.soak_covers import check_words, judge
from tests.benchmarks.soak_service import is_refused, segments

MADE = next(song for song in map(str, range(100)) if not is_refused(song))
REFUSED = next(song for song in map(str, range(100)) if is_refused(song))
AUDIO = b"".join(segments(MADE))
SOME = Usage(memory=50 * 2**20, threads=10, descriptors=20)


@pytest.mark.slow
def test_soak() -> None:
    """Two hundred covers over a misbehaving proxy violate nothing, and meet its faults."""
    report = soak(Plan(covers=200, seconds=60))
    assert report.violations == []
    assert report.endings["complete"] > 0
    assert report.endings["ConnectionLost"] > 0
    assert report.fates["reset"] > 0
    assert "nothing violated" in str(report)


def test_right_endings() -> None:
    """All of the audio, or an error with the beginning of it."""
    assert judge(MADE, "complete", AUDIO) is None
    assert judge(MADE, "ConnectionLost", AUDIO[:100]) is None
    assert judge(MADE, "IdleTimeout", b"") is None


def test_wrong_audio() -> None:
    """A lost byte and a foreign one are found, in complete covers and in partial ones."""
    for audio in (AUDIO[:-1], AUDIO + b"x", b"x" + AUDIO[1:]):
        assert judge(MADE, "complete", audio)
    for audio in (b"x", AUDIO[1:100], AUDIO + b"x"):
        assert judge(MADE, "ConnectionLost", audio)


def test_wrong_endings() -> None:
    """Only what the network can be the reason for is an excuse."""
    assert judge(MADE, "CoverError", AUDIO)
    assert judge(MADE, "ProtocolError", AUDIO)
    assert judge(MADE, "OSError", b"")
    assert judge(REFUSED, "complete", b"".join(segments(REFUSED)))


@pytest.mark.parametrize("words", ["a-token-for-the-soak", "is a-token-f…", "x" * 3000, "\ud800"])
def test_wrong_words(words: str) -> None:
    """A token, a flood and what cannot be written are found in what the client says."""
    with pytest.raises((AssertionError, UnicodeEncodeError)):
        check_words(words)


def test_growth() -> None:
    """Of each thing more than the allowance is found, and of what is closed a single one."""
    flat = dict.fromkeys(["before", "first tenth", "last tenth", "after"], SOME)
    assert growth(flat) == []
    for name in ("memory", "threads", "descriptors"):
        more = getattr(SOME, name) + getattr(ALLOWANCE, name) + 1
        assert growth(flat | {"last tenth": evolve(SOME, **{name: more})})
    for name in ("threads", "descriptors"):
        assert growth(flat | {"after": evolve(SOME, **{name: getattr(SOME, name) + 1})})
