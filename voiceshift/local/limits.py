"""The limits of the embedded service: of clients, songs and waiting times."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict

from attrs import fields, frozen

from voiceshift.util.typing_backports import Self, Unpack
from voiceshift.util.validators import (
    check_count,
    check_names,
    check_not_negative,
    check_seconds,
    checked_field,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Limits", "LimitsOptions"]


def _limit(check: Callable[[str, Any], Any], default: float, meaning: str) -> Any:
    """A field whose meaning is also the help of the option of ``voiceshift serve``."""
    return checked_field(check, default, metadata={"help": meaning})


class LimitsOptions(TypedDict, total=False):
    """The limits as keywords; see :class:`Limits` for what each means."""

    max_clients: int
    max_running: int
    max_waiting: int
    max_duration: float | None
    max_download: int
    download_timeout: float | None
    max_upload: int
    max_cache: int
    auth_timeout: float | None
    auth_delay: float
    ping_interval: float | None
    ping_timeout: float | None
    send_timeout: float | None


@frozen(kw_only=True)
class Limits:
    """The limits of a service; all have a default.

    Durations are in seconds; ``None`` is no limit.

    Attributes:
        max_clients: Clients served at the same time; further ones are closed with code 1013. Who
            has sent no token yet takes no place: of a crowd of them, the oldest are cut. A client
            takes four descriptors and three threads, so that 50 fit into the 256 descriptors that
            some systems give a process.
        max_running: Covers made at the same time, in turns. Two cores make more than 8 seconds of
            a song in one, so that each of 8 covers is still made faster than it is played.
        max_waiting: Covers that may wait beside those that are being made.
        max_duration: Longest song; three hours are longer than an album or a concert. The cover of
            an hour is some 60 MB, which the service keeps for a client that reads slowly.
        max_download: Bytes of the largest song that is fetched from the web.
        download_timeout: Time to fetch a song from the web.
        max_upload: Bytes of the largest song that a client sends; each client may have one here.
        max_cache: Bytes in the user's cache folder for what was found in songs, so that a further
            voice sings the same song in about half of the time: some 30 MB for a minute. 0 keeps
            nothing.
        auth_timeout: Time for the opening handshake, and again for the token.
        auth_delay: Time before a wrong token is refused. The client keeps its place meanwhile, even
            if it leaves, so that there are at most ``max_clients`` guesses in this time.
        ping_interval: Time between two pings, which find clients that have vanished.
        ping_timeout: Time for the answer to a ping.
        send_timeout: Time for a client to take what is sent to it at a time, a message or answers
            to pings; then its connection is aborted. Before the token that is ``auth_timeout``.

    Raises:
        SettingsError: A value is out of range.
    """

    max_clients: int = _limit(check_count, 50, "clients at the same time")
    max_running: int = _limit(check_count, 8, "covers that are made at the same time")
    max_waiting: int = _limit(
        partial(check_count, minimum=0), 100, "covers that may wait for their turn"
    )
    max_duration: float | None = _limit(check_seconds, 10_800.0, "seconds of the longest song")
    max_download: int = _limit(check_count, 200_000_000, "bytes of a song from the web")
    download_timeout: float | None = _limit(check_seconds, 300.0, "seconds to fetch such a song")
    max_upload: int = _limit(check_count, 200_000_000, "bytes of a song that a client sends")
    max_cache: int = _limit(
        partial(check_count, minimum=0), 2**29, "bytes kept of songs for further voices"
    )
    auth_timeout: float | None = _limit(check_seconds, 10.0, "seconds a client has for its token")
    auth_delay: float = _limit(check_not_negative, 1.0, "seconds before a token is refused")
    ping_interval: float | None = _limit(check_seconds, 20.0, "seconds between two pings")
    ping_timeout: float | None = _limit(check_seconds, 40.0, "seconds for the answer to a ping")
    send_timeout: float | None = _limit(check_seconds, 60.0, "seconds to take one message")

    @classmethod
    def load(cls, **limits: Unpack[LimitsOptions]) -> Self:
        """Limits from keywords.

        Raises:
            SettingsError: An unknown name, or a value that is out of range.
        """
        check_names("limit", limits, [attribute.name for attribute in fields(cls)])
        return cls(**limits)
