"""Covers by the engine, with no service between."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from attrs import field, frozen

from voiceshift.batch.folder import cover_name
from voiceshift.errors import CoverError, VoiceShiftError
from voiceshift.util.files import is_file, pasted_path
from voiceshift.util.logs import SafeLogger
from voiceshift.wire.destination import Verbatim, open_sink
from voiceshift.wire.exchange import Exchange
from voiceshift.wire.messages import AudioSegment, features_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from voiceshift.cover import Cover
    from voiceshift.local.engine import Engine, VersatileEngine
    from voiceshift.local.engine.octaves import OctaveChoice
    from voiceshift.request import CoverRequest

logger = SafeLogger("voiceshift.batch")


@frozen
class EngineBackend:
    """Makes covers by the engine.

    Attributes:
        songs: Folder whose songs can be named by their title.
        voices: Folder of voice models, beside the user's own and the demo's.
        base: The folder that paths of songs are relative to, since a worker has another.
        engine: What makes them; ``None`` takes the built-in one.
        separator: Name of the built-in engine's separator; ``None`` takes the best that is there.
    """

    songs: Path | None
    voices: Path | None
    base: Path = field(factory=Path.cwd)
    engine: Engine | VersatileEngine | None = None
    separator: str | None = None

    def name(self, request: CoverRequest) -> str:
        """See :class:`~voiceshift.batch.task.Backend`; a file that changed has another name."""
        path = Path(self._song(request))
        if not is_file(path):
            return cover_name(request)
        status = path.stat()
        version = f"{status.st_size} {status.st_mtime_ns}"
        return cover_name(request, title=path.stem, version=version)

    def make(self, request: CoverRequest, to: Path | None) -> Cover:
        """See :class:`~voiceshift.batch.task.Backend`."""
        from voiceshift.local.engine import Rendition, begin_cover
        from voiceshift.local.engine import features_of as engine_features
        from voiceshift.local.engine.ordered_map import SequentialExecutor
        from voiceshift.local.engine.pipeline import WorldEngine
        from voiceshift.local.library.song_cache import cached
        from voiceshift.local.library.songs import SongLibrary
        from voiceshift.local.library.titles import cover_title
        from voiceshift.local.library.voices import VoiceLibrary
        from voiceshift.local.limits import Limits
        from voiceshift.local.separators import load_separator

        song = SongLibrary(_folders(self.songs), allow_files=True).find(self._song(request))
        voice = VoiceLibrary(_folders(self.voices)).get(request.voice)
        engine = self.engine or WorldEngine(
            cached(load_separator(self.separator), Limits().max_cache), max_pending=1
        )
        if missing := features_of(request) - engine_features(engine):
            raise CoverError(f"this engine does not have {', '.join(sorted(missing))}")
        pitch = request.pitch
        title = cover_title(song.title, voice.name, pitch)

        def choose(octave: OctaveChoice) -> None:
            nonlocal title
            title = cover_title(song.title, voice.name, octave.pitch)

        sink = open_sink(None if to is None else Verbatim(to), request, song_file=song.path)
        with Exchange(request, sink, song_file=song.path) as exchange, _map_engine_errors():
            cover = begin_cover(
                engine,
                song.path,
                voice,
                pitch,
                SequentialExecutor(),
                rendition=Rendition(**request.options, title=lambda: title, report_octave=choose),
            )
            with _closing(cover) as chunks:
                for audio in chunks:
                    exchange.store(AudioSegment(title, len(audio), is_final=False), audio)
            return exchange.complete()

    def _song(self, request: CoverRequest) -> str:
        """What the library is asked for: an absolute path, or a title."""
        path = self.base / pasted_path(request.song)
        return str(path) if is_file(path) else request.song


def _folders(folder: Path | None) -> list[Path]:
    return [] if folder is None else [folder]


@contextmanager
def _closing(chunks: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    """End the engine's work on leaving; it is a generator, though its protocol says less."""
    with closing(cast("Generator[bytes, None, None]", chunks)):
        yield chunks


@contextmanager
def _map_engine_errors() -> Iterator[None]:
    """Make any failure of the engine an error of its cover alone."""
    try:
        yield
    except VoiceShiftError:
        raise
    except Exception as error:
        logger.exception("a cover failed")
        raise CoverError(f"the engine failed: {type(error).__name__}: {error}") from error
