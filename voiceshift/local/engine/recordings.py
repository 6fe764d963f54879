"""Recordings of a voice: read, checked, and rid of their pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.errors import CoverError
from voiceshift.local.engine.pauses import drop_pauses
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import VOICE_RATE, Samples, to_mono

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["read_recording"]

STRETCH = 10 * VOICE_RATE
"""Samples that are checked and cleared of pauses together."""

CLIPPED_FROM = 0.985
"""Share of full scale from which a sample counts as clipped; resampling moves them a little."""

MOST_CLIPPED = 0.002
"""Share of the sound so far that may be clipped. The demo voices have 3 samples in a million there
when their peak is full scale, and 3 to 13 in a thousand when they are 6 dB too loud."""

LEAST_LIKENESS = 0.3
"""Correlation of the channels below which they do not hold one person: stereo music or two people
with a microphone each. One person in a room is above .9."""

FAINT = 1e-3
"""Power of one channel against the other below which it does not count: a cable without a
microphone."""


def read_recording(path: Path) -> Iterator[Samples]:
    """Yield the sounding stretches of a recording, mono at 16 kHz, some ten seconds at a time.

    Args:
        path: Any audio file that a song may be.

    Raises:
        CoverError: It cannot be read, is silent, is clipped, or its channels hold different sounds.
    """
    sounding = clipped = 0
    for stretch in _stretches(read_blocks(path, VOICE_RATE)):
        _check_channels(stretch, path)
        if len(sound := drop_pauses(to_mono(stretch))):
            sounding += len(sound)
            clipped += int((np.abs(stretch).max(axis=1) >= CLIPPED_FROM).sum())
            _check_clipping(clipped / sounding, path)
            yield sound
    if not sounding:
        raise CoverError(f"{path.name!r} is silent; check the microphone and record it again")


def _check_clipping(share: float, path: Path) -> None:
    if share > MOST_CLIPPED:
        raise CoverError(
            f"{path.name!r} is clipped: {share:.1%} of its sound is cut off at full scale; record "
            "it again with the level turned down"
        )


def _check_channels(stretch: Samples, path: Path) -> None:
    left, right = np.square(stretch, dtype=np.float64).mean(axis=0)
    if min(left, right) <= FAINT * max(left, right):
        return
    likeness = np.multiply(*stretch.T, dtype=np.float64).mean() / np.sqrt(left * right)
    if likeness < LEAST_LIKENESS:
        raise CoverError(
            f"the two channels of {path.name!r} hold different sounds; a voice needs recordings of "
            "one person alone: take one channel, or another recording"
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
