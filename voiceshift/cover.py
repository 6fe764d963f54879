"""What a script gets back: a :class:`Cover`."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from attrs import field, frozen

from voiceshift.errors import SaveError
from voiceshift.settings import DEFAULT_MAX_EMBEDDED
from voiceshift.util.files import PartFile, expand_user, is_folder, safe_name

if TYPE_CHECKING:
    from voiceshift.request import CoverRequest

__all__ = ["Cover"]


@frozen
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
        path: Where the audio was written, for a cover made with ``to=``; else ``None``.
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
    max_embedded: int = field(default=DEFAULT_MAX_EMBEDDED, repr=False, eq=False)
    _content: bytes | None = field(default=None, repr=False, alias="audio")

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

    def save(self, path: str | os.PathLike[str] | None = None, *, overwrite: bool = False) -> Path:
        """Write the audio to a file, all of it or nothing.

        Args:
            path: The file, or a folder to write into; left out, the current folder. The name in a
                folder comes from the title, the suffix from the content.
            overwrite: Replace a file that is already there.

        Returns:
            The path written.

        Raises:
            SaveError: There is already such a file, the folder does not exist, or the disk is full.
        """
        import shutil

        target = Path.cwd() if path is None else expand_user(path)
        if is_folder(target):
            target /= safe_name(self.title, fallback="cover") + self.suffix
        if os.path.lexists(target) and not overwrite:
            raise SaveError(f"{target} is already there; pass overwrite=True or another path")
        with self._open() as source, PartFile(target) as part:
            try:
                shutil.copyfileobj(source, part.file)
                part.complete()
            except OSError as error:
                raise SaveError(f"cannot write {target}: {error.strerror}") from error
        return target

    def _open(self) -> BinaryIO:
        if self._content is not None:
            return BytesIO(self._content)
        assert self.path is not None
        try:
            return self.path.open("rb")
        except OSError as error:
            raise SaveError(f"cannot read {self.path}: {error.strerror}") from error

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002 - the signature is IPython's
        from voiceshift.display.card import mime_bundle

        return mime_bundle(self)
