"""The page of ``voiceshift serve --page``: covers in a browser, for people without Python.

One file, which loads nothing else. Its headers let no other script run in it and no other site
show it in a frame. Whoever may load it is no client yet: the page asks for the token.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from websockets.datastructures import Headers
from websockets.http11 import Response

if TYPE_CHECKING:
    from websockets.http11 import Request

FILE = Path(__file__).with_name("page.html")

METHODS = ("GET", "HEAD")


def answer(request: Request) -> Response | None:
    """The answer to a browser; ``None`` is for the WebSocket."""
    if "Upgrade" in request.headers:
        return None
    # Versions of the WebSocket library before 17 know GET only, and answer nothing else.
    method = getattr(request, "method", "GET")
    if method not in METHODS:
        return _response(HTTPStatus.METHOD_NOT_ALLOWED, method, Allow=", ".join(METHODS))
    if request.path.partition("?")[0] != "/":
        return _response(HTTPStatus.NOT_FOUND, method)
    return _response(HTTPStatus.OK, method)


def _response(status: HTTPStatus, method: str, **headers: str) -> Response:
    if status is HTTPStatus.OK:
        content, kind = FILE.read_bytes(), "text/html"
    else:
        content, kind = f"{status.value} {status.phrase}\n".encode(), "text/plain"
    fields = {
        "Content-Type": f"{kind}; charset=utf-8",
        "Content-Length": str(len(content)),
        "Content-Security-Policy": content_security_policy(),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
        "Connection": "close",
        **headers,
    }
    return Response(
        status.value, status.phrase, Headers(fields), b"" if method == "HEAD" else content
    )


@cache
def content_security_policy() -> str:
    """What the page may do: its own script and styles, its own service, what it has received."""
    text = FILE.read_text(encoding="utf-8")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash('script', text)}",
            f"style-src {_hash('style', text)}",
            "connect-src 'self'",
            "media-src blob:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hash(element: str, text: str) -> str:
    """The hash of what stands in the page's only ``element``, as the policy has it."""
    (content,) = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
