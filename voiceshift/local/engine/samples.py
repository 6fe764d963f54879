"""Sound as arrays of samples: their rates, and their channels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr  # type: ignore[import-untyped]

Samples = npt.NDArray[np.float32]
"""32-bit floats, full scale ±1: ``(frames,)`` for mono, ``(frames, channels)`` for others."""

SONG_RATE = 44_100
"""Rate of songs and covers, in hertz."""

VOICE_RATE = 16_000
"""Rate at which voices are analysed and synthesised, in hertz."""

_LEFT, _RIGHT, _BOTH, _NONE = (1.0, 0.0), (0.0, 1.0), (0.5**0.5, 0.5**0.5), (0.0, 0.0)
_BACK_LEFT, _BACK_RIGHT, _BACK = (0.5**0.5, 0.0), (0.0, 0.5**0.5), (0.5, 0.5)

_WEIGHTS = {
    "FL": _LEFT,
    "FR": _RIGHT,
    "FC": _BOTH,
    "LFE": _NONE,
    "BL": _BACK_LEFT,
    "BR": _BACK_RIGHT,
    "FLC": _LEFT,
    "FRC": _RIGHT,
    "BC": _BACK,
    "SL": _BACK_LEFT,
    "SR": _BACK_RIGHT,
}
"""How much of a loudspeaker goes to the left and to the right: Recommendation ITU-R BS.775, which
leaves out the channel for low frequencies. In the order of the bits in the channel masks of files.
"""

_LAYOUTS = {
    1: "FC",
    2: "FL FR",
    3: "FL FR FC",
    4: "FL FR BL BR",
    5: "FL FR FC BL BR",
    6: "FL FR FC LFE BL BR",
    7: "FL FR FC LFE BC SL SR",
    8: "FL FR FC LFE BL BR SL SR",
}
"""The order of channels in WAV and FLAC files (RFC 9639, section 9.1.3)."""

_VORBIS_LAYOUTS = {
    3: "FL FC FR",
    5: "FL FC FR BL BR",
    6: "FL FC FR BL BR LFE",
    7: "FL FC FR SL SR BC LFE",
    8: "FL FC FR SL SR BL BR LFE",
}
"""The order in Ogg Vorbis (Vorbis I, section 4.3.9) and Opus, where it is another one."""

MAX_CHANNELS = max(_LAYOUTS)
"""A file with more is a multitrack recording, not a mix for listening."""


def default_layout(channels: int, *, is_vorbis: bool = False) -> list[str]:
    """Return the loudspeakers of a file that does not name them, at most 8 channels."""
    layouts = {**_LAYOUTS, **_VORBIS_LAYOUTS} if is_vorbis else _LAYOUTS
    return layouts[channels].split()


def layout_of_mask(mask: int, channels: int) -> list[str]:
    """Return the loudspeakers that a channel mask names; the default ones if it cannot be right."""
    layout = [name for bit, name in enumerate(_WEIGHTS) if mask >> bit & 1]
    is_complete = len(layout) == channels and mask < 1 << len(_WEIGHTS)
    return layout if is_complete and layout != ["LFE"] else default_layout(channels)


def to_stereo(samples: Samples, layout: list[str] | None = None) -> Samples:
    """Return ``(frames, 2)`` from ``(frames, channels)``, at most 8 of them.

    Mono goes to both sides. Of more than two channels each side is a weighted mean, which cannot
    clip.

    Args:
        samples: Of each channel.
        layout: The loudspeaker of each channel; ``None`` takes those of WAV files.
    """
    channels = samples.shape[1]
    if channels == 2:
        return samples
    if channels == 1:
        return np.repeat(samples, 2, axis=1)
    names = layout or default_layout(channels)
    weights = np.array([_WEIGHTS[name] for name in names], np.float32)
    return np.asarray(samples @ (weights / np.maximum(weights.sum(axis=0), 1e-9)))


def to_mono(stereo: Samples) -> Samples:
    """Return the mean of both channels."""
    # Adding columns is faster than a mean along an axis of length two.
    return (stereo[:, 0] + stereo[:, 1]) / np.float32(2)


def rms(samples: Samples) -> float:
    """Return the root mean square of ``samples``, over all channels; 0 if there are none."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def resample(samples: Samples, rate: int, to_rate: int, length: int | None = None) -> Samples:
    """Return mono ``samples`` at another rate, cut or padded with silence to ``length``."""
    resampled = np.asarray(soxr.resample(samples, rate, to_rate), np.float32)
    if length is None:
        return resampled
    return np.pad(resampled[:length], (0, max(0, length - len(resampled))))
