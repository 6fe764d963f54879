"""What is fuzzed: bytes of a service into the transport and the parser, and what has to hold."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tests.fuzz.seeds import AS_MESSAGE
from tests.support.reading import WholeParser, in_pieces, read
from voiceshift.errors import ProtocolError
from voiceshift.wire.messages import Message, Parser

if TYPE_CHECKING:
    from collections.abc import Callable

    from voiceshift.wire.segment import Payload


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
            BothWays().parse(rest)
        return
    at_once = read(rest, iter([]), BothWays().parse)
    if kind:
        in_parts = read(rest, in_pieces(kind // 2))
        assert in_parts == at_once, f"in parts {in_parts}, at once {at_once}"


class BothWays:
    """The parser, whose short cut must not change what it makes of a message."""

    def __init__(self) -> None:
        self._usual, self._whole = Parser(), WholeParser()

    def parse(self, data: Payload) -> tuple[Message, bytes]:
        """What it makes of the next message."""
        usual = outcome(self._usual.parse, data)
        whole = outcome(self._whole.parse, bytes(data))
        assert usual == whole, f"with the short cut {usual}, without {whole}"
        if isinstance(usual, str):
            raise ProtocolError(usual)
        return usual


def outcome(
    way: Callable[[Payload], tuple[Message, bytes]], data: Payload
) -> tuple[Message, bytes] | str:
    """The message and its audio, or the words of the error."""
    try:
        return way(data)
    except ProtocolError as error:
        return str(error)
