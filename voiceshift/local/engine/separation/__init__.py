"""The vocals in a mix.

A separator is a function from a stereo window and its rate to the vocals in it, stereo and of the
same length. The accompaniment is what it leaves: mix minus vocals. Windows are separated in other
processes, so a separator can be pickled: a function of a module, or an object that holds little.

One idea, one module::

    spleeter     the separator that uses a neural network, Spleeter
    checkpoint   the network's weights, read from the files it is published as
    network      weights to the file that ONNX Runtime runs
    stft         samples to spectra, and spectra to samples
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voiceshift.local.engine.audio import Samples, mono

__all__ = ["Separator", "middle"]

Separator = Callable[[Samples, int], Samples]
"""``(mix, rate) -> vocals``, both ``(frames, 2)``."""


def middle(mix: Samples, rate: int) -> Samples:  # noqa: ARG001 - a Separator is given the rate
    """Take what both channels share for the vocals.

    Lead vocals are nearly always mixed to the middle. So are bass and drums, which are taken for
    vocals too: a plain beginning that needs no model and no time.
    """
    return np.repeat(mono(mix)[:, None], 2, axis=1)
