"""What is done to one window of a song, by itself.

These functions may run in another process or on another machine: they, their arguments and their
results can be pickled, and they depend on nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.analysis_cache import CachedSeparator
from voiceshift.local.engine.downmix import downmix
from voiceshift.local.engine.mix import AS_IN_SONG
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample, rms
from voiceshift.local.engine.windows import AnalysedWindow, Window

if TYPE_CHECKING:
    from voiceshift.local.engine.mix import Mix
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voices import Conversion


def analyse(window: Window, separate: Separator) -> AnalysedWindow:
    """Separate the vocals of a window, and analyse them."""
    if isinstance(separate, CachedSeparator):
        return separate.analysed(window, _analysed)
    return _analysed(window, separate)


def _analysed(window: Window, separate: Separator) -> AnalysedWindow:
    vocals = separate(window.samples, SONG_RATE)
    vocals_16k = resample(downmix(vocals), SONG_RATE, VOICE_RATE)
    features = vocoder.analyse(vocals_16k, with_aperiodicity=False, level=rms(window.samples))
    return AnalysedWindow(window, vocals, vocals_16k, features)


def convert(
    window: Window | AnalysedWindow,
    separate: Separator,
    conversion: Conversion,
    pitch: float,
    mix: Mix = AS_IN_SONG,
) -> Window:
    """Replace the singing in a window; a window without any has only accompaniment.

    Args:
        window: A window, or one that was analysed before.
        separate: Finds the vocals in a window.
        conversion: From the singer to the voice.
        pitch: Octaves by which the voice moves.
        mix: How loud voice and accompaniment are.
    """
    analysed = window if isinstance(window, AnalysedWindow) else analyse(window, separate)
    window = analysed.window
    if not analysed.is_sung:
        return mix.unsung(window)
    return mix.sung(window, analysed.vocals, conversion.sing(analysed, pitch))
