"""The vocals in a mix.

A separator is a function from a stereo window and its rate to the vocals in it, stereo and of the
same length. The accompaniment is what it leaves: mix minus vocals. Windows are separated in other
processes, so a separator can be pickled: a function of a module, or an object that holds little.

One idea, one module::

    spleeter       the separator that uses a neural network, Spleeter
    tf_checkpoint  the network's weights, read from the files they are published in
    onnx_export    weights to the file that ONNX Runtime runs
    harmonic_mask  the separator that needs no network, "dsp"
    sherpa         the separator that runs other networks, by the package sherpa-onnx
"""

from __future__ import annotations

from collections.abc import Callable

from voiceshift.local.engine.samples import Samples

Separator = Callable[[Samples, int], Samples]
"""``(mix, rate) -> vocals``, both ``(frames, 2)``."""


def everything_is_sung(mix: Samples, _: int) -> Samples:
    """Separate nothing: for songs without accompaniment."""
    return mix
