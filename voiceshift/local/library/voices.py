"""The voices a cover can be sung in: listed, learned, added and removed.

They are the demo's, the user's own, and those of further folders.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from glob import escape, glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceshift.errors import CoverError, SaveError, SettingsError
from voiceshift.local import demo
from voiceshift.local.install.requirements import require_local_extra
from voiceshift.local.library.audio_files import is_audio_file
from voiceshift.local.library.titles import normalise
from voiceshift.local.workers.pool import available_cores
from voiceshift.util.files import (
    existing_file,
    expand_user,
    file_errors,
    is_file,
    is_folder,
    make_private_folder,
    safe_name,
)
from voiceshift.util.text import format_names, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from voiceshift.local.engine.onnx_sessions import Hardware
    from voiceshift.local.engine.voices import Voice
    from voiceshift.local.engine.voices.knn.voice import Voice as RecordedVoice

_APPLICATION = "voiceshift"

RECORDED, RVC, INDEX = ".npz", ".onnx", ".index"
"""Suffixes of the files of voices, and of what belongs to one."""

_learning = threading.Lock()


def user_folder() -> Path:
    """Return the folder of the user's own voices; it need not exist yet."""
    require_local_extra()
    import platformdirs

    return platformdirs.user_data_path(_APPLICATION, appauthor=False) / "voices"


class VoiceLibrary:
    """Finds voices by name.

    Of voices with the same name, one in ``folders`` comes before the user's own, and that before
    the demo's; an earlier folder comes before a later one.

    Args:
        folders: Folders with voice files (``NAME.npz``, ``NAME.onnx``), searched at every request,
            so new voices are found at once.
        provider: What the networks of voices are run on, see
            :class:`~voiceshift.local.engine.onnx_sessions.Hardware`; ``None`` leaves it open.
        workers: Processes that share the cores of this machine.

    Raises:
        SettingsError: One of ``folders`` does not exist, there is no such provider, or the
            ``local`` extra is not installed.
    """

    def __init__(
        self, folders: Sequence[Path] = (), *, provider: str | None = None, workers: int = 1
    ) -> None:
        for folder in folders:
            if not is_folder(folder):
                raise SettingsError(f"there is no folder of voices at {folder}")
        self._folders = [*folders, user_folder()]
        self._provider, self._threads = provider, max(1, available_cores() // workers)
        if provider is not None:
            self._hardware()

    def names(self) -> list[str]:
        """Return the names of all voices, sorted."""
        return sorted({*demo.VOICES, *self._files()})

    def get(self, name: str) -> Voice:
        """Return the voice called ``name``.

        Args:
            name: Its case, accents and doubled spaces only matter where names differ in nothing
                else.

        Raises:
            CoverError: There is no such voice, and the message lists those there are; or its file
                is damaged.
        """
        found, path = self._find(name)
        return _from_recording(found, path) if path in demo.VOICES.values() else self._loaded(path)

    def all(self) -> Iterator[Voice]:
        """Yield the voices in the order of their names, but for those whose file is damaged."""
        for name in self.names():
            with contextlib.suppress(CoverError):
                yield self.get(name)

    def file_of(self, name: str) -> Path:
        """Return where the voice called ``name`` is: its model, or a demo voice's recording.

        Raises:
            CoverError: There is no such voice.
        """
        return self._find(name)[1]

    def _find(self, name: str) -> tuple[str, Path]:
        # The name is only looked up and never made into a path: it comes from strangers.
        voices = {**demo.VOICES, **self._files()}
        alike = [other for other in voices if normalise(other) == normalise(name)]
        found = [name] if name in voices else alike
        if len(found) == 1:
            return found[0], voices[found[0]]
        if found:
            raise CoverError(f"several voices are called that: {format_names(sorted(found))}")
        raise CoverError(
            f"there is no voice called {quoted(name)}; the voices here are "
            f"{format_names(self.names())}"
        )

    def _loaded(self, path: Path) -> Voice:
        from voiceshift.local.engine.voices.knn.voice import Voice as RecordedVoice
        from voiceshift.local.engine.voices.rvc.voice import Voice as RvcVoice
        from voiceshift.local.install.contentvec import contentvec_path

        if path.suffix == RVC:
            return RvcVoice.load(path, contentvec_path(), self._hardware())
        return RecordedVoice.load(path)

    def _hardware(self) -> Hardware:
        from voiceshift.local.engine.onnx_sessions import AUTOMATIC, Hardware

        return Hardware(self._provider or AUTOMATIC, self._threads)

    def _files(self) -> dict[str, Path]:
        return _voice_files(reversed(self._folders))


def add_voice(
    folder: Path, name: str, recordings: Sequence[Path], *, replace: bool = False
) -> RecordedVoice:
    """Learn a voice from recordings and keep it in ``folder``.

    Args:
        folder: Where voices are kept; it is made for its owner alone if it does not exist.
        name: What to call the voice: anything that can be a file name on every system.
        recordings: Audio files of one person alone, 20 seconds or more together.
        replace: Whether a voice of that name may exist already.

    Raises:
        SettingsError: The name cannot be used or is taken, or a recording does not exist.
        CoverError: The recordings make no voice; the message says what to do.
        SaveError: The folder cannot be written to.
    """
    require_local_extra()
    from voiceshift.local.engine.voices.knn.voice import Voice

    _check_name(folder, name, replace=replace)
    for recording in recordings:
        if not is_file(recording):
            raise SettingsError(f"there is no recording at {recording}")
    voice = Voice.from_recordings(name, recordings)
    with _saving(folder):
        voice.save(folder / f"{name}{RECORDED}")
        _delete(folder, name, RVC, INDEX)
    return voice


def find_recordings(path: str) -> list[Path]:
    """Return the recordings that a user names: a file, those in a folder, or those of a pattern.

    Raises:
        SettingsError: There are none.
    """
    if is_folder(expand_user(path)):
        found = sorted(filter(is_audio_file, expand_user(path).rglob("*")))
        if not found:
            raise SettingsError(
                f"there are no recordings in the folder {quoted(path)}, and no .pth"
            )
        return found
    if escape(path) != path and not is_file(path):
        # No shell has expanded it, as on Windows. Path.glob takes no pattern from the root.
        found = sorted(filter(is_file, map(Path, glob(str(expand_user(path))))))  # noqa: PTH207
        if found:
            return found
        raise SettingsError(f"no recording matches {quoted(path)}")
    return [existing_file(path, "recording")]


def add_rvc_voice(
    folder: Path, name: str, source: Path, *, replace: bool = False, **options: Any
) -> Path:
    """Make the file of a voice of RVC in ``folder``, and return where it is.

    Args:
        folder: Where voices are kept; it is made if it does not exist.
        name: What to call the voice: anything that can be a file name on every system.
        source: A ``.pth``, or a folder or ZIP file with it.
        replace: Whether a voice of that name may exist already.
        **options: Those of :func:`~voiceshift.local.engine.voices.rvc.saved_voice.add_voice`.

    Raises:
        SettingsError: The name cannot be used or is taken, or it is no voice that can be sung with;
            the message says what to do.
        SaveError: The folder cannot be written to.
    """
    require_local_extra()
    from voiceshift.local.engine.voices.rvc.saved_voice import add_voice as make_file

    _check_name(folder, name, replace=replace)
    path = folder / f"{name}{RVC}"
    with _saving(folder):
        make_file(path, source, **options)
        _delete(folder, name, RECORDED)
    return path


def remove_voice(folder: Path, name: str) -> Path:
    """Delete the file of a voice in ``folder``, and return where it was.

    Raises:
        SettingsError: There is none of that name; the message lists those there are.
        SaveError: The file cannot be deleted.
    """
    own = _voice_files([folder])
    if name not in own:
        hint = (
            f"your own voices are {format_names(own)}" if own else "you have no voices of your own"
        )
        problem = (
            "comes with voiceshift and cannot be removed"
            if name in demo.VOICES
            else "does not exist"
        )
        raise SettingsError(f"the voice {quoted(name)} {problem}; {hint}")
    with file_errors(SaveError, f"cannot delete {own[name]}"):
        own[name].unlink()
        own[name].with_suffix(INDEX).unlink(missing_ok=True)
    return own[name]


def _voice_files(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the voice files in ``folders`` by name; later folders override earlier ones."""
    return {
        path.stem: path
        for folder in folders
        if is_folder(folder)
        for suffix in (RECORDED, RVC)
        for path in folder.glob(f"*{suffix}")
    }


@contextlib.contextmanager
def _saving(folder: Path) -> Iterator[None]:
    """Make ``folder``, and say it where it cannot be written to."""
    with file_errors(SaveError, f"cannot save a voice in {folder}"):
        make_private_folder(folder)
        yield


def _delete(folder: Path, name: str, *suffixes: str) -> None:
    """Delete what a voice of the same name but another kind has left."""
    for suffix in suffixes:
        (folder / f"{name}{suffix}").unlink(missing_ok=True)


def _check_name(folder: Path, name: str, *, replace: bool) -> None:
    if not name or name != safe_name(name, fallback=""):
        suggestion = safe_name(name, fallback="my voice")
        raise SettingsError(
            f"a voice cannot be called {quoted(name)}, because that is no valid file name on every "
            f"system; {quoted(suggestion)} would be"
        )
    if not replace:
        _check_free(folder, name)


def _check_free(folder: Path, name: str) -> None:
    """Refuse a name that is taken, also in other capitals: some file systems take both for one."""
    taken = {normalise(other): other for other in (*demo.VOICES, *_voice_files([folder]))}
    if other := taken.get(normalise(name)):
        raise SettingsError(
            f"there is a voice called {quoted(other)} already; --replace replaces it"
        )


def _from_recording(name: str, recording: Path) -> RecordedVoice:
    """Learn a voice, or load it from the cache if it was learned before."""
    with _learning:  # one at a time: who asks for the same voice meanwhile finds it in the cache
        return _learn_or_load(name, recording)


def _learn_or_load(name: str, recording: Path) -> RecordedVoice:
    from voiceshift.local.engine.voices.knn.voice import Voice

    cached = _cache_folder(recording) / f"{name}.npz"
    with contextlib.suppress(CoverError):  # not cached yet, or damaged: then it is learned again
        return Voice.load(cached)
    voice = Voice.from_recordings(name, [recording])
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, no more
        make_private_folder(cached.parent)
        voice.save(cached)
    return voice


def _cache_folder(recording: Path) -> Path:
    """Return where the voice of a recording is cached: other content, another folder."""
    import platformdirs

    from voiceshift.local.engine.voices.knn.voice import FORMAT

    content = hashlib.sha256(recording.read_bytes()).hexdigest()
    cache = platformdirs.user_cache_path(_APPLICATION, appauthor=False)
    return cache / "voices" / f"{FORMAT}-{content[:32]}"
