"""The voices a cover can be sung in: the demo's, the user's own, and those of further folders."""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

from voiceshift.errors import CoverError, SettingsError
from voiceshift.local import demo
from voiceshift.local.install.requirements import require_local_extra
from voiceshift.util.files import is_folder
from voiceshift.util.text import format_names, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voiceshift.local.engine.voice import Voice

__all__ = ["VoiceLibrary", "user_folder"]

_APPLICATION = "voiceshift"


def user_folder() -> Path:
    """Return the folder of the user's own voices; it need not exist yet."""
    require_local_extra()
    import platformdirs

    return platformdirs.user_data_path(_APPLICATION, appauthor=False) / "voices"


class VoiceLibrary:
    """Finds voices by name.

    Of voices of one name, one in ``folders`` comes before the user's own, and that before the
    demo's; an earlier folder comes before a later one.

    Args:
        folders: Folders with voice files (``NAME.npz``), searched at every request, so new voices
            are found at once.

    Raises:
        SettingsError: One of ``folders`` is not there, or the ``local`` extra is not installed.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        for folder in folders:
            if not is_folder(folder):
                raise SettingsError(f"there is no folder of voices at {folder}")
        self._folders = [*folders, user_folder()]

    def names(self) -> list[str]:
        """Return the names of all voices, sorted."""
        return sorted({*demo.VOICES, *self._files()})

    def get(self, name: str) -> Voice:
        """Return the voice called ``name``.

        Raises:
            CoverError: There is no such voice, the message lists those there are; or its file is
                damaged.
        """
        from voiceshift.local.engine.voice import Voice

        # The name is only looked up, never made into a path: it comes from strangers.
        if path := self._files().get(name):
            return Voice.load(path)
        if name in demo.VOICES:
            return _from_recording(name, demo.VOICES[name])
        raise CoverError(
            f"there is no voice called {quoted(name)}; the voices here are "
            f"{format_names(self.names())}"
        )

    def file_of(self, name: str) -> Path:
        """Return where the voice called ``name`` is: its model, or a demo voice's recording."""
        return {**demo.VOICES, **self._files()}[name]

    def _files(self) -> dict[str, Path]:
        """Return the voice files by name."""
        paths = [path for folder in reversed(self._folders) for path in folder.glob("*.npz")]
        return {path.stem: path for path in paths}


def _from_recording(name: str, recording: Path) -> Voice:
    """Learn a voice, or take it from the cache if it was learned before."""
    from voiceshift.local.engine.voice import Voice

    cached = _cache_folder(recording) / f"{name}.npz"
    with contextlib.suppress(CoverError):  # not there yet, or damaged: then it is made anew
        return Voice.load(cached)
    voice = Voice.from_recordings(name, [recording])
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, no more
        cached.parent.mkdir(parents=True, exist_ok=True)
        voice.save(cached)
    return voice


def _cache_folder(recording: Path) -> Path:
    """Return where the voice of a recording is kept: another recording, another folder."""
    import platformdirs

    from voiceshift.local.engine.voice import FORMAT

    content = hashlib.sha256(recording.read_bytes()).hexdigest()
    cache = platformdirs.user_cache_path(_APPLICATION, appauthor=False)
    return cache / "voices" / f"{FORMAT}-{content[:32]}"
