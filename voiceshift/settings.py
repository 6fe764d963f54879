"""Settings: what can be set, where it is looked up, and the token that never shows.

Reads the process environment and a ``.env`` file; writes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar
from unicodedata import category
from urllib.parse import urlsplit

from attrs import Attribute, field, fields, frozen

from voiceshift.errors import SettingsError
from voiceshift.util.audio_format import MAX_EMBEDDED
from voiceshift.util.dotenv_file import DotenvFile, find_dotenv
from voiceshift.util.proxy_url import parse_proxy
from voiceshift.util.service_url import DEFAULT_URI, normalised_url, safe_url
from voiceshift.util.tracebacks import hides_arguments
from voiceshift.util.typing_backports import Self, Unpack
from voiceshift.util.validators import (
    check_count,
    check_names,
    check_seconds,
    check_user_id,
    checked_field,
)

if TYPE_CHECKING:
    from ssl import SSLContext
else:
    SSLContext = Any  # for typing.get_type_hints: the import would cost each start milliseconds

__all__ = [
    "DEFAULT_URI",
    "Secret",
    "Settings",
    "SettingsOptions",
    "is_loopback",
]

ENVIRONMENT = {
    "uri": "VC_URI",
    "token": "VC_TOKEN",
    "user_id": "VC_USER_ID",
    "request_type": "VC_REQUEST_TYPE",
}
"""The settings that the environment and ``.env`` may hold, and their names there."""

RESERVED_HEADERS = {"host", "connection", "upgrade", "content-length", "transfer-encoding"}
"""HTTP headers on which the WebSocket itself depends."""

MEBIBYTE = 2**20

DEFAULT_MAX_BUFFERED = 32 * MEBIBYTE


MAX_PART_SHOWN = 7
"""Characters of a secret that may be seen, where somebody cut it."""


Class = TypeVar("Class")


class Secret:
    """A text that shows itself only when asked by name.

    Neither ``repr``, ``str``, formatting, :func:`attrs.asdict` nor a traceback's locals reveal it.

    Example:
        >>> token = Secret("abc")
        >>> token
        Secret('***')
        >>> token.reveal()
        'abc'
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def redact(self, text: str) -> str:
        """``text`` with ``***`` for the secret, and for each part of it that might give it away.

        That is any part longer than 7 characters: whoever repeats it may have cut it.
        """
        size = min(len(self._text), MAX_PART_SHOWN + 1)
        parts = {self._text[i : i + size] for i in range(len(self._text) - size + 1)}
        if not any(part in text for part in parts):
            return text
        starts = (i for i in range(len(text)) if text[i : i + size] in parts)
        hidden = {place for start in starts for place in range(start, start + size)}
        shown = ("\0" if place in hidden else text[place] for place in range(len(text)))
        return re.sub("\0+", "***", "".join(shown))

    def __bool__(self) -> bool:
        return bool(self._text)

    def hint(self) -> str:
        """For a message: what looks as if it was copied with it by mistake, mostly nothing."""
        ends = self._text[:1] + self._text[-1:]
        signs = {
            "blanks": any(character.isspace() for character in self._text),
            "quotes": any(end in "\"'`" or category(end) in ("Pi", "Pf") for end in ends),
            "'Bearer' before it": self._text.casefold().startswith("bearer"),
            "'VC_TOKEN=' before it": self._text.startswith("VC_TOKEN="),
        }
        found = [sign for sign, is_there in signs.items() if is_there]
        return f"; it has {' and '.join(found)}: is that part of it?" if found else ""

    def __repr__(self) -> str:
        return "Secret('***')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine: ``localhost``, 127.0.0.0/8 or ::1."""
    import ipaddress

    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(value: object) -> Secret | None:
    if value is None:
        return None
    if isinstance(value, Secret):
        value = value.reveal()
    if not isinstance(value, str):
        raise SettingsError(f"token must be a string, not {type(value).__name__}")
    if not value.strip():
        raise SettingsError("token is empty; leave it out to have VC_TOKEN looked up")
    if not value.isprintable():
        raise SettingsError("token has a line break or another control character in it")
    return Secret(value)


def _check_flag(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, bool):  # "no" would count as true
        raise SettingsError(f"{attribute.name} must be True or False, not {value!r}")


def _check_ssl_context(_: object, __: Attribute[Any], value: object) -> None:
    if value is None:
        return
    import ssl

    if not isinstance(value, ssl.SSLContext):
        raise SettingsError(f"ssl_context must be an ssl.SSLContext, not {type(value).__name__}")


def _check_request_type(_: object, __: Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value:
        raise SettingsError(f'request_type must be a text such as "cover", not {value!r}')


def _check_proxy(_: object, __: Attribute[Any], value: object) -> None:
    if value is None or value == "env":
        return
    parse_proxy(value, "proxy", '"env", None, or the URL of a proxy')


def _headers(
    value: Mapping[str, str] | tuple[tuple[str, Secret], ...] | None,
) -> tuple[tuple[str, Secret], ...]:
    try:
        pairs = dict(value or {}).items()
    except (TypeError, ValueError):
        raise SettingsError("headers must be a dict of texts") from None
    return tuple((_header_name(name), _header_value(name, text)) for name, text in pairs)


def _header_name(name: object) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise SettingsError(f"{name!r} in headers cannot be the name of an HTTP header")
    if name.lower() in RESERVED_HEADERS or name.lower().startswith("sec-websocket-"):
        raise SettingsError(f"the header {name} belongs to the WebSocket; leave it out of headers")
    return name


def _header_value(name: str, text: object) -> Secret:
    if isinstance(text, Secret):
        return text
    # The value stays out of the message: it may be a password.
    if not isinstance(text, str) or not text.isascii() or not text.isprintable():
        raise SettingsError(f"the value of {name} in headers must be a text of ASCII characters")
    return Secret(text)


class SettingsOptions(TypedDict, total=False):
    """The settings beside URL and token, as keywords; see :class:`Settings` for what each means.

    For wrappers of your own: ``def cover(song: str, **settings: Unpack[SettingsOptions])``.
    """

    user_id: int | None
    request_type: str
    connect_timeout: float | None
    auth_timeout: float | None
    idle_timeout: float | None
    close_timeout: float | None
    ping_interval: float | None
    ping_timeout: float | None
    max_message_size: int
    max_buffered: int
    max_embedded: int
    connect_attempts: int
    proxy: str | None
    headers: Mapping[str, str]
    ssl_context: SSLContext | None
    allow_insecure: bool


def _hides_values(cls: type[Class]) -> type[Class]:
    """Keep what such an object is made of out of tracebacks: the token, a proxy's password."""
    construct = hides_arguments(cls.__init__)
    setattr(cls, "__init__", construct)  # noqa: B010 - mypy knows no other way
    return cls


@_hides_values
@frozen(kw_only=True)
class Settings:
    """Everything that can be set; all of it has a default but the token.

    Durations are totals in seconds on the monotonic clock; ``None`` is no limit.

    Attributes:
        uri: URL of the service, ``wss://host:port``; ``ws://`` for a service on this machine.
        token: The API token; a plain text is wrapped in :class:`~voiceshift.settings.Secret`.
        user_id: Discord user id sent with each cover; ``None`` leaves it out.
        request_type: The ``type`` of a cover request. The service's documentation says ``cover``
            on one page and ``cover_request`` on another.
        connect_timeout: For name lookup, proxy, TLS and WebSocket handshake, all attempts together.
        auth_timeout: From the open WebSocket to ``auth_success``.
        idle_timeout: The longest silence of the service while a cover is made.
        close_timeout: How long :meth:`Client.close` waits for the service's half of the close.
        ping_interval: Silence after which the service is pinged; ``None`` sends no pings.
        ping_timeout: Silence after a ping that ends the connection.
        max_message_size: Largest message accepted, in bytes; the audio in it is three quarters.
        max_buffered: Audio that :meth:`Client.stream_cover` holds in memory for a slow consumer, in
            bytes; more of it waits in a temporary file.
        max_embedded: Largest cover that gets a player in a notebook, in bytes: the notebook's file
            holds its audio. 0 is none.
        connect_attempts: How many times to try to connect, within ``connect_timeout``.
        proxy: ``"env"`` for the proxy of the environment, ``None`` for none, or its URL.
        headers: HTTP headers for the opening handshake, such as a login that a server before the
            service asks for; a dict of texts. They are never logged or shown.
        ssl_context: Used for ``wss://``; the default verifies against the system's certificates.
        allow_insecure: Send the token over ``ws://`` to another machine; everything in between can
            read it.

    Raises:
        SettingsError: A value is out of range, or the token would cross a network unencrypted.

    Example:
        >>> Settings(uri="ws://127.0.0.1:8765", token="abc").token
        Secret('***')
    """

    uri: str = field(
        default=DEFAULT_URI, converter=normalised_url, repr=lambda uri: repr(safe_url(uri))
    )
    token: Secret | None = field(default=None, converter=_secret)
    user_id: int | None = field(default=None, converter=check_user_id)
    request_type: str = field(default="cover", validator=_check_request_type)
    connect_timeout: float | None = checked_field(check_seconds, 10.0)
    auth_timeout: float | None = checked_field(check_seconds, 10.0)
    idle_timeout: float | None = checked_field(check_seconds, 600.0)
    close_timeout: float | None = checked_field(check_seconds, 2.0)
    ping_interval: float | None = checked_field(check_seconds, 20.0)
    ping_timeout: float | None = checked_field(check_seconds, 40.0)
    max_message_size: int = checked_field(check_count, 64 * MEBIBYTE)
    max_buffered: int = checked_field(check_count, DEFAULT_MAX_BUFFERED)
    max_embedded: int = checked_field(partial(check_count, minimum=0), MAX_EMBEDDED)
    connect_attempts: int = checked_field(check_count, 3)
    # Hidden from repr: a proxy's URL may hold a password.
    proxy: str | None = field(default="env", validator=_check_proxy, repr=False)
    headers: tuple[tuple[str, Secret], ...] = field(default=(), converter=_headers, repr=False)
    ssl_context: SSLContext | None = field(default=None, repr=False, validator=_check_ssl_context)
    allow_insecure: bool = field(default=False, validator=_check_flag)

    def __attrs_post_init__(self) -> None:
        if not self.is_tls and not is_loopback(self.host) and not self.allow_insecure:
            raise SettingsError(
                f"{self.address} would carry the token unencrypted to another machine; use "
                "wss://, or, in a script, allow_insecure=True if you trust the network in between"
            )

    @property
    def address(self) -> str:
        """The URL for people to see: what is behind the host may hold a token by mistake."""
        return safe_url(self.uri)

    @property
    def host(self) -> str:
        """The service's host name or address."""
        return urlsplit(self.uri).hostname or ""

    @property
    def port(self) -> int:
        """The service's port: that of the URL, else 443 for ``wss`` and 80 for ``ws``."""
        return urlsplit(self.uri).port or (443 if self.is_tls else 80)

    @property
    def is_tls(self) -> bool:
        """Whether the URL is ``wss://``."""
        return urlsplit(self.uri).scheme == "wss"

    @classmethod
    @hides_arguments
    def load(
        cls,
        *,
        need_token: bool = True,
        uri: str | None = None,
        token: str | Secret | None = None,
        **options: Unpack[SettingsOptions],
    ) -> Self:
        """Settings from arguments, then the environment, then ``.env``, then the defaults.

        ``.env`` is searched from the working directory upward, then from the folder of the running
        script upward, and read without touching ``os.environ``. One that cannot be read is passed
        over with a warning. A variable that is set but empty counts as not set.

        Args:
            need_token: Whether it is an error that no token is found.
            uri: URL of the service; ``None`` is as if it were left out.
            token: The API token; likewise.
            **options: Any other field of this class; a ``user_id`` of ``None`` likewise.

        Raises:
            SettingsError: An unknown option, a bad value, or no token, in which case the message
                names every place that was looked at.
        """
        check_names("option", options, [attribute.name for attribute in fields(cls)])
        given: dict[str, Any] = {
            name: value
            for name, value in {"uri": uri, "token": token, **options}.items()
            if value is not None or name not in ENVIRONMENT
        }
        _add_missing(given, os.environ)
        if ENVIRONMENT.keys() - given.keys():
            dotenv = find_dotenv(ENVIRONMENT.values())
            _add_missing(given, dotenv.variables)
            if need_token and "token" not in given:
                raise SettingsError(_no_token(dotenv))
        return cls(**given)


def _add_missing(given: dict[str, Any], variables: Mapping[str, str]) -> None:
    for name, variable in ENVIRONMENT.items():
        if name not in given and (text := variables.get(variable)):
            given[name] = text


def _no_token(dotenv: DotenvFile) -> str:
    return (
        "no API token: looked at the argument `token`, the environment variable VC_TOKEN, and "
        f".env ({'; '.join(dotenv.searched)}). Set VC_TOKEN in one of them, or use Client.local(), "
        "which needs no account"
    )
