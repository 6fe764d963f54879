"""The folder of a batch: its covers and the record of them, for one batch at a time."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voiceshift.batch.cover_files import UNNAMED, attach_partial, complete_file, cover_in
from voiceshift.batch.manifest import Manifest
from voiceshift.batch.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.errors import WorkerLost
    from voiceshift.messages import CoverRequest

__all__ = ["CoverFolder"]

logger = logging.getLogger("voiceshift.batch")

MANIFEST = "manifest.jsonl"


class CoverFolder:
    """Where a batch writes its covers, and the record of them.

    Args:
        path: The folder.
        manifest: Its record.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self._path = path
        self._manifest = manifest

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[CoverFolder]:
        """The folder at ``path``, as long as no other batch can write into it.

        Raises:
            SettingsError: Another batch does just now, or nobody can.
        """
        with Manifest(path / MANIFEST) as manifest:
            yield cls(path, manifest)

    def target(self, name: str) -> Path:
        """Where a worker is to write the cover of that name."""
        return self._path / f"{name}{UNNAMED}"

    def completed(self, name: str, request: CoverRequest) -> Outcome | None:
        """The outcome of a request whose cover lies here complete; ``None`` where it does not.

        Raises:
            SaveError: It had to be named, or put on record, and could not be.
        """
        path = complete_file(self.target(name))
        if path is None:
            return None
        details = self._manifest.details(name)
        outcome = Outcome(request, cover_in(path, request, details), resumed=True)
        if not details:  # the run that completed it ended before it could
            self.record(name, outcome)
        return outcome

    def attach_partial(self, error: WorkerLost, name: str, request: CoverRequest) -> None:
        """Hand what a lost worker left to the error that tells of it."""
        attach_partial(error, self.target(name), request)

    def record(self, name: str, outcome: Outcome) -> None:
        """Put on record what became of a request; see :meth:`Manifest.record`."""
        self._manifest.record(name, outcome)

    def tell_what_is_left_over(self) -> None:
        """Log how many covers lie here that no request asked for, as where one was changed."""
        if count := self._manifest.not_asked_for():
            logger.info("%d covers in %s belong to none of these requests", count, self._path)
