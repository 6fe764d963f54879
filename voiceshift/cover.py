"""What a script gets back: a :class:`Cover`."""

from __future__ import annotations

import os
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from attrs import field, frozen

from voiceshift.errors import CoverError, SaveError, SettingsError
from voiceshift.request import CoverRequest
from voiceshift.util.audio_format import MAX_EMBEDDED, MediaType, misnames
from voiceshift.util.files import (
    absolute,
    check_path,
    expand_user,
    file_errors,
    is_same_file,
    is_stream,
    make_folder,
    names_folder,
    safe_name,
    writing,
)
from voiceshift.util.part_file import PartFile
from voiceshift.util.text import size_text

__all__ = ["Cover", "name_for", "refuse_song"]


@frozen(repr=False)
class Cover:
    """A cover, or with ``complete=False`` what arrived of one.

    Attributes:
        request: What was asked for.
        title: Title with voice and pitch, in the service's words.
        segments: Number of messages it came in.
        size: Length of the audio file, in bytes.
        complete: Whether the final segment arrived.
        elapsed: Seconds from the call to the end.
        media_type: MIME type recognised from the content, such as ``audio/ogg``.
        suffix: File suffix that goes with it, such as ``.ogg``.
        path: Where the audio was written, for a cover made with ``to=``; else ``None``. What was
            written to a pipe or device cannot be had again.
        max_embedded: Size, in bytes, up to which a notebook shows a player; from the settings.
    """

    request: CoverRequest
    title: str
    segments: int
    size: int
    complete: bool
    elapsed: float
    media_type: str
    suffix: str
    path: Path | None = None
    max_embedded: int = field(default=MAX_EMBEDDED, repr=False, eq=False)
    _content: bytes | None = field(default=None, repr=False, alias="audio")
    _song_file: Path | None = field(default=None, repr=False, eq=False, alias="song_file")

    @property
    def audio(self) -> bytes:
        """The audio file's bytes; for a cover made with ``to=``, read from there.

        Raises:
            SaveError: The file is not there any more, or cannot be read.
        """
        if self._content is not None:
            return self._content
        with self._open() as file:
            return file.read()

    @property
    def duration(self) -> float | None:
        """How long it plays, in seconds; ``None`` where nothing here can decode it.

        It is measured each time, in a process of its own. With the extra ``local`` that works with
        all formats that libsndfile reads, without it with WAV.
        """
        from voiceshift.display.waveform import measure

        if not self.size or (self.path is not None and is_stream(self.path)):
            return None
        waveform = measure(self.audio if self.path is None else self.path)
        return None if waveform is None else waveform.seconds

    def play(self) -> None:
        """Play it to its end, with a player that is installed here; on Windows only begin to.

        In a notebook a cover as the last line of a cell shows a player instead.

        Raises:
            SaveError: There is no player for it, or it cannot be read.
        """
        from voiceshift.display.player import play

        if self.path is not None and not is_stream(self.path):
            play(self.path)
            return
        with tempfile.TemporaryDirectory() as folder:
            play(self.save(Path(folder) / f"cover{self.suffix}"))

    def save(self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = True) -> Path:
        """Write the audio to a file, all of it or nothing.

        Args:
            path: The file, or a folder to write into, which is there or whose path ends in ``/``;
                left out, the current folder. The name in a folder comes from the title, the suffix
                from the content, with a number where another file has that name. A pipe or device
                is written to. Where the suffix is that of another format, the audio is encoded
                again, which needs the extra ``local``; its tags stay. Otherwise its bytes are the
                service's.
            overwrite: Whether a file of the name that ``path`` gives is replaced.

        Returns:
            The path written.

        Raises:
            SettingsError: ``path`` is not a path, such as a file that is open; or it is the file of
                the song itself, which is never written to.
            SaveError: There is already such a file and ``overwrite`` is off, its folder does not
                exist, or the disk is full; or it is of another format and cannot be encoded again.
        """
        if path is None:
            return self.save(absolute(Path()))
        check_path(path, "path")
        if names_folder(path):
            folder = make_folder(expand_user(path))
            return folder / self._write(folder / name_for(self.title, self.suffix), is_ours=True)
        target = expand_user(path)
        refuse_song(target, self._song_file or Path(self.request.song))
        if is_stream(target):
            with writing(target), target.open("wb") as stream:
                self._copy_to(stream, target)
        else:
            self._write(target, overwrite=overwrite)
        return target

    def _write(self, target: Path, *, is_ours: bool = False, overwrite: bool = True) -> str:
        """Write a file; with ``is_ours`` under the next free name. Returns its name."""
        with PartFile(target, overwrite=overwrite or is_ours) as part:
            self._copy_to(part.file, target)
            with writing(target):
                if is_ours:
                    part.complete_as(target.name)
                else:
                    part.complete()
            return part.path.name

    def _copy_to(self, file: BinaryIO, target: Path) -> None:
        import shutil

        suffix = target.suffix.lower()
        with self._open() as source, writing(target):
            if misnames(suffix, MediaType(self.media_type, self.suffix)):
                self._encode_again(source, file, suffix)
            else:
                shutil.copyfileobj(source, file)

    def _encode_again(self, source: BinaryIO, file: BinaryIO, suffix: str) -> None:
        """Write the audio in the format of a suffix."""
        from voiceshift.local.install.requirements import require_local_extra

        try:
            require_local_extra()
            from voiceshift.local.engine.recoding import encode_again

            encode_again(source, file, suffix, title=self.title, voice=self.request.voice)
        except (SettingsError, CoverError) as error:
            raise SaveError(
                f"the cover is {self.media_type} and cannot be encoded again as {suffix}: {error}; "
                f"or save it under a name that ends in {self.suffix}"
            ) from error

    def _open(self) -> BinaryIO:
        if self._content is not None:
            return BytesIO(self._content)
        assert self.path is not None
        if is_stream(self.path):
            raise SaveError(f"cannot read {self.path}: it is not a file, and keeps nothing")
        with file_errors(SaveError, f"cannot read {self.path}"):
            return self.path.open("rb")

    def __repr__(self) -> str:
        place = "in memory" if self.path is None else f"in {self.path}"
        state = "" if self.complete else ", incomplete"
        return f"<Cover {self.title!r}, {size_text(self.size)} of {self.media_type} {place}{state}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002 - the signature is IPython's
        from voiceshift.display.card import mime_bundle

        return mime_bundle(self)

    def _repr_html_(self) -> str:
        return str(self._repr_mimebundle_()["text/html"])  # what some web apps ask for


def name_for(title: str, suffix: str) -> str:
    """A file's name made of a cover's title, which the service controls."""
    return safe_name(title, fallback="cover") + suffix


def refuse_song(target: Path, song: Path | None) -> None:
    """Refuse to write to the file that the song is read from.

    Raises:
        SettingsError: ``target`` is that file, by whatever name or link.
    """
    if song is not None and is_same_file(target, song):
        raise SettingsError(f"{target} is the song itself, which is never written to")
