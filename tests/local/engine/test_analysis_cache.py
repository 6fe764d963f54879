"""A second voice sings a song: what was found in it is there, to the bit, and bounded in size."""

from __future__ import annotations

import io
import os
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from attrs import astuple

from voiceshift.local import demo
from voiceshift.local.engine.analysis_cache import AnalysisCache, CachedSeparator
from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.samples import SONG_RATE, Samples
from voiceshift.local.engine.separation.harmonic_mask import separate_harmonics
from voiceshift.local.engine.window_tasks import analyse
from voiceshift.local.engine.windows import AnalysedWindow, Window

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.voices import Voice


def must_not_be_called(mix: Samples, rate: int) -> Samples:
    """Fail: a separator in whose place the cache has to answer."""
    raise AssertionError


def part_of_song(start: float = 0.0) -> Window:
    """Two seconds of the demo song."""
    samples, _ = soundfile.read(
        demo.SONG, start=round(start * SONG_RATE), frames=2 * SONG_RATE, dtype="float32"
    )
    return Window(np.asarray(samples), is_last=True)


def remembered(folder: Path, max_size: int = 2**30) -> CachedSeparator:
    """A separator that keeps what it found."""
    return CachedSeparator(separate_harmonics, AnalysisCache(folder, max_size))


def assert_same(one: AnalysedWindow, other: AnalysedWindow) -> None:
    """Every number is the same, in the same type."""
    for a, b in (
        (one.vocals, other.vocals),
        (one.vocals_16k, other.vocals_16k),
        *zip(astuple(one.features), astuple(other.features), strict=True),
    ):
        assert (a.dtype, a.tobytes()) == (b.dtype, b.tobytes())


def test_what_was_found_is_there_again(tmp_path: Path) -> None:
    """To the bit, in files that only their owner can read, and nothing is found twice."""
    window, folder = part_of_song(), tmp_path / "songs"
    found = analyse(window, remembered(folder))
    assert_same(found, analyse(window, separate_harmonics))
    (file,) = folder.iterdir()
    assert os.name != "posix" or file.stat().st_mode & 0o077 == 0
    written = file.stat().st_ino
    assert_same(found, analyse(window, remembered(folder)))
    assert [file.stat().st_ino for file in folder.iterdir()] == [written]


def test_another_window_or_separator_is_another_file(tmp_path: Path) -> None:
    """Nothing is taken for something else."""
    analyse(part_of_song(), remembered(tmp_path))
    analyse(part_of_song(2), remembered(tmp_path))
    assert len(list(tmp_path.iterdir())) == 2
    other = CachedSeparator(must_not_be_called, AnalysisCache(tmp_path, 2**30))
    with pytest.raises(AssertionError):
        analyse(part_of_song(), other)


def test_what_was_used_the_longest_time_ago_makes_room(tmp_path: Path) -> None:
    """The size is bounded, and what is used is kept."""
    first, second, third = map(part_of_song, (0, 2, 4))
    analyse(first, remembered(tmp_path))
    (file,) = tmp_path.iterdir()
    size = file.stat().st_size
    analyse(second, remembered(tmp_path))
    newer = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    os.utime(file, (1, 1))
    os.utime(newer, (2, 2))
    analyse(first, remembered(tmp_path))  # it is used again
    analyse(third, remembered(tmp_path, max_size=2 * size))
    assert not newer.exists()
    assert file.exists()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 * size


def test_damage_costs_time_only(tmp_path: Path) -> None:
    """A file that is cut, of another kind, or cannot be written."""
    window = part_of_song()
    found = analyse(window, remembered(tmp_path))
    (file,) = tmp_path.iterdir()
    for content in (b"", file.read_bytes()[:1000], b"no arrays"):
        file.write_bytes(content)
        assert_same(found, analyse(window, remembered(tmp_path)))
    (tmp_path / "file").write_bytes(b"")
    assert_same(found, analyse(window, remembered(tmp_path / "file")))


def test_a_separator_without_a_name_is_not_mistaken(tmp_path: Path) -> None:
    """A function inside another could be any: nothing is kept of it."""
    separator = CachedSeparator(lambda mix, _: mix, AnalysisCache(tmp_path, 2**30))
    analyse(part_of_song(), separator)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_costs_little(tmp_path: Path) -> None:
    """Less than half of the processor time of finding it: it is an eighth."""
    window, times = part_of_song(), []
    for _ in range(2):
        started = time.process_time()
        analyse(window, remembered(tmp_path))
        times.append(time.process_time() - started)
    assert times[1] < 0.5 * times[0]


@pytest.mark.slow
def test_a_second_cover_has_the_same_samples(tmp_path: Path, baritone: Voice) -> None:
    """As one that is made without the first."""
    engine = WorldEngine(remembered(tmp_path))
    plain = b"".join(WorldEngine(separate_harmonics).cover(demo.SONG, baritone, 0))
    expected, _ = soundfile.read(io.BytesIO(plain))
    for _ in range(2):
        cover = b"".join(engine.cover(demo.SONG, baritone, 0))
        np.testing.assert_array_equal(soundfile.read(io.BytesIO(cover))[0], expected)
