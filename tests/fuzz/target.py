"""What is fuzzed: bytes of a service into the transport and the parser, and what has to hold."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tests.fuzz.seeds import AS_MESSAGE
from tests.support.reading import in_pieces, read
from voiceshift.errors import ProtocolError
from voiceshift.wire.messages import Message, _parse_whole, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from voiceshift.wire.segment import Payload

__all__ = ["check"]


def check(data: bytes) -> None:
    """Try one input.

    Raises:
        AssertionError: Two ways of reading it disagree.
        Exception: Anything else that leaves the client, and is none of its own errors.
    """
    first, rest = data[:1], data[1:]
    kind = ord(first or b"\0")
    if kind % 2 == AS_MESSAGE:
        with suppress(ProtocolError):
            parse_both_ways(rest)
        return
    at_once = read(rest, iter([]), parse_both_ways)
    if kind:
        in_parts = read(rest, in_pieces(kind // 2))
        assert in_parts == at_once, f"in parts {in_parts}, at once {at_once}"


def parse_both_ways(data: Payload) -> tuple[Message, bytes]:
    """What :func:`parse` makes of ``data``, which its short cut must not change."""
    usual, whole = outcome(parse, data), outcome(_parse_whole, bytes(data))
    assert usual == whole, f"with the short cut {usual}, without {whole}"
    return parse(data)


def outcome(way: Callable[[Payload], tuple[Message, bytes]], data: Payload) -> object:
    """The message and its audio, or class and words of the error."""
    try:
        return way(data)
    except ProtocolError as error:
        return type(error), str(error)
