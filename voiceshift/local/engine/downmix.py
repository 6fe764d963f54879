"""Both channels of a voice as one, for what can hear only one.

Mostly that is their mean. Where one channel is later than the other, inverted, or in any other way
out of phase, as two microphones or a widening effect make it, parts of the voice would cancel out
in the mean. There each frequency of one channel is turned into phase with the other first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine import stft
from voiceshift.local.engine.samples import to_mono

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples

MIN_KEPT = 0.92
"""Share of the amplitude both channels have together that their mean must keep to be taken. Of
vocals in songs it keeps .95 and more; of a voice that is 0.1 to 25 ms later in one channel, less
than .8."""

CAUTION = 0.1
"""Share of the power by which channels must agree about a turn that it is made. With nothing in
common, such as one voice on each side, they are added as they are."""


def downmix(voice: Samples) -> Samples:
    """Return a voice in stereo as mono, whatever the phases of its channels are."""
    mean = to_mono(voice)
    return mean if _is_in_phase(mean, voice) else _turned_into_phase(voice)


def _is_in_phase(mean: Samples, voice: Samples) -> bool:
    # The differences of neighbouring samples: high frequencies count as much as low ones.
    of_mean, left, right = (np.linalg.norm(np.diff(each)) for each in (mean, *voice.T))
    return bool(of_mean >= MIN_KEPT * (left + right) / 2)


def _turned_into_phase(voice: Samples) -> Samples:
    """Return the sum of both channels, turned into phase, with the mean of their power."""
    left, right = stft.analyse(voice)
    power = (np.square(np.abs(left)) + np.square(np.abs(right))) / 2
    turn = (left * right.conj()).sum(axis=0) + CAUTION * power.sum(axis=0)
    both = left + right * (turn / np.maximum(np.abs(turn), 1e-12))
    both *= np.sqrt(power) / np.maximum(np.abs(both), 1e-12)
    return stft.synthesise(both[None], len(voice))[:, 0]
