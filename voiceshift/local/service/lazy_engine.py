"""An engine whose libraries are loaded with the first cover.

They take longer to load than all the rest of the service, and twice its memory.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from attrs import define

from voiceshift.local.engine import DEFAULT_RENDITION, FEATURES, Rendition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from voiceshift.local.engine import VersatileEngine
    from voiceshift.local.engine.octaves import Pitch
    from voiceshift.local.engine.voices import Voice


@define(slots=False)
class LazyEngine:
    """Loads an engine when it is first needed.

    Attributes:
        load: Makes the engine.
    """

    load: Callable[[], VersatileEngine]

    @cached_property
    def _engine(self) -> VersatileEngine:
        return self.load()

    @property
    def features(self) -> frozenset[str]:
        """Those of the built-in engine."""
        return FEATURES

    def cover(
        self,
        song: Path,
        voice: Voice,
        pitch: Pitch,
        executor: Executor,
        rendition: Rendition = DEFAULT_RENDITION,
    ) -> Iterator[bytes]:
        """Make one cover; see :meth:`voiceshift.local.engine.Engine.cover`."""
        return self._engine.cover(song, voice, pitch, executor, rendition)
