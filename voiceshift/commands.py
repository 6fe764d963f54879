"""What each command does, given its parsed options.

Results go to standard output; progress, warnings and remarks to standard error.
"""

from __future__ import annotations

import itertools
import json
import logging
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from voiceshift.client import Client
from voiceshift.errors import SettingsError
from voiceshift.files import is_file, safe_name
from voiceshift.settings import DEFAULT_URI, Settings
from voiceshift.text import one_line

if TYPE_CHECKING:
    import argparse

    from voiceshift.cover import Cover
    from voiceshift.local import Server

__all__ = ["cover", "demo", "serve", "voices"]


def cover(options: argparse.Namespace) -> None:
    """Make one cover."""
    token = _token(options)
    if _is_for_embedded_service(options, token):
        client = Client.local(songs=options.songs, voices=options.voices)
    else:
        client = Client(options.uri, token)
    with client:
        _make_cover(client, options.song, options.voice, options)


def demo(options: argparse.Namespace) -> None:
    """Make a cover of the bundled song."""
    voice = options.voice or _voice_names(None)[0]
    with Client.local() as client:
        _make_cover(client, "demo", voice, options)


def serve(options: argparse.Namespace) -> None:
    """Run the embedded service until it is told to stop."""
    from attrs import fields

    from voiceshift.local import Server
    from voiceshift.local.limits import Limits
    from voiceshift.local.tls import certificate_context

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    token = sys.stdin.readline().strip() if options.child else _token(options)
    # VC_URI is left out of account: it is the address of another service.
    known = Settings.load(need_token=False, uri=DEFAULT_URI, token=token).token
    if options.key and not options.cert:
        raise SettingsError("--key is the key of a certificate: give --cert, too")
    server = Server(
        known.reveal() if known else None,
        host=options.host,
        port=0 if options.child else options.port,
        songs=options.songs,
        voices=options.voices,
        allow_files=options.child or options.allow_files,
        workers=options.workers,
        ssl_context=certificate_context(options.cert, options.key) if options.cert else None,
        **{limit.name: getattr(options, limit.name) for limit in fields(Limits)},
    )
    stopped = threading.Event()
    _stop_on_signals(stopped)
    if options.child:
        _stop_with_parent(stopped)
    with server:
        print(_announcement(server, options, is_random=known is None), flush=True)
        while not stopped.wait(0.5):  # in slices, since Ctrl-C on Windows does not end a wait
            pass


def voices(options: argparse.Namespace) -> None:
    """List the voices of the embedded service."""
    names = _voice_names(options.voices)
    print(json.dumps(names) if options.json else "\n".join(names))


def _voice_names(folder: str | None) -> list[str]:
    from voiceshift.local.extra import require_local_extra
    from voiceshift.local.voices import VoiceLibrary

    require_local_extra()
    return VoiceLibrary([] if folder is None else [Path(folder)]).names()


def _make_cover(client: Client, song: str, voice: str, options: argparse.Namespace) -> None:
    # The dot of a title begins no suffix.
    title = Path(song).stem if is_file(song) else song
    target = _target(options.output, f"{title} - {voice}")
    # Under a name of its own until the content has told its suffix.
    unnamed = target if target.suffix else target.with_name(f"{target.name}.cover")
    show = not (options.quiet or options.json)
    made = client.create_cover(
        song, voice, options.pitch, timeout=options.timeout, to=unnamed, progress=show
    )
    assert made.path is not None
    if not target.suffix:
        target = made.path.rename(_free_path(target.with_name(target.name + made.suffix)))
    print(_report(made, target, as_json=options.json))


def _target(output: str | None, name: str) -> Path:
    """The file to write; without a suffix where only the content can tell it."""
    path = Path(output or ".").expanduser()
    # A dot in a title is no suffix.
    return path / safe_name(name, fallback="cover").replace(".", "_") if path.is_dir() else path


def _free_path(path: Path) -> Path:
    """``path``, or with a number where that is taken: an earlier cover is not overwritten."""
    numbered = (path.with_stem(f"{path.stem} ({number})") for number in itertools.count(2))
    return next(free for free in itertools.chain([path], numbered) if not free.exists())


def _report(made: Cover, path: Path, *, as_json: bool) -> str:
    if not as_json:
        return (
            f"{path}: {one_line(made.title)}, {made.size / 1000:.0f} kB of {made.media_type} "
            f"in {made.elapsed:.1f} s"
        )
    return json.dumps(
        {
            "path": str(path),
            "title": made.title,
            "media_type": made.media_type,
            "size": made.size,
            "segments": made.segments,
            "elapsed": round(made.elapsed, 3),
        }
    )


def _is_for_embedded_service(options: argparse.Namespace, token: str | None) -> bool:
    if options.uri and (options.songs or options.voices):
        raise SettingsError("--songs and --voices are for the embedded service; leave out --uri")
    if options.local or options.songs or options.voices:
        return True
    if options.uri or (options.song != "demo" and not is_file(options.song)):
        return False
    settings = Settings.load(need_token=False, token=token)
    if settings.token is None:
        _remark(f"no token is set and {options.song} is here: the embedded service makes the cover")
        return True
    if settings.uri == DEFAULT_URI:
        raise SettingsError(
            f"{options.song} is on this machine, where the hosted service cannot read it; add "
            "--local to make the cover here"
        )
    return False


def _token(options: argparse.Namespace) -> str | None:
    """The token that the command line names, if it does."""
    if options.token:
        _remark(
            "warning: other users of this machine can see --token in the list of processes; "
            "VC_TOKEN, .env and --token-file are not seen"
        )
        return str(options.token)
    if options.token_file:
        path = Path(options.token_file).expanduser()
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"cannot read the token file {path}: {error}") from error
    return None


def _announcement(server: Server, options: argparse.Namespace, *, is_random: bool) -> str:
    if options.child or options.json:
        # To the terminal a random token is shown, as notebook servers do: nobody knows it else.
        return json.dumps({"uri": server.uri} | ({"token": server.token} if is_random else {}))
    token = f"\nVC_TOKEN={server.token}" if is_random else ""
    return f"VC_URI={server.uri}{token}\nlistening; Ctrl-C stops"


def _stop_on_signals(stopped: threading.Event) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stopped.set())


def _stop_with_parent(stopped: threading.Event) -> None:
    """Stop when standard input ends, which it does with the parent, however that ends."""

    def wait() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait, name="voiceshift-parent", daemon=True).start()


def _remark(text: str) -> None:
    print(f"voiceshift: {text}", file=sys.stderr)
