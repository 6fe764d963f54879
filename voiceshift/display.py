"""How a cover shows itself in a notebook."""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING

from voiceshift.counts import clock, size_text
from voiceshift.errors import SaveError
from voiceshift.files import is_stream
from voiceshift.text import one_line
from voiceshift.waveform import draw

if TYPE_CHECKING:
    from voiceshift.cover import Cover
    from voiceshift.decoding import Shape

__all__ = ["in_notebook", "mime_bundle"]

INCOMPLETE = "incomplete: the end is missing"

# Styles stand at the elements, in the colours of the text around: JupyterLab, its classic
# interface, VS Code and a page made of the notebook each bring their own, light or dark.
CARD = """\
<div style="max-width:40em;margin:.5em 0;line-height:1.5">
<div><strong>{title}</strong></div>
<div style="opacity:.8">{facts}</div>
{picture}
{player}
</div>"""

PLAYER = '<audio controls preload="metadata" style="width:100%" src="{source}"></audio>'

TOO_LARGE = """\
<div>Too large to play here: <code>max_embedded</code> is {limit}.
<code>cover.save()</code> writes it to a file.</div>"""


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    # IPython need not be imported to know: a kernel has done so.
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell is not None and hasattr(shell, "kernel")


def mime_bundle(cover: Cover) -> dict[str, str]:
    """The cover as plain text, and as HTML with a player and a picture of its waveform.

    Args:
        cover: Any cover, also an incomplete one.
    """
    from html import escape

    shape = _shape(cover)
    title = one_line(cover.title or cover.request.song)
    facts = _facts(cover, shape)
    card = CARD.format(
        title=escape(title),
        facts=escape(" · ".join(facts)),
        picture=draw(shape.peaks) if shape else "",
        player=_player(cover),
    )
    return {"text/plain": f"{title}: {', '.join(facts)}", "text/html": card}


def _shape(cover: Cover) -> Shape | None:
    from voiceshift.decoding import measure

    if not cover.size or (cover.path is not None and is_stream(cover.path)):
        return None
    return measure(cover.path or cover.audio)


def _facts(cover: Cover, shape: Shape | None) -> list[str]:
    return [
        f"voice {one_line(cover.request.voice)}",
        f"pitch {cover.request.pitch:+d}",
        *([clock(shape.seconds)] if shape else []),
        size_text(cover.size),
        cover.media_type,
        *([] if cover.complete else [INCOMPLETE]),
    ]


def _player(cover: Cover) -> str:
    if not cover.media_type.startswith("audio/"):  # empty, or nothing that a browser could play
        return ""
    if cover.size > cover.max_embedded:
        return TOO_LARGE.format(limit=size_text(cover.max_embedded))
    try:
        audio = base64.b64encode(cover.audio).decode()
    except SaveError as error:  # its file is gone
        from html import escape

        return f"<div>{escape(one_line(str(error)))}</div>"
    return PLAYER.format(source=f"data:{cover.media_type};base64,{audio}")
