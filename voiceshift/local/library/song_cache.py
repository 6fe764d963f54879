"""Where what was found in songs is kept for the next voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceshift.local.engine.separation import Separator


def cached(separate: Separator, max_size: int) -> Separator:
    """Return a separator that keeps what it found in the user's cache folder.

    Args:
        separate: The separator.
        max_size: Bytes that may be kept; 0 keeps nothing.
    """
    if not max_size:
        return separate
    import platformdirs

    from voiceshift.local.engine.analysis_cache import AnalysisCache, CachedSeparator

    folder = platformdirs.user_cache_path("voiceshift", appauthor=False) / "songs"
    return CachedSeparator(separate, AnalysisCache(folder, max_size))
