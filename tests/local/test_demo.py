"""The demo material is there, small, and says what it is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from voiceshift.local import demo


def test_the_song_is_short_stereo() -> None:
    """Two windows of the engine, so that a demo shows segments arriving."""
    info = soundfile.info(demo.SONG)
    assert (info.channels, info.samplerate) == (2, 44_100)
    assert 11 < info.duration < 15


@pytest.mark.parametrize("name", demo.VOICES)
def test_voices_are_long_enough(name: str) -> None:
    """Each recording is longer than the least a voice needs."""
    info = soundfile.info(demo.VOICES[name])
    assert info.channels == 1
    assert 21 < info.duration < 30


def test_everything_is_small() -> None:
    """The whole of it adds less than half a megabyte to the package."""
    files = [demo.SONG, *demo.VOICES.values()]
    assert sum(file.stat().st_size for file in files) < 500_000


def test_every_file_has_its_licence() -> None:
    """LICENSES.md names each sound file."""
    folder = Path(demo.__file__).parent
    text = (folder / "LICENSES.md").read_text(encoding="utf-8")
    for path in folder.rglob("*.ogg"):
        assert f"`{path.relative_to(folder).as_posix()}`" in text
