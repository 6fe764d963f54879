"""Recordings of a voice: read, checked, and without their silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.errors import CoverError
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import VOICE_RATE, Samples, to_mono
from voiceshift.util.logs import SafeLogger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt

logger = SafeLogger("voiceshift.local")

STRETCH = 10 * VOICE_RATE
"""Samples that are checked, and whose silence is dropped, together."""

CLIPPING_LEVEL = 0.985
"""Share of full scale from which a sample counts as clipped; resampling moves them a little."""

MAX_CLIPPED = 0.002
"""Share of the samples so far that may be clipped. The demo voices have 3 in a million there when
their peak is full scale, and 3 to 13 in a thousand when they are 6 dB too loud."""

MIN_CORRELATION = 0.3
"""Correlation of the channels, with one of them delayed or inverted as fits best, below which they
do not hold one person: stereo music, or two people with a microphone each. One person in a room is
above .9."""

MAX_CANCELLING = 0.9
"""Correlation of the channels as they are, below which parts of the voice would cancel out in their
mean: one is inverted, or the microphones are apart."""

MIN_CHANNEL_POWER = 1e-3
"""Power of one channel against the other up to which it does not count: a cable without a
microphone."""

MIN_PEAK = 1e-3
"""Peak of full scale (-60 dB) below which a recording is too quiet to tell a voice from noise."""

HUM_RATIO = 10.0
"""Power of a line of mains hum against what lies between the lines, from which on it is one; of the
lowest eight, three or more must be."""

_MAX_DELAY = VOICE_RATE * 25 // 1000  # samples between two microphones: 25 ms, which is 8 m
_FRAME = VOICE_RATE // 100  # samples whose power is measured together: 10 ms
_MAX_PAUSE = 25  # frames of silence that still belong to speech: 0.25 s
_SPECTRUM = (
    VOICE_RATE // 5
)  # samples of a spectrum with a value every 5 Hz, short enough for pauses
_SILENCE = 1e-4  # power against the loud parts: 40 dB less
_DIGITAL_SILENCE = 1e-8  # power of -80 dB full scale, where nothing was recorded


def read_recording(path: Path) -> Iterator[Samples]:
    """Yield a recording without its silence, mono at 16 kHz, some ten seconds at a time.

    Args:
        path: Any audio file that a song may be.

    Raises:
        CoverError: It cannot be read, is silent, is clipped, or its channels hold different sounds.

    A warning of the logger ``voiceshift.local`` tells of mains hum.
    """
    total = clipped = hum = 0
    loudest = 0.0
    for stretch in _stretches(read_blocks(path, VOICE_RATE)):
        mono = _one_person(stretch, path)
        loudest = max(loudest, float(np.percentile(np.abs(mono), 99)))
        hum = hum or mains_hum(mono)
        if len(samples := drop_silence(mono)):
            total += len(samples)
            clipped += int((np.abs(stretch).max(axis=1) >= CLIPPING_LEVEL).sum())
            _check_clipping(clipped / total, path)
            yield samples
    if not total or loudest < MIN_PEAK:
        fault = f"too quiet: {20 * np.log10(loudest):.0f} dB at its loudest" if total else "silent"
        raise CoverError(f"{path.name!r} is {fault}; check the microphone and record it again")
    if hum:
        logger.warning(
            "%r hums at %d Hz, which the voice will, too; check the cables and record it again",
            path.name,
            hum,
        )


def drop_silence(samples: Samples) -> Samples:
    """Return ``samples`` (mono, 16 kHz) without the silences that are longer than 0.25 s."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames):
        return samples[:0]
    power = np.square(frames).mean(axis=1)
    silent = power < max(_SILENCE * np.percentile(power, 95), _DIGITAL_SILENCE)
    return frames[~_long_runs(silent)].ravel()


def mains_hum(samples: Samples) -> int:
    """Return the frequency of mains hum in ``samples`` (mono, 16 kHz), 50 or 60 Hz; 0 for none."""
    if len(samples) < 8 * _SPECTRUM:
        return 0
    frames = np.lib.stride_tricks.sliding_window_view(samples, _SPECTRUM)[:: _SPECTRUM // 2]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(_SPECTRUM))))
    floor = np.percentile(power, 5, axis=0)  # what is always there
    audible = 1e-6 * power.mean(axis=0).sum()
    for mains in (50, 60):
        lines = np.arange(1, 9) * mains * _SPECTRUM // VOICE_RATE
        around = np.median([floor[lines + offset] for offset in (-5, -4, -3, 3, 4, 5)], 0)
        if np.sum((floor[lines] > HUM_RATIO * around) & (floor[lines] > audible)) >= 3:
            return mains
    return 0


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


def _one_person(stretch: Samples, path: Path) -> Samples:
    """Return a stretch as mono: the mean of its channels, or one where they would cancel out."""
    left, right = np.square(stretch, dtype=np.float64).mean(axis=0)
    if min(left, right) <= MIN_CHANNEL_POWER * max(left, right):
        return to_mono(stretch)
    correlation = _correlation(stretch)
    if correlation[0] >= MAX_CANCELLING:
        return to_mono(stretch)
    if np.abs(correlation).max() < MIN_CORRELATION:
        raise CoverError(
            f"the two channels of {path.name!r} hold different sounds; a voice needs recordings of "
            "one person alone: use one channel, or another recording"
        )
    return stretch[:, 0] if left > right else stretch[:, 1]


def _correlation(stretch: Samples) -> npt.NDArray[np.float64]:
    """Return the correlation of the channels when one is later than the other, first by nothing."""
    size = len(stretch) + _MAX_DELAY
    left, right = np.fft.rfft(stretch.T.astype(np.float64), size)
    product = np.fft.irfft(left * right.conj(), size)
    power = np.sqrt(np.prod(np.square(stretch, dtype=np.float64).sum(axis=0)))
    near = np.concatenate([product[: _MAX_DELAY + 1], product[-_MAX_DELAY:]])
    return np.asarray(near / power)


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
