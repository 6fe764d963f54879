"""What is done to one window of a song, by itself.

These functions may run in another process or on another machine: they, their arguments and their
results can be pickled, and they depend on nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from voiceshift.local.engine.analysis import AnalysedWindow, analyse
from voiceshift.local.engine.limiter import limit

if TYPE_CHECKING:
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voices import Conversion
    from voiceshift.local.engine.windows import Window

__all__ = ["convert", "finish"]


def convert(
    window: Window | AnalysedWindow, separate: Separator, conversion: Conversion, pitch: int
) -> Window:
    """Replace the singing in a window; a window without any stays as it is.

    Args:
        window: A window, or one that was analysed before.
        separate: Finds the vocals in a window.
        conversion: From the singer to the voice.
        pitch: Octaves by which the voice moves.
    """
    analysed = window if isinstance(window, AnalysedWindow) else analyse(window, separate)
    window = analysed.window
    if not analysed.is_sung:
        return finish(window)
    sung = conversion.sing(analysed, pitch)
    return finish(evolve(window, samples=window.samples - analysed.vocals + sung))


def finish(window: Window) -> Window:
    """Turn down the peaks that would clip."""
    return evolve(window, samples=limit(window.samples))
