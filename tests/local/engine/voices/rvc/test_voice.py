"""A voice is added once, and its file says what it is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest

from tests.support.rvc_voices import TINY, random_voice, save_torch_file, write_index
from voiceshift.errors import CoverError, SettingsError
from voiceshift.local.engine.onnx_sessions import Hardware
from voiceshift.local.engine.vocoder import Features
from voiceshift.local.engine.voices.rvc.saved_voice import add_voice
from voiceshift.local.engine.voices.rvc.voice import Voice

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = Features(np.zeros(0), np.zeros((0, 40)), np.zeros((0, 1)))


def load(path: Path) -> Voice:
    """Read a voice where there is no content encoder."""
    return Voice.load(path, path.with_name("contentvec.onnx"), Hardware("cpu"))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of a voice of version v2."""
    vectors = np.ones((4, 768), np.float32)
    write_index(tmp_path / "added.index", vectors[:1], [vectors])
    return tmp_path / "added.index"


def test_its_file_says_what_it_is(tmp_path: Path, tiny: Path, index: Path) -> None:
    """All that is needed to sing, and what the user chose."""
    path = tmp_path / "Zoë 2.onnx"
    add_voice(path, tiny, index=index, index_rate=0.75, protect=0.2)
    voice = load(path)
    assert (voice.name, voice.kind) == ("Zoë 2", "rvc")
    assert voice.facts() == {
        "version": "v2",
        "sample_rate": 8000,
        "pitch": True,
        "index": str(tmp_path / "Zoë 2.index"),
        "index_rate": 0.75,
        "protect": 0.2,
        "info": "0epoch",
        "needs": "run voiceshift setup contentvec",
    }
    assert voice.summary() == (
        "RVC v2, 8 kHz, with the singer's pitch, index at 0.75, protect 0.2, "
        "not ready: run voiceshift setup contentvec"
    )
    (tmp_path / "contentvec.onnx").touch()
    assert voice.summary().endswith(", ready")
    assert voice.facts()["needs"] is None


def test_only_its_files_are_left(tmp_path: Path, tiny: Path, index: Path) -> None:
    """The network and the index; without an index the older one's goes."""
    folder = tmp_path / "voices"
    folder.mkdir()
    add_voice(folder / "anna.onnx", tiny, index=index)
    assert sorted(path.name for path in folder.iterdir()) == ["anna.index", "anna.onnx"]
    add_voice(folder / "anna.onnx", tiny)
    assert [path.name for path in folder.iterdir()] == ["anna.onnx"]
    assert load(folder / "anna.onnx").saved.index() is None


def test_a_voice_without_pitch_says_so(tmp_path: Path) -> None:
    """It sings at a pitch of its own."""
    save_torch_file(random_voice(TINY, 256, has_pitch=False), tmp_path / "voice.pth")
    add_voice(tmp_path / "boris.onnx", tmp_path / "voice.pth")
    assert "RVC v1, 8 kHz, with a pitch of its own" in load(tmp_path / "boris.onnx").summary()


def test_an_index_of_another_version_is_refused(tmp_path: Path, index: Path) -> None:
    """Nothing is written."""
    save_torch_file(random_voice(TINY, 256), tmp_path / "voice.pth")
    with pytest.raises(SettingsError, match="vectors have 768 numbers, where this voice takes 256"):
        add_voice(tmp_path / "boris.onnx", tmp_path / "voice.pth", index=index)
    assert not (tmp_path / "boris.onnx").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"index_rate": 1.5}, "index-rate must be from 0 to 1, not 1.5"),
        ({"index_rate": float("nan")}, "index-rate must be from 0 to 1, not nan"),
        ({"protect": 0.6}, "protect must be from 0 to 0.5, not 0.6"),
        ({"protect": -1.0}, "protect must be from 0 to 0.5, not -1"),
    ],
)
def test_shares_have_limits(tmp_path: Path, tiny: Path, options: Any, words: str) -> None:
    """They are told."""
    with pytest.raises(SettingsError, match=words):
        add_voice(tmp_path / "anna.onnx", tiny, **options)


def test_a_voice_needs_the_content_encoder(tmp_path: Path, tiny: Path) -> None:
    """It is told how to get it."""
    add_voice(tmp_path / "anna.onnx", tiny)
    with pytest.raises(CoverError, match=r"'anna' needs .*ContentVec.* run voiceshift setup"):
        load(tmp_path / "anna.onnx").learn_conversion(NOTHING)


def test_files_of_others_are_refused(tmp_path: Path, tiny: Path) -> None:
    """A network of another program, one of another version, a damaged one, none at all."""
    path = tmp_path / "anna.onnx"
    add_voice(path, tiny)
    whole = path.read_bytes()
    other = onnx.load_from_string(whole)
    other.metadata_props[0].value = "2"
    contents = [other.SerializeToString(), whole[:1000], b"\xff" * 50]
    del other.metadata_props[:]
    for content in [*contents, other.SerializeToString()]:
        path.write_bytes(content)
        with pytest.raises(CoverError, match="'anna' is damaged or was made by another version"):
            load(path)
    path.unlink()
    with pytest.raises(CoverError, match="'anna' is damaged"):
        load(path)


def test_a_damaged_index_is_told(tmp_path: Path, tiny: Path, index: Path) -> None:
    """When it is used."""
    add_voice(tmp_path / "anna.onnx", tiny, index=index)
    shutil.copy(tiny, tmp_path / "anna.index")
    with pytest.raises(CoverError, match="'anna' is damaged"):
        load(tmp_path / "anna.onnx").saved.index()
