"""A window is sung by a voice: at the pitch that is asked for, and the same each time."""

from __future__ import annotations

import math
import pickle
from itertools import chain, repeat
from typing import TYPE_CHECKING

import numpy as np
import pytest
from attrs import evolve

from tests.support.rvc_voices import TINY, random_voice, save_torch_file, write_index
from voiceshift.errors import CoverError
from voiceshift.local.engine.loudness import a_weighted_rms
from voiceshift.local.engine.onnx_sessions import Hardware
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples, resample, to_mono
from voiceshift.local.engine.voices.rvc.mixing import SONG_FRAME
from voiceshift.local.engine.voices.rvc.saved_voice import add_voice
from voiceshift.local.engine.voices.rvc.voice import Voice
from voiceshift.local.engine.window_tasks import analyse
from voiceshift.local.engine.windows import FIRST_HOP, OVERLAP, AnalysedWindow, Window, split

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.voices.rvc.conversion import Conversion


def everything(mix: Samples, rate: int) -> Samples:
    """Take all of it for the vocals."""
    return mix


@pytest.fixture(scope="module")
def window(vowel: Samples) -> AnalysedWindow:
    """A window with a vowel at 220 Hz, a pause and the vowel again."""
    sung = resample(vowel, VOICE_RATE, SONG_RATE)
    mono = np.concatenate([sung, np.zeros(SONG_RATE, np.float32), sung])
    samples = np.repeat(mono[:, None], 2, axis=1)
    return analyse(Window(samples, is_last=True, start=441 * 50), everything)


@pytest.fixture
def conversion(voice: Voice, window: AnalysedWindow) -> Conversion:
    """What sings in a tiny voice."""
    return voice.learn_conversion(window.features)


def test_it_is_as_long_and_as_loud(conversion: Conversion, window: AnalysedWindow) -> None:
    """And silent in the pause."""
    sung = conversion.sing(window, 0)
    assert sung.shape == window.vocals.shape
    assert sung.dtype == np.float32
    loudness = a_weighted_rms(to_mono(window.vocals))
    assert a_weighted_rms(to_mono(sung)) == pytest.approx(loudness, rel=0.1)
    pause = sung[round(2.2 * SONG_RATE) : round(2.8 * SONG_RATE)]
    assert np.abs(pause).max() < 0.01 * np.abs(sung).max()


def test_it_is_the_same_each_time(conversion: Conversion, window: AnalysedWindow) -> None:
    """In another process, too: it can be pickled, and is small then."""
    pickled = pickle.dumps(conversion)
    assert len(pickled) < 10_000
    again = pickle.loads(pickled)
    np.testing.assert_array_equal(again.sing(window, 0), conversion.sing(window, 0))


@pytest.mark.parametrize("pitch", [-1, 0, 1])
def test_the_source_gets_the_pitch_that_is_asked_for(
    conversion: Conversion, window: AnalysedWindow, pitch: int
) -> None:
    """Measured at its sine: a voice that nobody has trained sings nothing."""
    inputs = conversion.inputs(window, pitch)
    steps = np.arange(80) / 8000
    periods = inputs["phase"][0][:, None] + inputs["pitchf"][0][:, None] * steps
    voiced = slice(20, 180)
    sine = np.sin(2 * np.pi * periods[voiced]).ravel()
    spectrum = np.abs(np.fft.rfft(sine * np.hanning(len(sine)), 2**17))
    assert np.argmax(spectrum) * 8000 / 2**17 == pytest.approx(220 * 2.0**pitch, rel=0.01)
    assert inputs["pitch"][0, 100] in range(1, 256)
    assert not inputs["pitchf"][0, 230:270].any()


def test_every_10_ms_is_a_frame(conversion: Conversion, window: AnalysedWindow) -> None:
    """And always an even number of them, so that each vector is for two."""
    for samples in (441 * 100, 441 * 100 + 1, 441 * 101, 441 * 102):
        part = evolve(
            window,
            vocals=window.vocals[:samples],
            vocals_16k=window.vocals_16k[: samples * 16 // 44],
        )
        inputs = conversion.inputs(part, 0)
        frames = inputs["pitchf"].shape[1]
        assert frames == {44_100: 100}.get(samples, 102)
        assert inputs["phone"].shape == (1, frames, 768)
        assert inputs["noise"].shape == (1, 8, frames)
        assert inputs["breath"].shape == (1, frames, 80)
        np.testing.assert_array_equal(inputs["phone"][:, ::2], inputs["phone"][:, 1::2])


def test_frames_are_exact_over_an_hour(conversion: Conversion, window: AnalysedWindow) -> None:
    """Every window begins with a frame, and has its own number of them: nothing adds up."""
    rest = 12_345
    silence = np.zeros((SONG_RATE * 10, 2), np.float32)
    blocks = chain(repeat(silence, 360), [silence[:rest]])
    expected = 0
    lengths = set()
    for part in split(blocks, FIRST_HOP):
        assert part.start == expected
        assert part.start % SONG_FRAME == 0
        lengths.add(len(part.samples))
        expected += len(part.samples) - (0 if part.is_last else OVERLAP)
    assert expected == 3600 * SONG_RATE + rest
    assert len(lengths) == 3, "the first, the last, and all between them"
    for length in lengths:
        sung = evolve(window, vocals=np.zeros((length, 2), np.float32))
        inputs = conversion.inputs(sung, 0)
        frames = 2 * math.ceil(length / SONG_FRAME / 2)
        assert {inputs[name].shape[1] for name in ("phone", "pitch", "breath")} == {frames}


def test_a_voice_without_pitch_is_given_none(
    tmp_path: Path, content_encoder: Path, window: AnalysedWindow
) -> None:
    """It sings as long and as loud."""
    save_torch_file(random_voice(TINY, has_pitch=False), tmp_path / "voice.pth")
    add_voice(tmp_path / "boris.onnx", tmp_path / "voice.pth")
    voice = Voice.load(tmp_path / "boris.onnx", content_encoder, Hardware("cpu"))
    conversion = voice.learn_conversion(window.features)
    assert set(conversion.inputs(window, 0)) == {"phone", "noise", "speaker"}
    assert conversion.sing(window, 0).shape == window.vocals.shape


def test_the_index_pulls_vectors_to_those_of_the_voice(
    tmp_path: Path, content_encoder: Path, tiny: Path, window: AnalysedWindow
) -> None:
    """By its rate; where nobody sings, only by the share that protects consonants."""
    vectors = np.full((3, 768), 5, np.float32)
    write_index(tmp_path / "added.index", vectors[:1], [vectors])
    found = {}
    for rate in (0.0, 0.5):
        path = tmp_path / f"anna{rate}.onnx"
        add_voice(path, tiny, index=tmp_path / "added.index", index_rate=rate, protect=0.2)
        voice = Voice.load(path, content_encoder, Hardware("cpu"))
        found[rate] = voice.learn_conversion(window.features).inputs(window, 0)["phone"][0]
    own = found[0.0]
    np.testing.assert_allclose(found[0.5][100], 0.5 * 5 + 0.5 * own[100], atol=1e-5)
    np.testing.assert_allclose(found[0.5][250], 0.2 * 0.5 * 5 + 0.9 * own[250], atol=1e-5)


def test_a_network_that_is_gone_is_told(conversion: Conversion, window: AnalysedWindow) -> None:
    """With what to do, and no path: the message is for clients."""
    conversion.voice.path.write_bytes(b"nothing")
    with pytest.raises(CoverError, match=r"'anna' is damaged .* voices add --replace") as caught:
        conversion.sing(window, 0)
    assert str(conversion.voice.path) not in str(caught.value)


def test_a_content_encoder_that_is_gone_is_told(
    conversion: Conversion, window: AnalysedWindow
) -> None:
    """With what to do."""
    gone = evolve(conversion, content_encoder=conversion.content_encoder.with_name("gone.onnx"))
    with pytest.raises(CoverError, match="voiceshift setup contentvec --force"):
        gone.sing(window, 0)
