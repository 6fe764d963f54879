"""A window of a song sung by a voice of RVC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from voiceshift.local.engine.onnx_sessions import Hardware, open_session, run
from voiceshift.local.engine.samples import VOICE_RATE
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND as F0_RATE
from voiceshift.local.engine.voices.rvc import features
from voiceshift.local.engine.voices.rvc.features import FRAMES_PER_SECOND
from voiceshift.local.engine.voices.rvc.mixing import SONG_FRAME, heard_frames, placed

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    import numpy.typing as npt

    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Frames
    from voiceshift.local.engine.voices.rvc.faiss_index import Vectors
    from voiceshift.local.engine.voices.rvc.saved_voice import SavedVoice
    from voiceshift.local.engine.windows import AnalysedWindow

VOICE_FRAME = VOICE_RATE // FRAMES_PER_SECOND

EXTRA = 80
"""Samples beyond the last frame with which the content encoder gives a vector for every two."""

UNVOICED = 1.0
"""Hertz below which a frame is protected from the index."""


@frozen(eq=False)
class Conversion:
    """What sings a song in a voice; see :mod:`voiceshift.local.engine.voices`.

    It holds no more than where the networks are, so it is cheap to send to other processes.

    Attributes:
        voice: The voice.
        content_encoder: The file that ``voiceshift setup contentvec`` made.
        hardware: What the networks are run on.
    """

    voice: SavedVoice
    content_encoder: Path
    hardware: Hardware

    def sing(self, window: AnalysedWindow, pitch: float) -> Samples:
        """See :meth:`voiceshift.local.engine.voices.Conversion.sing`."""
        heard = heard_frames(window)
        inputs = self.inputs(window, pitch) | {"part": np.array([heard.start, heard.stop])}
        session = open_session(self.voice.path, self.hardware, self.voice.damaged)
        sound = run(session, "audio", inputs)[0, 0]
        return placed(sound, self.voice.sample_rate, heard, window)

    def inputs(self, window: AnalysedWindow, pitch: float) -> dict[str, npt.NDArray[Any]]:
        """Return what the voice's network is told of a window, by the names of its inputs.

        Args:
            window: The window.
            pitch: Octaves by which the singing moves.
        """
        frames = -(-len(window.vocals) // SONG_FRAME)
        frames += frames % 2  # each vector of the content encoder is for two
        first = window.window.start // SONG_FRAME
        f0 = _f0(window, frames) * 2.0**pitch
        inputs: dict[str, npt.NDArray[Any]] = {
            "phone": self._vectors(window.vocals_16k, f0)[None],
            "noise": features.noise(first, frames, self.voice.latent).T[None],
            "speaker": np.zeros(1, np.int64),
        }
        if self.voice.has_pitch:
            samples = self.voice.sample_rate // FRAMES_PER_SECOND
            inputs["pitch"] = features.pitch_steps(f0)[None]
            inputs["pitchf"] = f0.astype(np.float32)[None]
            inputs["phase"] = features.phases(f0).astype(np.float32)[None]
            inputs["breath"] = features.breath(first, frames, samples)[None]
        return inputs

    def _vectors(self, vocals: Samples, f0: Frames) -> Vectors:
        """Return the vector of the content encoder for each frame, changed by the index."""
        frames = len(f0)
        samples = np.zeros(frames * VOICE_FRAME + EXTRA, np.float32)
        filtered = features.high_pass(vocals, VOICE_RATE)[: len(samples)]
        samples[: len(filtered)] = filtered
        session = open_session(self.content_encoder, self.hardware, DAMAGED)
        own = run(session, self.voice.version, {"samples": samples[None]})[0]
        index, rate = self.voice.index(), self.voice.index_rate
        if index is None or not rate:
            return np.repeat(own, 2, axis=0)
        mixed = np.repeat(rate * index.find(own) + (1 - rate) * own, 2, axis=0)
        share = np.where(f0 < UNVOICED, self.voice.unvoiced_share, 1.0)[:, None]
        return np.asarray(share * mixed + (1 - share) * np.repeat(own, 2, axis=0), np.float32)


DAMAGED = (
    "the content encoder cannot be read on the machine that makes the cover; "
    "voiceshift setup contentvec --force makes it again"
)
"""What is said where the network of ContentVec is missing or damaged."""


def _f0(window: AnalysedWindow, frames: int) -> Frames:
    """Return the F0 at the beginning of each frame; unvoiced beyond the end of the window."""
    f0 = window.features.f0[:: F0_RATE // FRAMES_PER_SECOND][:frames]
    return np.pad(f0, (0, frames - len(f0)))
