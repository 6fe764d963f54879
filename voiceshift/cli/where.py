"""Where covers are made if the command line does not say: by a service, or on this machine."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from voiceshift.cli.messages import notice
from voiceshift.errors import SettingsError
from voiceshift.settings import DEFAULT_URI, Secret, Settings
from voiceshift.util.files import is_file, pasted_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from voiceshift.request import CoverRequest


def settings_for(uri: str | None, token: Secret | None) -> Settings:
    """The settings for a service.

    Raises:
        SettingsError: There is no token, which is told in the words of a shell.
    """
    settings = Settings.load(uri=uri, token=token, need_token=False)
    if settings.token is None:
        raise SettingsError(
            "no API token: looked at --token-file, the environment variable VC_TOKEN, and .env; "
            "give it in one of them, or add --local, which needs no account"
        )
    return settings


def is_for_this_machine(requests: Iterable[CoverRequest], token: Secret | None) -> bool:
    """Whether the embedded service makes them, since there is no token and the songs are here.

    Of many songs some files may be missing: each fails by itself, and the others are made.

    Args:
        requests: What is asked for; they are gone through more than once.
        token: The one that was given on the command line.

    Raises:
        SettingsError: A song is a file, or would be one if it were there, and the hosted service
            is to cover it.
    """
    settings = Settings.load(token=token, need_token=False)
    found = Counter(_kind(request.song) for request in requests)
    if settings.token is None and found["here"] and not found["title"]:
        many = found["here"] > 1
        songs, cover = ("the songs are", "covers") if many else (_first(requests), "cover")
        notice(f"no token is set and {songs} here: the embedded service makes the {cover}")
        return True
    if settings.uri == DEFAULT_URI:
        for request in requests:
            _refuse_file(request.song, has_token=settings.token is not None)
    return False


def _first(requests: Iterable[CoverRequest]) -> str:
    return next(f"{request.song} is" for request in requests if _is_here(request.song))


def _kind(song: str) -> str:
    """Return ``"here"`` or ``"missing"`` for a file, and ``"title"`` for what a service knows."""
    from voiceshift.local.library.songs import missing_file

    if _is_here(song):
        return "here"
    return "missing" if missing_file(song) else "title"


def _is_here(song: str) -> bool:
    return song == "demo" or is_file(pasted_path(song))


def _refuse_file(song: str, *, has_token: bool) -> None:
    from voiceshift.local.library.songs import missing_file

    if _is_here(song):
        if has_token:
            raise SettingsError(
                f"{song} is on this machine, where the hosted service cannot read it; add "
                "--local to make the cover here"
            )
    elif missing := missing_file(song):
        raise SettingsError(missing)
