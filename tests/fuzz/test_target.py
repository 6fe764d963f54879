"""The fuzz target: it passes what is right, and it finds what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.seeds import AS_MESSAGE, AS_STREAM, CORPUS, SEGMENT, seeds
from tests.fuzz.target import check
from tests.support.properties import given, st
from voiceshift.testing.frames import TEXT, frame
from voiceshift.wire import messages, segment, transport

if TYPE_CHECKING:
    from voiceshift.wire.segment import Payload

Patch = pytest.MonkeyPatch


def test_corpus_is_up_to_date() -> None:
    """The files are those that the script writes."""
    assert {path.name: path.read_bytes() for path in CORPUS.iterdir()} == seeds()


@pytest.mark.parametrize("name", sorted(seeds()))
def test_seeds(name: str) -> None:
    """The client reads every seed as it should."""
    check(seeds()[name])


@st.composite
def changed_seeds(draw: st.DrawFn) -> bytes:
    """A seed with bytes replaced, left out, put in, or repeated."""
    data = draw(st.sampled_from(sorted(seeds().values())))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
        new = draw(st.binary(max_size=4) | st.just(data[start:end] * 2))
        data = data[:start] + new + data[min(end, start + draw(st.integers(0, 4))) :]
    return data


@given(data=changed_seeds())
def test_changed_seeds(data: bytes) -> None:
    """What fuzzing does with atheris for long is done here for a moment without it."""
    check(data)


def test_finds_a_short_cut_that_loses_audio(monkeypatch: Patch) -> None:
    """A message of which the short cut makes another one than the plain parser."""

    def split_audio(data: Payload) -> tuple[bytes, Payload] | None:
        pieces = segment.split_audio(data)
        return pieces and (pieces[0], pieces[1][4:])

    monkeypatch.setattr(messages, "split_audio", split_audio)
    with pytest.raises(AssertionError, match="short cut"):
        check(seeds()["message-segment"])


def test_finds_what_depends_on_the_pieces(monkeypatch: Patch) -> None:
    """A reader that takes what is there for the whole frame."""

    def fill(buffer: transport.FrameBuffer, size: int) -> None:
        buffer._end += buffer._receive_into(buffer._view[buffer._end :])  # noqa: SLF001 - broken on purpose

    monkeypatch.setattr(transport.FrameBuffer, "_fill", fill)
    with pytest.raises(AssertionError, match="in parts"):
        check(bytes([AS_STREAM + 2]) + frame(TEXT, SEGMENT))


@pytest.mark.parametrize("kind", [AS_STREAM, AS_MESSAGE])
def test_finds_errors_that_are_not_ours(kind: int, monkeypatch: Patch) -> None:
    """Whatever a decoder raises must not leave the client as it is."""

    def fail(*_: object, **__: object) -> None:
        raise KeyError

    monkeypatch.setattr(json, "loads", fail)
    with pytest.raises(KeyError):
        check(bytes([kind]) + (frame(TEXT, b"{}") if kind == AS_STREAM else b"{}"))
