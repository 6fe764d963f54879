"""What a cover is asked for with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict, Union

from attrs import Attribute, evolve, field, fields, frozen

from voiceshift.errors import SettingsError
from voiceshift.util.text import readable, shortened
from voiceshift.util.typing_backports import Unpack
from voiceshift.util.validators import (
    check_in_range,
    check_not_negative,
    check_seconds,
    check_user_id,
    checked_field,
    whole_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["FORMATS", "PITCHES", "CoverOptions", "CoverRequest", "Format", "Pitch", "VoiceInfo"]

PITCHES = range(-2, 3)
"""The pitch shifts the service knows, in octaves."""

AUTO = "auto"
"""The pitch that leaves it to the service: the octave nearest to the voice."""

KEYS = range(-12, 13)
"""Semitones by which a whole song can be moved."""

MIN_LEVEL, MAX_LEVEL = -60.0, 12.0
"""Decibels by which vocals and accompaniment can be turned down or up."""

Format = Literal["ogg", "opus", "mp3", "flac", "wav"]
"""A format that the embedded service encodes; also the suffix of its files."""

FORMATS: tuple[Format, ...] = ("ogg", "opus", "mp3", "flac", "wav")
"""All of them."""

Pitch = Union[int, Literal["auto"]]  # noqa: UP007 - evaluated on 3.10
"""Whole octaves, -2 to 2, or ``"auto"``."""


class CoverOptions(TypedDict, total=False):
    """What the embedded service can do beyond the documented protocol, all of it optional.

    They are refused, before the request is sent, for a service that has not said that it knows
    them.

    Attributes:
        format: Format of the file; left out, that of the suffix of ``to=``, or else ``"ogg"``.
        key: Semitones by which the whole song is moved, voice and accompaniment, -12 to 12; its
            tempo stays.
        start: Where in the song the cover begins, in seconds.
        length: How many seconds of the song are covered; ``None`` is to its end.
        vocals: Level of the voice in decibels, -60 to 12, where 0 is as loud as in the song;
            ``None`` leaves the voice out.
        accompaniment: The same for everything else.
    """

    format: Format
    key: int
    start: float
    length: float | None
    vocals: float | None
    accompaniment: float | None


def value_from_text(name: str, text: str) -> Any:
    """The value of a request's field as people type it, in a command or a list.

    Args:
        name: Of the field.
        text: Times may be ``1:00``, and levels ``none``.

    Raises:
        SettingsError: It is not of its form; whether it is in range is checked by the request.

    Example:
        >>> value_from_text("start", "1:00"), value_from_text("key", "-2")
        (60.0, -2)
    """
    parse = PARSERS.get(name)
    return parse(name, text) if parse else text


def _pitch_from_text(_: str, text: str) -> Pitch:
    try:
        return "auto" if text == AUTO else int(text)
    except ValueError:
        raise SettingsError(
            f"pitch must be a whole number of octaves, or auto, not {shortened(text)}"
        ) from None


def _whole_from_text(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"{name} must be a whole number, not {shortened(text)}") from None


def _time_from_text(name: str, text: str) -> float:
    """Seconds, or minutes and hours before them."""
    try:
        parts = [float(part) for part in text.split(":")]
        return sum(part * 60.0**place for place, part in enumerate(reversed(parts)))
    except ValueError:
        raise SettingsError(f"{name} must be a time as 1:00 or 60, not {shortened(text)}") from None


def _level_from_text(name: str, text: str) -> float | None:
    try:
        return None if text.lower() == "none" else float(text)
    except ValueError:
        raise SettingsError(
            f"{name} must be decibels as -6, or none, not {shortened(text)}"
        ) from None


PARSERS: dict[str, Callable[[str, str], object]] = {
    "pitch": _pitch_from_text,
    "key": _whole_from_text,
    "start": _time_from_text,
    "length": _time_from_text,
    "vocals": _level_from_text,
    "accompaniment": _level_from_text,
}


def _check_name(_: object, attribute: Attribute[str], value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(
            f"{attribute.name} must be a text that is not empty, not {shortened(value)}"
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise SettingsError(
            f"{attribute.name} has characters that cannot be encoded as UTF-8"
        ) from None


def _song_name(value: Any) -> Any:
    return readable(value) if isinstance(value, str) else value


def _pitch(value: Any) -> Pitch:
    if isinstance(value, str) and value == AUTO:
        return "auto"
    pitch = whole_number(value)
    if pitch is None or pitch not in PITCHES:
        raise SettingsError(
            "pitch must be a whole number of octaves from -2 to 2, or 'auto', not "
            f"{shortened(value)}"
        )
    return pitch


def _key(value: Any) -> int:
    key = whole_number(value)
    if key is None or key not in KEYS:
        raise SettingsError(
            f"key must be a whole number of semitones from -12 to 12, not {shortened(value)}"
        )
    return key


def _format(value: Any) -> Format | None:
    for known in FORMATS:
        if value == known:
            return known
    if value is None:
        return None
    raise SettingsError(f"format must be one of {', '.join(FORMATS)}, not {shortened(value)}")


def _check_level(name: str, value: Any) -> float | None:
    return None if value is None else check_in_range(name, value, MIN_LEVEL, MAX_LEVEL, "decibels")


@frozen(init=False, repr=False)
class CoverRequest:
    """What a cover is asked for with; checked before anything is sent.

    Args:
        song: See below.
        voice: See below.
        pitch: See below.
        user_id: See below.
        **options: See :class:`~voiceshift.CoverOptions`; each is an attribute, too.

    Attributes:
        song: A song title the service knows, or a YouTube URL; for the embedded service also the
            path of an audio file.
        voice: Name of the target voice, one of those the service offers.
        pitch: Shift of the voice in whole octaves, -2 to 2. With ``"auto"`` the embedded service
            takes the octave that is nearest to the voice.
        user_id: Discord user id of the person asking; ``None`` leaves it out.

    Raises:
        SettingsError: A field is empty, of the wrong type or out of range, or there is no option of
            that name.

    Example:
        >>> CoverRequest("Amazing Grace", "tenor", pitch=-1, format="mp3")
        CoverRequest(song='Amazing Grace', voice='tenor', pitch=-1, format='mp3')
    """

    song: str = field(validator=_check_name, converter=_song_name)
    voice: str = field(validator=_check_name)
    pitch: Pitch = field(default=0, converter=_pitch)
    user_id: int | None = field(default=None, converter=check_user_id, kw_only=True)
    format: Format | None = field(default=None, converter=_format, kw_only=True)
    key: int = field(default=0, converter=_key, kw_only=True)
    start: float = checked_field(check_not_negative, default=0.0, kw_only=True)
    length: float | None = checked_field(check_seconds, default=None, kw_only=True)
    vocals: float | None = checked_field(_check_level, default=0.0, kw_only=True)
    accompaniment: float | None = checked_field(_check_level, default=0.0, kw_only=True)

    def __init__(
        self,
        song: str,
        voice: str,
        pitch: Pitch = 0,
        *,
        user_id: int | None = None,
        **options: Unpack[CoverOptions],
    ) -> None:
        known = CoverOptions.__annotations__
        if unknown := sorted(options.keys() - known):
            raise SettingsError(
                f"unknown option {', '.join(unknown)}; the options of a cover are "
                f"{', '.join(known)}"
            )
        self.__attrs_init__(song, voice, pitch, user_id=user_id, **options)

    def __attrs_post_init__(self) -> None:
        if self.vocals is None and self.accompaniment is None:
            raise SettingsError(
                "vocals and accompaniment are both None, which leaves nothing to hear"
            )

    @property
    def options(self) -> CoverOptions:
        """The options that are not as they are by default."""
        changed: Any = _changed(self, CoverOptions.__annotations__)
        options: CoverOptions = changed
        return options

    def __repr__(self) -> str:
        shown = {"song": self.song, "voice": self.voice, **_changed(self, _DEFAULTS)}
        return f"CoverRequest({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def in_format(request: CoverRequest, name: str) -> CoverRequest:
    """The same request for another format; the default one need not be named."""
    changes: Any = {"format": None if name == "ogg" else name}
    return evolve(request, **changes)


_DEFAULTS = {one.name: one.default for one in fields(CoverRequest)}


def _changed(request: CoverRequest, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(request, name) for name in names}
    return {name: value for name, value in values.items() if value != _DEFAULTS[name]}


@frozen
class VoiceInfo:
    """A voice that a service offers.

    Attributes:
        name: What it is asked for by.
        kind: How it came about: ``knn`` (from recordings), ``rvc``, or whatever a service says.
        seconds: Length of the recordings it was learned from; ``None`` where nobody knows.
    """

    name: str
    kind: str = ""
    seconds: float | None = None
