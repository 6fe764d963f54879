"""The engine: a song, a voice and a pitch in, the encoded cover out.

It knows nothing of sockets, requests or queues. In the order of reading::

    pipeline      the whole song, window by window: begin here
    reader        a file to blocks of stereo samples, by sndfile or ffmpeg
    sndfile       what libsndfile decodes, MP3 in a process; headers that mislead it, by headers
    ffmpeg        what the system's FFmpeg decodes, and says of it (ffmpeg_messages)
    samples       what samples are: rates and channels
    windows       blocks to overlapping windows, and windows joined again
    window_tasks  what is done to one window, on an executor: vocals analysed and converted
    analysis_cache what was found in windows, kept for the next voice
    ordered_map   tasks side by side, their results in order
    separation    the vocals in a mix; a package of its own
    stft          samples to spectra, and spectra to samples
    downmix       vocals in stereo as mono, whatever their phases
    f0            vocals to their fundamental frequency
    octaves       the octave in which a song lies nearest to a voice
    vocoder       vocals to features, and features to sound (WORLD)
    voices        voices to sing in, by kind; a package of its own
    loudness      how loud sounds are to ears
    limiter       peaks turned down before they clip
    encoding      samples to one growing file, in any of the formats
    recoding      finished covers in another format
    mp3_tags      what stands before the sound in an MP3 file
    mix           voice and accompaniment at levels of their own
    transposition accompaniment in another key
    part          a part of a song
    marks         what every cover's file says of itself

Importing this package is cheap; numpy and the audio libraries are loaded with the modules.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from typing_extensions import Unpack

    from voiceshift.local.engine.octaves import OctaveChoice, Pitch
    from voiceshift.local.engine.voices import Voice

# ONNX Runtime from 1.32 on reports its use over the network, and keeps a database of it in the
# user's home, unless it is told not to before its first import. A cover on one's own machine is
# nobody else's business.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


class Engine(Protocol):
    """Makes the covers of a service."""

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """Make one cover.

        Args:
            song: An audio file.
            voice: The voice to sing in.
            pitch: Octaves by which the voice moves; the accompaniment stays.
            executor: Where the work may be done: what is submitted to it can be pickled.

        Yields:
            Encoded audio, as it is made. The chunks joined byte by byte are one valid file of the
            song's length. Closing the iterator ends the work.

        Raises:
            CoverError: The song cannot be covered; the message is fit for strangers.
        """
        ...


FEATURES = frozenset({"auto", "format", "key", "part", "mix"})
"""What the built-in engine can do beyond the documented protocol, by the names of the page
"Protocol" of the documentation."""


@frozen
class Rendition:
    """How a cover is rendered, beside song, voice and pitch.

    Attributes:
        title: Gives the cover's title for the tags of its file, when the file begins; ``None``
            takes the song's file name.
        format: ``ogg``, ``opus``, ``mp3``, ``flac`` or ``wav``.
        key: Semitones by which voice and accompaniment are moved.
        start: Seconds of the song that are left out before the cover begins.
        length: Seconds of the cover; ``None`` is up to the song's end.
        vocals: Level of the voice in decibels; ``None`` leaves it out.
        accompaniment: The same for everything else.
        report: Called with the share that is made, from 0 to 1, as it grows; ``None`` where nobody
            wants to know.
        report_octave: Called with the octave that is sung in, once it is known; likewise.
        warn: Called with what is wrong with the song, in words; ``None`` has it logged.
    """

    title: Callable[[], str] | None = None
    format: str = "ogg"
    key: int = 0
    start: float = 0.0
    length: float | None = None
    vocals: float | None = 0.0
    accompaniment: float | None = 0.0
    report: Callable[[float], object] | None = None
    report_octave: Callable[[OctaveChoice], object] | None = None
    warn: Callable[[str], object] | None = None


DEFAULT_RENDITION = Rendition()
"""The one of a request without options."""


@runtime_checkable
class VersatileEngine(Protocol):
    """An engine that can do more than the documented protocol asks for."""

    @property
    def features(self) -> frozenset[str]:
        """As :data:`FEATURES`."""
        ...

    def cover(
        self,
        song: Path,
        voice: Voice,
        pitch: Pitch,
        executor: Executor,
        rendition: Rendition = ...,
        /,
    ) -> Iterator[bytes]:
        """Make one cover; see :meth:`Engine.cover`."""
        ...


def features_of(engine: Engine | VersatileEngine) -> frozenset[str]:
    """Return what an engine can do beyond the documented protocol."""
    return engine.features if isinstance(engine, VersatileEngine) else frozenset()


def begin_cover(
    engine: Engine | VersatileEngine,
    *song_to_executor: Unpack[tuple[Path, Voice, Pitch, Executor]],
    rendition: Rendition,
) -> Iterator[bytes]:
    """Make one cover by an engine of either kind; see :meth:`Engine.cover`."""
    if isinstance(engine, VersatileEngine):
        return engine.cover(*song_to_executor, rendition)
    song, voice, pitch, executor = song_to_executor
    assert pitch != "auto"  # a feature that such an engine does not have
    return engine.cover(song, voice, pitch, executor)
