"""``voiceshift voices``: the voices of this machine, listed, shown, added and removed."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from attrs import asdict

from voiceshift.cli.messages import notice, result
from voiceshift.cli.options import add_command, add_token_options, token_from
from voiceshift.client import Client
from voiceshift.errors import SettingsError
from voiceshift.util.files import existing_file, existing_folder, expand_user
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voiceshift.local.engine.voices import Voice
    from voiceshift.local.library.voices import VoiceLibrary


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
            "voiceshift voices add boris model.pth --index added.index",
            "voiceshift voices show anna --json",
            "voiceshift voices --uri ws://192.168.0.2:8765 --token-file token.txt",
        ),
    )
    _add_options(parser, voices=None, json=False)
    parser.add_argument("--uri", help="list those of the service at this URL instead")
    add_token_options(parser)
    parser.set_defaults(action=_list)
    actions = parser.add_subparsers(metavar="ACTION")
    _add_action(actions, "list", _list, "list them by name")
    show = _add_action(actions, "show", _show, "show what is known about one")
    show.add_argument("name", metavar="NAME")
    _add_add(actions)
    remove = _add_action(actions, "remove", _remove, "delete one of your own")
    remove.add_argument("name", metavar="NAME")


def _add_add(actions: Any) -> None:
    add = _add_action(actions, "add", _add, "learn one from recordings, or add one of RVC")
    add.add_argument("name", metavar="NAME", help="what to call it")
    add.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="recordings of one person alone, or a folder of them, 20 seconds or more together, of "
        "which a minute is better; or one voice of RVC: a .pth, or a ZIP file or folder with it",
    )
    add.add_argument("--replace", action="store_true", help="in place of one of that name")
    rvc = add.add_argument_group("voices of RVC")
    rvc.add_argument("--index", metavar="FILE", help="its index, where that lies elsewhere")
    rvc.add_argument(
        "--index-rate", type=float, metavar="SHARE", help="how much of it is sung, 0 to 1 (0.5)"
    )
    rvc.add_argument(
        "--protect",
        type=float,
        metavar="SHARE",
        help="how much of it is sung in consonants, 0 to 0.5 (0.33)",
    )


def run(options: argparse.Namespace) -> None:
    """Do what is asked for."""
    if options.uri:
        if options.action is not _list:
            raise SettingsError("only the list can be had of another service; leave out --uri")
        _list_of_service(options)
        return
    from voiceshift.local.install.requirements import require_local_extra

    require_local_extra()
    options.action(options)


def _list_of_service(options: argparse.Namespace) -> None:
    with Client(options.uri, token_from(options)) as client:
        voices = client.voices()
    if options.json:
        result(json.dumps([asdict(voice) for voice in voices]))
    else:
        result("\n".join(one_line(voice.name) for voice in voices))


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
    from voiceshift.local.engine.voices.rvc.voice_files import is_voice_file
    from voiceshift.local.library.voices import (
        VoiceLibrary,
        add_rvc_voice,
        add_voice,
        find_recordings,
    )

    notice("add only voices you have permission to use")
    folder, files = _folder(options), [expand_user(path) for path in options.files]
    of_rvc = {name: getattr(options, name) for name in ("index", "index_rate", "protect")}
    of_rvc = {name: value for name, value in of_rvc.items() if value is not None}
    if any(map(is_voice_file, files)):
        if len(files) > 1:
            raise SettingsError("a voice of RVC is one file or folder; name its index by --index")
        if "index" in of_rvc:
            of_rvc["index"] = existing_file(of_rvc["index"], "index")
        add_rvc_voice(folder, options.name, files[0], replace=options.replace, **of_rvc)
    elif of_rvc:
        raise SettingsError("--index, --index-rate and --protect are for voices of RVC (.pth)")
    else:
        recordings = [file for path in options.files for file in find_recordings(path)]
        add_voice(folder, options.name, recordings, replace=options.replace)
    library = VoiceLibrary([folder])
    _print(library.get(options.name), library.file_of(options.name), options)


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
    if options.json:
        facts = {"name": voice.name, "kind": voice.kind, **voice.facts(), "path": str(path)}
        result(json.dumps(facts))
    else:
        result(f"{voice.name}: {voice.summary()}\n{path}")
