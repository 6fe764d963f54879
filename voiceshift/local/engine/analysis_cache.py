"""What was found in the windows of songs, kept for the next voice that sings them.

Neither the separation nor the analysis of a window depends on the voice, and together they take
half of the time or more. They are kept under the content of the window and the separator, so that
the same song is found under any name, and its parts in the whole. What is read back is what was
written, to the bit. Every process of this machine uses the same folder.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, frozen

from voiceshift.local.engine.vocoder import Features
from voiceshift.local.engine.windows import AnalysedWindow
from voiceshift.util.files import make_private_folder, open_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.windows import Window

VERSION = 1
"""Of what is kept; it changes with the analysis, so that nothing of an older one is taken."""


@frozen
class AnalysisCache:
    """A folder of files of some five megabytes, one for each window of a song.

    Where it cannot be written or read, covers are made without it.

    Attributes:
        folder: Where they are; made for its owner alone.
        max_size: Bytes of all of them; those that were used the longest time ago make room.
    """

    folder: Path
    max_size: int

    def load(self, name: str, window: Window) -> AnalysedWindow | None:
        """Return what was kept of a window, and note that it was used."""
        path = self.folder / name
        try:
            # NumPy would leave a file open that it cannot read.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                found: dict[str, Any] = dict(arrays)
            os.utime(path)
            vocals, vocals_16k = found.pop("vocals"), found.pop("vocals_16k")
            return AnalysedWindow(window, vocals, vocals_16k, Features(**found))
        except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
            return None

    def save(self, name: str, analysed: AnalysedWindow) -> None:
        """Keep a window, and remove what was used the longest time ago if there is no room."""
        arrays: dict[str, Any] = asdict(analysed.features, recurse=False)
        arrays |= {"vocals": analysed.vocals, "vocals_16k": analysed.vocals_16k}
        path = self.folder / name
        part = path.with_name(f"{name}.{os.getpid()}.part")
        with suppress(OSError):
            make_private_folder(self.folder)
            with open(part, "wb", opener=open_private) as file:
                np.savez(file, **arrays)
            part.replace(path)
            self._make_room()

    def _make_room(self) -> None:
        files = [(file, file.stat()) for file in self.folder.iterdir()]
        excess = sum(status.st_size for _, status in files) - self.max_size
        for file, status in sorted(files, key=lambda item: item[1].st_mtime_ns):
            if excess <= 0:
                return
            file.unlink(missing_ok=True)
            excess -= status.st_size


@frozen
class CachedSeparator:
    """A separator whose vocals are kept, with what is found in them.

    Attributes:
        separate: The separator.
        cache: Where they are kept.
    """

    separate: Separator
    cache: AnalysisCache

    def __call__(self, mix: Samples, rate: int) -> Samples:
        """Separate a mix."""
        return self.separate(mix, rate)

    def analysed(
        self, window: Window, analyse: Callable[[Window, Separator], AnalysedWindow]
    ) -> AnalysedWindow:
        """Return what was kept of a window, or what ``analyse`` finds in it, which is kept."""
        name = self._name(window)
        if name is None:
            return analyse(window, self.separate)
        if (kept := self.cache.load(name, window)) is not None:
            return kept
        found = analyse(window, self.separate)
        self.cache.save(name, found)
        return found

    def _name(self, window: Window) -> str | None:
        """Return the name of a window's file.

        ``None`` is for a separator that cannot be told from others, as a function inside another.
        """
        try:
            separator = pickle.dumps(self.separate)
        except (pickle.PicklingError, AttributeError, TypeError):
            return None
        digest = hashlib.blake2b(separator, digest_size=20)
        digest.update(window.samples.tobytes())
        return f"{VERSION}-{digest.hexdigest()}.npz"
