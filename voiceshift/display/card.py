"""How a finished cover shows itself in a notebook: facts, waveform and a player."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal, Protocol

from voiceshift.errors import SaveError
from voiceshift.util.files import is_stream
from voiceshift.util.text import clock, one_line, signed, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voiceshift.display.waveform import Waveform

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


HEIGHT = 100
"""Of the waveform's picture, in its own units; one unit is the width of a peak."""

MIN_PEAK = 0.01
"""The peak of silence, so that a line is seen where nothing is heard."""


class ShownRequest(Protocol):
    """What a card says of the request."""

    @property
    def song(self) -> str:
        """What was to be covered."""

    @property
    def voice(self) -> str:
        """Who was to sing."""

    @property
    def pitch(self) -> int | Literal["auto"]:
        """Octaves by which the voice was moved."""


class ShownCover(Protocol):
    """What a card shows of a cover; see :class:`~voiceshift.Cover`."""

    @property
    def request(self) -> ShownRequest:
        """What was asked for."""

    @property
    def title(self) -> str:
        """The service's title."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""

    @property
    def media_type(self) -> str:
        """MIME type of the audio."""

    @property
    def path(self) -> Path | None:
        """Where the audio is; ``None`` is in memory."""

    @property
    def max_embedded(self) -> int:
        """Bytes up to which a player is shown."""

    @property
    def audio(self) -> bytes:
        """The audio file's bytes."""


def mime_bundle(cover: ShownCover) -> dict[str, str]:
    """The cover as plain text, and as HTML with a player and a picture of its waveform.

    Args:
        cover: Any cover, also an incomplete one.
    """
    from html import escape

    waveform = _waveform(cover)
    title = one_line(cover.title or cover.request.song)
    facts = _facts(cover, waveform)
    card = CARD.format(
        title=escape(title),
        facts=escape(" · ".join(facts)),
        picture=draw(waveform.peaks) if waveform else "",
        player=_player(cover),
    )
    return {"text/plain": f"{title}: {', '.join(facts)}", "text/html": card}


def _waveform(cover: ShownCover) -> Waveform | None:
    from voiceshift.display.waveform import measure

    if not cover.size or (cover.path is not None and is_stream(cover.path)):
        return None
    return measure(cover.path or cover.audio)


def _facts(cover: ShownCover, waveform: Waveform | None) -> list[str]:
    return [
        f"voice {one_line(cover.request.voice)}",
        f"pitch {signed(cover.request.pitch)}",
        *([clock(waveform.seconds)] if waveform else []),
        size_text(cover.size),
        cover.media_type,
        *([] if cover.complete else [INCOMPLETE]),
    ]


def _player(cover: ShownCover) -> str:
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


def draw(peaks: Sequence[float]) -> str:
    """An ``<svg>`` element, as wide as there is room, in the colour of the text around it.

    Nothing in it is text: where scripts and drawings are removed from a notebook that is not
    trusted, nothing of it is left.

    Args:
        peaks: Amplitudes from 0 to 1, evenly spaced in time.
    """
    path = "".join(_stroke(place, peak) for place, peak in enumerate(peaks))
    return (
        f'<svg viewBox="0 0 {len(peaks)} {HEIGHT}" preserveAspectRatio="none" role="img" '
        'aria-label="waveform" style="display:block;width:100%;height:4em">'
        f'<path d="{path}" stroke="currentColor" stroke-width="1" fill="none"/></svg>'
    )


def _stroke(place: int, peak: float) -> str:
    """A vertical line around the middle."""
    half = max(peak, MIN_PEAK) * HEIGHT / 2
    return f"M{place}.5 {HEIGHT / 2 - half:.1f}v{2 * half:.1f}"
