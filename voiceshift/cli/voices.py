"""``voiceshift voices``: the voices of this machine, listed, shown, added and removed."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from voiceshift.cli.messages import notice, result
from voiceshift.cli.options import add_command
from voiceshift.util.files import existing_folder, expand_user

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voiceshift.local import Voice
    from voiceshift.local.library.voices import VoiceLibrary

__all__ = ["add_parser", "run", "voice_names"]


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "voices",
        run,
        summary="list, show, add or remove the voices of the embedded service",
        description="The voices of the embedded service. Without an ACTION they are listed.",
        examples=(
            "voiceshift voices",
            "voiceshift voices add anna reading.wav singing.flac",
            "voiceshift voices show anna --json",
        ),
    )
    _add_options(parser, voices=None, json=False)
    parser.set_defaults(action=_list)
    actions = parser.add_subparsers(metavar="ACTION")
    _add_action(actions, "list", _list, "list them by name")
    show = _add_action(actions, "show", _show, "show what is known about one")
    show.add_argument("name", metavar="NAME")
    add = _add_action(actions, "add", _add, "add one made from recordings")
    add.add_argument("name", metavar="NAME", help="what to call it")
    add.add_argument(
        "recordings",
        metavar="FILE",
        nargs="+",
        help="recordings of one person alone, or a folder of them, 20 seconds or more together; a "
        "minute is better",
    )
    add.add_argument("--replace", action="store_true", help="replace one of that name")
    remove = _add_action(actions, "remove", _remove, "delete one of your own")
    remove.add_argument("name", metavar="NAME")


def run(options: argparse.Namespace) -> None:
    """Do what is asked for."""
    from voiceshift.local.install.requirements import require_local_extra

    require_local_extra()
    options.action(options)


def voice_names(folder: str | None) -> list[str]:
    """Names of the voices there are, with those of a further ``folder``."""
    return _library(folder).names()


def _library(folder: str | None) -> VoiceLibrary:
    from voiceshift.local.install.requirements import require_local_extra
    from voiceshift.local.library.voices import VoiceLibrary

    require_local_extra()
    return VoiceLibrary([] if folder is None else [existing_folder(folder, "voices")])


def _add_action(
    actions: Any, name: str, action: Callable[[argparse.Namespace], None], text: str
) -> Any:
    parser = actions.add_parser(name, help=text)
    # Given before the action they hold too: an action has no default that would undo them.
    _add_options(parser, voices=argparse.SUPPRESS, json=argparse.SUPPRESS)
    parser.set_defaults(action=action)
    return parser


def _add_options(parser: argparse.ArgumentParser, **defaults: Any) -> None:
    parser.add_argument(
        "--voices",
        metavar="DIR",
        default=defaults["voices"],
        help="folder of further voices, which add and remove then work on instead of your own",
    )
    parser.add_argument("--json", action="store_true", default=defaults["json"], help="print JSON")


def _list(options: argparse.Namespace) -> None:
    names = voice_names(options.voices)
    result(json.dumps(names) if options.json else "\n".join(names))


def _show(options: argparse.Namespace) -> None:
    library = _library(options.voices)
    _print(library.get(options.name), library.file_of(options.name), options)


def _add(options: argparse.Namespace) -> None:
    from voiceshift.local.library.voices import add_voice, find_recordings

    notice("add only voices you have permission to use")
    recordings = [file for path in options.recordings for file in find_recordings(path)]
    voice = add_voice(_folder(options), options.name, recordings, replace=options.replace)
    _print(voice, _folder(options) / f"{voice.name}.npz", options)


def _remove(options: argparse.Namespace) -> None:
    from voiceshift.local.library.voices import remove_voice

    if options.voices is not None:
        existing_folder(options.voices, "voices")
    path = remove_voice(_folder(options), options.name)
    result(json.dumps({"removed": str(path)}) if options.json else f"removed {path}")


def _folder(options: argparse.Namespace) -> Path:
    from voiceshift.local.library.voices import user_folder

    return user_folder() if options.voices is None else expand_user(options.voices)


def _print(voice: Voice, path: Path, options: argparse.Namespace) -> None:
    facts = {
        "name": voice.name,
        "seconds": round(voice.seconds, 1),
        "voiced": round(float(voice.features.voiced.mean()), 3),
        "median_f0": round(voice.median_f0, 1),
        "path": str(path),
    }
    if options.json:
        result(json.dumps(facts))
        return
    result(
        f"{voice.name}: {voice.seconds:.0f} s of audio, {facts['voiced']:.0%} of it voiced, "
        f"mostly at {voice.median_f0:.0f} Hz\n{path}"
    )
