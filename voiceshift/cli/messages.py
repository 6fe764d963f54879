"""What the command tells its user beside the results."""

from __future__ import annotations

import sys

__all__ = ["notice", "warn_about_fallback"]


def notice(text: str) -> None:
    """Print something that is not a result, on standard error."""
    print(f"voiceshift: {text}", file=sys.stderr)


def warn_about_fallback(separator: str | None) -> None:
    """Say what it means that ``voiceshift setup`` has not been run, where that matters."""
    from voiceshift.local.separators import FALLBACK_WARNING, uses_fallback

    if uses_fallback(separator):
        notice(FALLBACK_WARNING)
