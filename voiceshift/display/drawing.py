"""The picture of a cover's waveform, as SVG within HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["draw"]

HEIGHT = 100
"""Of the drawing, in its own units; one unit is the width of a peak."""

THINNEST = 0.01
"""Half the height of silence, so that a line is seen where nothing is heard."""


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
    half = max(peak, THINNEST) * HEIGHT / 2
    return f"M{place}.5 {HEIGHT / 2 - half:.1f}v{2 * half:.1f}"
