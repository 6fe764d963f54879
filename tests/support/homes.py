"""Homes in place of the developer's, which share the demo voices once they are learned."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OF_THE_DEVELOPER = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")

CACHES = {"linux": ".cache", "darwin": "Library/Caches"}
"""Where a home has its cache; on other systems each home learns the voices anew."""


def make_home(home: Path, learned_voices: Path) -> Path:
    """Make a home directory whose cache of demo voices is ``learned_voices``."""
    if cache := CACHES.get(sys.platform):
        (home / cache / "voiceshift").mkdir(parents=True)
        (home / cache / "voiceshift" / "voices").symlink_to(learned_voices)
    return home


def move_to(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process, and those it starts, be at home in ``home``."""
    for name in OF_THE_DEVELOPER:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
