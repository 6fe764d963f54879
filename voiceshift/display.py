"""How a cover shows itself in a notebook."""

from __future__ import annotations

import base64
import html
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceshift.cover import Cover

__all__ = ["in_notebook", "mime_bundle"]

LARGEST_EMBED = 10 * 2**20
"""Bytes of audio put into a notebook; minutes of it have been seen to stop the browser."""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    # IPython need not be imported to know: a kernel has done so.
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell is not None and hasattr(shell, "kernel")


def mime_bundle(cover: Cover) -> dict[str, str]:
    """The cover as plain text and as HTML with a player."""
    text = _facts(cover)
    return {"text/plain": text, "text/html": f"<p>{html.escape(text)}</p>{_player(cover)}"}


def _facts(cover: Cover) -> str:
    state = "" if cover.complete else ", incomplete"
    title = cover.title or cover.request.song
    return f"{title} ({cover.media_type}, {cover.size / 1000:.0f} kB{state})"


def _player(cover: Cover) -> str:
    if cover.size > LARGEST_EMBED:
        return "<p>Too large to play here; <code>cover.save()</code> writes it to a file.</p>"
    source = f"data:{cover.media_type};base64,{base64.b64encode(cover.audio).decode()}"
    return f'<audio controls src="{source}"></audio>'
