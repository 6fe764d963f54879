"""An HTTP server of one file, and of an index page that names it, which does not always behave."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

NOTHING: Callable[[], object] = lambda: None  # noqa: E731 - what is called where nothing is wanted


class FileServer:
    """Serves a file at ``/files/NAME``, and ``/simple/PROJECT/`` with a link to it.

    As a context manager it is stopped.

    Args:
        name: Of the file.
        content: Of the file.

    Attributes:
        cuts: For each of the next answers how many bytes of it are sent, before the connection
            ends; afterwards they are whole.
        takes_ranges: Whether it gives the part of the file that is asked for.
        status: With which the file is answered, if not with its content.
        ranges: The ``Range`` of each request for the file; ``None`` for one without.
        before_end: Called before the last byte of each answer is sent.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content
        self.cuts: list[int] = []
        self.takes_ranges = True
        self.status: int | None = None
        self.ranges: list[str | None] = []
        self.before_end = NOTHING
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        address = f"http://127.0.0.1:{self._server.server_port}"
        self.index = f"{address}/simple"
        self.address = f"{address}/files/{name}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Send the page or the file."""
                if self.path.startswith("/simple/"):
                    link = f'<a href="../../files/{server.name}#section">{server.name}</a>'
                    server.send(self, 200, link.encode(), {"Content-Type": "text/html"})
                else:
                    server.send_file(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    def send_file(self, handler: BaseHTTPRequestHandler) -> None:
        """Send the file, or what is asked for of it, as far as it is scripted."""
        asked = handler.headers["Range"]
        self.ranges.append(asked)
        if self.status is not None:
            self.send(handler, self.status, b"", {})
        elif asked and self.takes_ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            end, size = len(self.content) - 1, len(self.content)
            headers = {"Content-Range": f"bytes {start}-{end}/{size}"}
            self.send(handler, 206, self.content[start:], headers, self._next_cut())
        else:
            self.send(handler, 200, self.content, {}, self._next_cut())

    def send(
        self,
        handler: BaseHTTPRequestHandler,
        status: int,
        content: bytes,
        headers: dict[str, str],
        cut: int | None = None,
    ) -> None:
        """Send an answer, or the beginning of one."""
        handler.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            handler.send_header(name, value)
        handler.end_headers()
        sent = content[:cut]
        handler.wfile.write(sent[:-1])
        handler.wfile.flush()
        self.before_end()
        handler.wfile.write(sent[-1:])

    def _next_cut(self) -> int | None:
        return self.cuts.pop(0) if self.cuts else None
