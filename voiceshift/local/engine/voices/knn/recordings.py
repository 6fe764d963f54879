"""Recordings of a voice: read, checked, and without their silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.errors import CoverError
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import VOICE_RATE, Samples, to_mono

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["drop_silence", "read_recording"]

STRETCH = 10 * VOICE_RATE
"""Samples that are checked, and whose silence is dropped, together."""

CLIPPING_LEVEL = 0.985
"""Share of full scale from which a sample counts as clipped; resampling moves them a little."""

MAX_CLIPPED = 0.002
"""Share of the samples so far that may be clipped. The demo voices have 3 in a million there when
their peak is full scale, and 3 to 13 in a thousand when they are 6 dB too loud."""

MIN_CORRELATION = 0.3
"""Correlation of the channels below which they do not hold one person: stereo music, or two people
with a microphone each. One person in a room is above .9."""

MIN_CHANNEL_POWER = 1e-3
"""Power of one channel against the other up to which it does not count: a cable without a
microphone."""

_FRAME = VOICE_RATE // 100  # samples whose power is measured together: 10 ms
_MAX_PAUSE = 25  # frames of silence that still belong to speech: 0.25 s
_SILENCE = 1e-4  # power against the loud parts: 40 dB less
_DIGITAL_SILENCE = 1e-8  # power of -80 dB full scale, where nothing was recorded


def read_recording(path: Path) -> Iterator[Samples]:
    """Yield a recording without its silence, mono at 16 kHz, some ten seconds at a time.

    Args:
        path: Any audio file that a song may be.

    Raises:
        CoverError: It cannot be read, is silent, is clipped, or its channels hold different sounds.
    """
    total = clipped = 0
    for stretch in _stretches(read_blocks(path, VOICE_RATE)):
        _check_channels(stretch, path)
        if len(samples := drop_silence(to_mono(stretch))):
            total += len(samples)
            clipped += int((np.abs(stretch).max(axis=1) >= CLIPPING_LEVEL).sum())
            _check_clipping(clipped / total, path)
            yield samples
    if not total:
        raise CoverError(f"{path.name!r} is silent; check the microphone and record it again")


def drop_silence(samples: Samples) -> Samples:
    """Return ``samples`` (mono, 16 kHz) without the silences that are longer than 0.25 s."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames):
        return samples[:0]
    power = np.square(frames).mean(axis=1)
    silent = power < max(_SILENCE * np.percentile(power, 95), _DIGITAL_SILENCE)
    return frames[~_long_runs(silent)].ravel()


def _long_runs(silent: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return ``silent`` without the runs that are no longer than a pause."""
    edges = np.flatnonzero(np.diff(silent, prepend=False, append=False))
    result = np.zeros_like(silent)
    for start, end in edges.reshape(-1, 2):
        result[start:end] = end - start > _MAX_PAUSE
    return result


def _check_clipping(share: float, path: Path) -> None:
    if share > MAX_CLIPPED:
        raise CoverError(
            f"{path.name!r} is clipped: {share:.1%} of it is cut off at full scale; record it "
            "again with the level turned down"
        )


def _check_channels(stretch: Samples, path: Path) -> None:
    left, right = np.square(stretch, dtype=np.float64).mean(axis=0)
    if min(left, right) <= MIN_CHANNEL_POWER * max(left, right):
        return
    correlation = np.multiply(*stretch.T, dtype=np.float64).mean() / np.sqrt(left * right)
    if correlation < MIN_CORRELATION:
        raise CoverError(
            f"the two channels of {path.name!r} hold different sounds; a voice needs recordings of "
            "one person alone: use one channel, or another recording"
        )


def _stretches(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """Yield stereo stretches of ten seconds or more; the last may be shorter."""
    collected: list[Samples] = []
    for block in blocks:
        collected.append(block)
        if sum(map(len, collected)) >= STRETCH:
            yield np.concatenate(collected)
            collected.clear()
    if collected:
        yield np.concatenate(collected)
