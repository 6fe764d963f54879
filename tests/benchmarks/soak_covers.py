"""One cover of the soak: asked for in one of three ways, and judged by what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.soak_service import is_refused, segments, shows_token
from voiceshift import Client, Cover, VoiceShiftError

COMPLETE, REFUSED = "complete", "CoverError"
"""How a cover ends that arrived, and one that the service refused."""

NETWORK_ERRORS = ("AuthTimeout", "ConnectError", "ConnectTimeout", "ConnectionLost", "IdleTimeout")
"""How it may end where the network failed, which loses bytes but invents none."""


LONGEST_WORDS = 2000
"""Characters that the client may make of a service's words, however many they are."""


def check_words(words: object) -> None:
    """Check what the client says in a service's words.

    Raises:
        AssertionError: The token is in it, it is endless, or it cannot be written to a file.
    """
    text = str(words)
    assert not shows_token(text), "the token is shown"
    assert len(text.encode()) <= LONGEST_WORDS, "the words have no end"


def in_memory(client: Client, song: str, _: Path) -> Iterator[bytes]:
    """The cover's audio, or what arrived of it and then the error."""
    try:
        cover = client.create_cover(song, "tenor", on_event=check_words)
        check_words(cover.title)
        yield cover.audio
    except VoiceShiftError as error:
        if error.partial is not None:
            yield error.partial.audio
        raise


def to_file(client: Client, song: str, folder: Path) -> Iterator[bytes]:
    """Likewise from a file, which is removed then."""
    cover: Cover | None
    failure: VoiceShiftError | None = None
    try:
        cover = client.create_cover(song, "tenor", to=folder / "cover")
    except VoiceShiftError as error:
        cover, failure = error.partial, error
    if cover is not None:
        check_words(cover.title)
        assert cover.path is not None
        yield cover.audio
        cover.path.unlink()
    if failure is not None:
        raise failure


def streamed(client: Client, song: str, _: Path) -> Iterator[bytes]:
    """Likewise piece by piece."""
    for segment in client.stream_cover(song, "tenor"):
        check_words(segment.title)
        yield segment.audio


Way = Callable[[Client, str, Path], Iterator[bytes]]

WAYS: tuple[Way, ...] = (in_memory, to_file, streamed)


def attempt(client: Client, song: str, way: Way, folder: Path) -> tuple[str, str | None]:
    """Ask for a cover.

    Args:
        client: Whom to ask.
        song: What for; it decides what the service sends.
        way: One of :data:`WAYS`.
        folder: An empty folder.

    Returns:
        How it ended, and what is wrong about that, if anything.
    """
    received = bytearray()
    ending = COMPLETE
    try:
        for audio in way(client, song, folder):
            received += audio
    except Exception as error:  # noqa: BLE001 - which one it is, is what is asked here
        ending = type(error).__name__
        if not isinstance(error, VoiceShiftError):
            return ending, f"{ending}: {error}"
        try:
            check_words(error)
        except AssertionError as wrong:
            return ending, f"{ending}: {wrong}"
    if left := sorted(path.name for path in folder.iterdir()):
        return ending, f"{ending}, and left behind: {', '.join(left)}"
    return ending, judge(song, ending, bytes(received))


def judge(song: str, ending: str, received: bytes) -> str | None:
    """What is wrong with an ending, if anything."""
    sent = segments(song)
    if is_refused(song):
        sent = sent[: len(sent) // 2]
    audio = b"".join(sent)
    if ending in NETWORK_ERRORS:
        return None if audio.startswith(received) else f"{ending} with audio that is no prefix"
    if ending != (REFUSED if is_refused(song) else COMPLETE):
        return f"{ending}, which nothing was the reason for"
    return None if audio == received else f"{ending} with other audio than was sent"
