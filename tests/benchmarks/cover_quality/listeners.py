"""Judges of a voice: who it is (Resemblyzer), what is said (PocketSphinx), how high (SwiftF0).

The first two are in the extra ``quality``.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.cover_quality.installed import Unavailable
from tests.benchmarks.cover_quality.singing import frame_times
from voiceshift.local.engine.f0 import LEVEL, estimate_f0
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples, resample, to_mono

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.cover_quality.metrics import Pitches

CONFIDENCE = 0.3
"""How sure SwiftF0 must be of a pitch that counts; not the engine's own, which may change."""

HINT = 'pip install "voiceshift[quality]"'


def as_voice(song: Samples) -> Samples:
    """Return stereo at 44.1 kHz as what the judges take: mono at 16 kHz."""
    return resample(to_mono(song), SONG_RATE, VOICE_RATE)


def pitches_of(voice: Samples) -> Pitches:
    """Return the pitches of a voice (mono, 16 kHz) every 5 ms, 0 where there is none."""
    # As loud as it is: made louder, faint voices would be heard that are hidden in the song.
    return estimate_f0(voice, frame_times(voice, VOICE_RATE), CONFIDENCE, level=LEVEL)


def similarity(voice: Samples, reference: Samples) -> float:
    """Return the cosine of two voices' embeddings (mono, 16 kHz): 1 for the same.

    Raises:
        Unavailable: Resemblyzer is not installed.
    """
    return float(np.dot(embedding(voice), embedding(reference)))


def embedding(voice: Samples) -> Any:
    """Return what a voice (mono, 16 kHz) is known by: a vector of length 1.

    Raises:
        Unavailable: Resemblyzer is not installed.
    """
    encoder, preprocess = _encoder()
    return encoder.embed_utterance(preprocess(voice, source_sr=VOICE_RATE))


@cache
def _encoder() -> tuple[Any, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its dependencies use what is deprecated elsewhere
            import resemblyzer
            import torch
    except ImportError as error:
        raise Unavailable(f"Resemblyzer cannot be imported ({error}): {HINT}") from error
    torch.set_num_threads(1)  # its idle threads would spin
    return resemblyzer.VoiceEncoder("cpu", verbose=False), resemblyzer.preprocess_wav


class WordListener:
    """Tells which of some words is said.

    Args:
        words: English words; one of them it always hears.

    Raises:
        Unavailable: PocketSphinx is not installed.
    """

    def __init__(self, words: Sequence[str]) -> None:
        try:
            import pocketsphinx
        except ImportError as error:
            raise Unavailable(f"PocketSphinx cannot be imported ({error}): {HINT}") from error
        self._decoder = pocketsphinx.Decoder(samprate=VOICE_RATE, lm=None, loglevel="FATAL")
        choice = " | ".join(words)
        self._decoder.add_jsgf_string(
            "words", f"#JSGF V1.0; grammar words; public <words> = {choice};"
        )
        self._decoder.activate_search("words")

    def hear(self, voice: Samples) -> str:
        """Return the word that is said (mono, 16 kHz); an empty one if none was understood."""
        voice = np.pad(voice, VOICE_RATE // 5)  # it wants some silence around
        loudness = 0.5 / max(float(np.abs(voice).max()), 1e-9)
        self._decoder.start_utt()
        content = (voice * loudness * 32767).astype("<i2").tobytes()
        self._decoder.process_raw(content, full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return str(heard.hypstr) if heard else ""
