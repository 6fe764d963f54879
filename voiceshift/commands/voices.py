"""``voiceshift voices``: the voices of this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

__all__ = ["add_parser", "run", "voice_names"]


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = subparsers.add_parser("voices", help="list the voices of the embedded service")
    parser.set_defaults(run=run)
    parser.add_argument("--voices", metavar="DIR", help="folder of further voice models")
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(options: argparse.Namespace) -> None:
    """List the voices of the embedded service."""
    names = voice_names(options.voices)
    print(json.dumps(names) if options.json else "\n".join(names))


def voice_names(folder: str | None) -> list[str]:
    """Names of the voices there are, with those of a further ``folder``."""
    from voiceshift.local.extra import require_local_extra
    from voiceshift.local.voices import VoiceLibrary

    require_local_extra()
    return VoiceLibrary([] if folder is None else [Path(folder)]).names()
