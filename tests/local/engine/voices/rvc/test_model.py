"""Voices are read from their files; what is none is told apart, each kind in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.support.rvc_voices import CONFIGS, TINY, random_voice, save_torch_file
from voiceshift.errors import SettingsError
from voiceshift.local.engine.voices.rvc.architecture import read_config
from voiceshift.local.engine.voices.rvc.model import Model, map_file, read_model

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> Model:
    """Read the file of a voice."""
    return read_model(map_file(path), path.name)


def saved(path: Path, content: dict[str, Any]) -> Path:
    """Write the file of a voice."""
    save_torch_file(content, path / "voice.pth")
    return path / "voice.pth"


def test_voices_are_read(golden: Path) -> None:
    """What the reference saved: their kind, and all their tensors."""
    model = read(golden)
    assert model.version == golden.name[5:7]
    assert model.architecture.has_pitch == (golden.stem[-1] == "1")
    assert model.architecture.sample_rate == 8000
    assert model.info == "1epoch"
    assert set(model.weights) == set(model.architecture.shapes())
    assert all(weight.dtype == np.float32 for weight in model.weights.values())


@pytest.mark.parametrize("kind", CONFIGS)
def test_sizes_of_all_kinds_fit_together(kind: str) -> None:
    """Each has the tensors that its kind has, some 27 million numbers."""
    features = 256 if kind.startswith("v1") else 768
    sizes = read_config(CONFIGS[kind], features=features, has_pitch=True, speakers=109)
    assert sizes.samples_per_frame == CONFIGS[kind][17] // 100
    count = sum(int(np.prod(shape)) for shape in sizes.shapes().values())
    assert 26e6 < count < 30e6


def test_channels_need_not_halve_evenly(tmp_path: Path) -> None:
    """What is over is dropped, as by the reference; but some must be left."""
    odd = [*TINY[:13], 36, *TINY[14:]]
    model = read(saved(tmp_path, random_voice(odd)))
    assert [model.architecture.channels(stage) for stage in range(-1, 4)] == [36, 18, 9, 4, 2]
    with pytest.raises(ValueError, match="values do not fit together"):
        read_config([*TINY[:13], 8, *TINY[14:]], features=768, has_pitch=True, speakers=1)


def test_weight_normalisation_is_folded(tiny: Path, tmp_path: Path) -> None:
    """In both forms that PyTorch has had for it."""
    content = random_voice(TINY)
    weights = content["weight"]
    g, v = (weights["dec.ups.0.weight_g"], weights["dec.ups.0.weight_v"])
    lengths = np.sqrt(np.square(v.astype(float)).sum(axis=(1, 2)))
    expected = v * (g.ravel().astype(float) / lengths)[:, None, None]
    np.testing.assert_allclose(read(tiny).weights["dec.ups.0.weight"], expected, rtol=1e-6)
    renamed = {
        name.replace(".weight_g", ".parametrizations.weight.original0").replace(
            ".weight_v", ".parametrizations.weight.original1"
        ): value
        for name, value in weights.items()
    }
    newer = read(saved(tmp_path, content | {"weight": renamed}))
    np.testing.assert_allclose(newer.weights["dec.ups.0.weight"], expected, rtol=1e-6)


def test_what_only_training_needs_is_left_out(tmp_path: Path) -> None:
    """The tensors of the training encoder."""
    content = random_voice(TINY)
    content["weight"]["enc_q.pre.weight"] = np.zeros((2, 2), np.float16)
    assert "enc_q.pre.weight" not in read(saved(tmp_path, content)).weights


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><html>Sign in", "is a web page and no voice"),
        (b"\xef\xbb\xbf<html>", "is a web page and no voice"),
        (b"version https://git-lfs.github.com/spec/v1\n", r"only points to the voice \(Git LFS\)"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch wrote before 1.6"),
        (b"PK\3\4 and then the connection broke", "is cut off"),
        (b"RIFF....WAVE", "is no file of PyTorch"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """A web page, a pointer, an old file, a cut-off one."""
    path = tmp_path / "voice.pth"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"voice\.pth.* {words}"):
        read(path)


def test_a_cut_off_download_is_refused(tiny: Path) -> None:
    """It is told what to do."""
    tiny.write_bytes(tiny.read_bytes()[:-100])
    with pytest.raises(SettingsError, match=r"is cut off.*download it again"):
        read(tiny)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vocoder": "MRF HiFi-GAN"}, "the vocoder 'MRF HiFi-GAN' of Applio"),
        ({"vocoder": ["RefineGAN"]}, "the vocoder '' of Applio"),
        ({"embedder_model": "spin"}, "the embedder 'spin'; only voices trained with contentvec"),
        ({"params": {}}, "by another program than RVC or Applio: it has 'params'"),
        ({"embedder_name": "x"}, "by another program than RVC or Applio: it has 'embedder_name'"),
        ({"config": TINY[:17]}, "its config has not the 18 values"),
        ({"config": "TINY"}, "its config has not the 18 values"),
        ({"config": None}, "its config has not the 18 values"),
        ({"config": [*TINY[:9], "2", *TINY[10:]]}, "residual blocks of another kind"),
        (
            {"config": [*TINY[:17], 16_000]},
            "its config says 16000 Hz, but its network makes 8000 Hz",
        ),
        ({"config": [*TINY[:2], 10**9, *TINY[3:]]}, "a value that no voice of RVC has"),
        ({"config": [*TINY[:11], [[[1]]] * 3, *TINY[12:]]}, "a value that no voice of RVC has"),
        ({"config": [*TINY[:14], [8, 8, 4, 4], *TINY[15:]]}, "values do not fit together"),
        ({"config": [*TINY[:5], 3, *TINY[6:]]}, "values do not fit together"),
        (
            {"config": [*TINY[:2], 16, *TINY[3:]]},
            "'enc_p.proj.weight' of .* contradict each other",
        ),
        ({"weight": []}, "holds no voice of RVC"),
    ],
)
def test_voices_of_another_kind_are_refused(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    """Another vocoder, embedder or program, and a config that contradicts the tensors."""
    with pytest.raises(SettingsError, match=words):
        read(saved(tmp_path, random_voice(TINY) | changes))


def test_applio_s_voices_are_read(tmp_path: Path) -> None:
    """They say more of themselves."""
    more = {"vocoder": "HiFi-GAN", "embedder_model": "contentvec", "f0": True, "epoch": 3}
    assert read(saved(tmp_path, random_voice(TINY) | more)).version == "v2"


def test_a_training_checkpoint_is_refused(tmp_path: Path) -> None:
    """It is told how to make a voice of it."""
    content = {"model": random_voice(TINY)["weight"], "iteration": 7, "learning_rate": 1e-4}
    with pytest.raises(SettingsError, match=r"checkpoint of training .* extract the small model"):
        read(saved(tmp_path, content))


@pytest.mark.parametrize("content", [{}, {"a": 1}, {"weight": {}, "config": TINY}])
def test_files_without_a_voice_are_refused(tmp_path: Path, content: dict[str, Any]) -> None:
    """Though PyTorch wrote them."""
    with pytest.raises(SettingsError, match=r"holds no voice|vectors of ContentVec"):
        read(saved(tmp_path, content))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("dec.cond.bias", None, "lacks the tensor 'dec.cond.bias'"),
        ("dec.cond.bias", np.zeros(5, np.float16), r"'dec.cond.bias' of the shape \(5,\)"),
        ("dec.cond.bias", np.full(32, np.nan, np.float16), "'dec.cond.bias' holds infinite"),
        ("dec.ups.0.weight_g", np.full((32, 1, 1), np.inf, np.float16), "'dec.ups.0.weight' holds"),
        ("dec.ups.0.weight_v", np.zeros((32, 16, 8), np.float16), "'dec.ups.0.weight' holds"),
        ("dec.ups.0.weight_v", None, "lacks a half of the tensor 'dec.ups.0.weight'"),
        ("dec.ups.0.weight_g", np.zeros(32, np.float16), "whose halves do not fit together"),
        ("dec.extra", np.zeros(5, np.float16), "another network than RVC's: .* 'dec.extra'"),
        ("emb_g.weight", None, "lacks the tensor 'emb_g.weight'"),
        ("enc_p.emb_phone.weight", np.zeros((8, 1024), np.float16), "which have 256 or 768"),
    ],
)
def test_tensors_that_do_not_fit_are_named(
    tmp_path: Path, name: str, value: Any, words: str
) -> None:
    """One that is missing, has another shape, no numbers in it, or is one too many."""
    content = random_voice(TINY)
    content["weight"][name] = value
    if value is None:
        del content["weight"][name]
    with pytest.raises(SettingsError, match=words):
        read(saved(tmp_path, content))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """One that is not there, and a folder."""
    with pytest.raises(SettingsError, match="cannot be read"):
        map_file(tmp_path / "voice.pth")
    with pytest.raises(SettingsError, match=r"cannot be read|is empty"):
        map_file(tmp_path)
