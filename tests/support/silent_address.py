"""An address that swallows packets, as that of a broken network does."""

from __future__ import annotations

import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def silent_address() -> Iterator[tuple[int, tuple[str, int]]]:
    """A family and address of this machine at which no connection is taken or refused.

    Its queue of connections is full, so that the system drops whoever else comes.
    """
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            stream = stack.enter_context(socket.socket())
            stream.settimeout(0.2)
            try:
                stream.connect(listener.getsockname())
            except TimeoutError:
                break
        yield socket.AF_INET, listener.getsockname()
