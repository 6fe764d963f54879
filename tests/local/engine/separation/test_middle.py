"""The middle of the stereo picture is taken for the vocals."""

from __future__ import annotations

import numpy as np

from voiceshift.local.engine.separation import middle


def test_what_both_sides_share_is_kept() -> None:
    """A sound in the middle is all vocals."""
    mix = np.repeat(np.linspace(-1, 1, 100, dtype=np.float32)[:, None], 2, axis=1)
    assert np.array_equal(middle(mix, 44_100), mix)


def test_opposite_sides_cancel() -> None:
    """A sound that is only in the difference of the sides is none."""
    side = np.linspace(-1, 1, 100, dtype=np.float32)
    assert not middle(np.stack([side, -side], axis=1), 44_100).any()
