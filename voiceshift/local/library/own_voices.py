"""A user's own voices: learned from recordings and kept as files in a folder, or taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceshift.errors import SaveError, SettingsError
from voiceshift.local import demo
from voiceshift.local.install.requirements import require_local_extra
from voiceshift.local.library.titles import simplified
from voiceshift.util.files import file_errors, is_file, is_folder, safe_name
from voiceshift.util.text import format_names, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voiceshift.local.engine.voice import Voice

__all__ = ["add_voice", "remove_voice"]


def add_voice(
    folder: Path, name: str, recordings: Sequence[Path], *, replace: bool = False
) -> Voice:
    """Learn a voice from recordings and keep it in ``folder``.

    Args:
        folder: Where voices are kept; it is made if it is not there.
        name: What to call the voice: anything that can be a file's name on every system.
        recordings: Audio files of one person alone, 20 seconds or more together.
        replace: Whether a voice of that name may be there already.

    Raises:
        SettingsError: The name cannot be used or is taken, or a recording is not there.
        CoverError: The recordings make no voice; the message says what to do.
        SaveError: The folder cannot be written.
    """
    require_local_extra()
    from voiceshift.local.engine.voice import Voice

    _check_name(name)
    _check_free(folder, name, replace=replace)
    for recording in recordings:
        if not is_file(recording):
            raise SettingsError(f"there is no recording at {recording}")
    voice = Voice.from_recordings(name, recordings)
    with file_errors(SaveError, f"cannot keep a voice in {folder}"):
        folder.mkdir(parents=True, exist_ok=True)
        voice.save(folder / f"{name}.npz")
    return voice


def remove_voice(folder: Path, name: str) -> Path:
    """Delete the file of a voice in ``folder``, and return where it was.

    Raises:
        SettingsError: There is none of that name; the message lists those there are.
        SaveError: The file cannot be deleted.
    """
    own = _files(folder)
    if name not in own:
        hint = f"your own are {format_names(own)}" if own else "there are none of your own"
        origin = "comes with voiceshift and stays" if name in demo.VOICES else "is not there"
        raise SettingsError(f"the voice {quoted(name)} {origin}; {hint}")
    with file_errors(SaveError, f"cannot delete {own[name]}"):
        own[name].unlink()
    return own[name]


def _check_name(name: str) -> None:
    if not name or name != safe_name(name, fallback=""):
        likely = safe_name(name, fallback="my voice")
        raise SettingsError(
            f"a voice cannot be called {quoted(name)}, since a file cannot be everywhere; "
            f"{quoted(likely)} would do"
        )


def _check_free(folder: Path, name: str, *, replace: bool) -> None:
    """Refuse a name that is taken, also where file systems take capitals for small letters."""
    taken = {simplified(other): other for other in (*demo.VOICES, *_files(folder))}
    other = taken.get(simplified(name))
    if other is not None and not replace:
        raise SettingsError(
            f"there is a voice called {quoted(other)} already; --replace puts the new one in its "
            "place"
        )


def _files(folder: Path) -> dict[str, Path]:
    """Return the voices in ``folder``; none if it is not there."""
    return {path.stem: path for path in folder.glob("*.npz")} if is_folder(folder) else {}
