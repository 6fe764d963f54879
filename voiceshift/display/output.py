"""Standard output and error, whatever they are: what is shown never stops what is made."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any


class Output:
    """A stream of :mod:`sys` that may be missing, closed, full, or of an encoding with few letters.

    What it cannot encode is replaced by question marks. It is the one that ``sys`` has at the
    moment, and enough of a file for tqdm.

    Args:
        name: ``stdout`` or ``stderr``.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def encoding(self) -> str:
        """The stream's encoding; ASCII where it has none."""
        return getattr(self._stream(), "encoding", None) or "ascii"

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        try:
            return bool(self._stream().isatty())
        except Exception:  # noqa: BLE001 - it may be any object
            return False

    def fileno(self) -> int:
        """The stream's own, from which tqdm has the width of a terminal."""
        return int(self._stream().fileno())

    def write(self, text: str) -> int:
        """Write ``text`` if that is possible."""
        self.try_to_write(text)
        return len(text)

    def try_to_write(self, text: str) -> Exception | None:
        """Write ``text`` at once; what kept it from being written, if anything did."""
        stream = self._stream()
        if stream is None:  # a program without a console
            return None
        try:
            try:
                stream.write(text)
            except UnicodeEncodeError:
                stream.write(text.encode(self.encoding, "replace").decode(self.encoding))
            stream.flush()
        except Exception as error:  # noqa: BLE001 - it may be any object
            return error
        return None

    def flush(self) -> None:
        """Nothing is left to do: all is written at once."""

    def _stream(self) -> Any:
        return getattr(sys, self._name)


STANDARD_OUTPUT = Output("stdout")
STANDARD_ERROR = Output("stderr")


@cache
def say_once(text: str) -> None:
    """Tell the user something on standard error, once in the life of this process."""
    STANDARD_ERROR.write(f"voiceshift: {text}\n")
