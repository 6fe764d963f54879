"""The engine: a song, a voice and a pitch in, the encoded cover out.

It knows nothing of sockets, requests or queues. One step, one module, in the order of the work::

    audio        a file to blocks of stereo samples: channels, and ffmpeg for foreign formats
    windows      blocks to overlapping windows, and windows joined again
    stft         samples to spectra, and spectra to samples
    separation   a window to the vocals in it; a package of its own
    pitch        vocals to their fundamental frequency
    vocoder      vocals to spectral features, and features to sound (WORLD)
    vocal_tract  spectra to those of a longer or shorter one
    sounds       frames to the nearest that a voice has
    conversion   the singer's features to those of the voice
    loudness     how loud a sound is to ears
    filtering    vocals in another colour, at their own pitch
    limiter      peaks turned down before they clip
    tasks        all of that, done to one window: what runs on an executor
    parallel     tasks side by side, their results in order
    pipeline     the whole song, window by window
    encoding     samples to one growing Ogg Vorbis stream

:mod:`~voiceshift.local.engine.voice` is the model of a voice, learned from
:mod:`~voiceshift.local.engine.recordings` without their :mod:`~voiceshift.local.engine.pauses`.
Importing this package is cheap; numpy and the audio
libraries are loaded when a cover starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voice import Voice

__all__ = ["Engine", "WorldEngine"]


class Engine(Protocol):
    """What the service needs of whoever makes the covers."""

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """Make one cover.

        Args:
            song: An audio file.
            voice: Who is to sing.
            pitch: Octaves by which the voice moves; the accompaniment stays.
            executor: Where the work may be done: what is submitted to it can be pickled.

        Yields:
            Encoded audio, as it is made. The chunks joined byte by byte are one valid file of the
            song's length. Closing the iterator ends the work.

        Raises:
            CoverError: The song cannot be covered; the message is fit for strangers.
        """
        ...


@attrs.frozen
class WorldEngine:
    """Moves the tone colour of the singing towards a voice, by the WORLD vocoder.

    Melody and timing are kept. The result resembles the voice, it is not a clone of it. The covers
    are Ogg Vorbis, stereo, 44.1 kHz. The same song, voice and pitch always give the same samples.

    Attributes:
        separate: Finds the vocals in the mix; see
            :func:`~voiceshift.local.separators.load_separator`. To be used in other processes it
            must be picklable, as functions of a module are.
        max_duration: Longest song that is taken, in seconds; ``None`` is no limit.
        ahead: Windows of a cover that may be under way on an executor at the same time; one more
            than it has workers keeps all of them at work. Each takes some 10 MB.
    """

    separate: Separator
    max_duration: float | None = None
    ahead: int = 5

    def cover(
        self, song: Path, voice: Voice, pitch: int, executor: Executor | None = None
    ) -> Generator[bytes, None, None]:
        """Make one cover; see :meth:`Engine.cover`.

        Without an ``executor`` all is done in the calling thread, whenever a chunk is asked for.
        """
        from voiceshift.local.engine.ordered_map import AtOnce
        from voiceshift.local.engine.pipeline import Pipeline

        pipeline = Pipeline(
            voice,
            pitch,
            separate=self.separate,
            executor=executor or AtOnce(),
            ahead=self.ahead if executor else 1,
        )
        return pipeline.cover(song, self.max_duration)
