"""What a cover is asked for with."""

from __future__ import annotations

import operator
from typing import Any

from attrs import Attribute, field, frozen

from voiceshift.errors import SettingsError
from voiceshift.util.text import readable, shortened
from voiceshift.util.validators import check_user_id

__all__ = ["PITCHES", "CoverRequest"]

PITCHES = range(-2, 3)
"""The pitch shifts the service knows, in octaves."""


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


def _pitch(value: Any) -> int:
    try:
        pitch = operator.index(value)
    except TypeError:
        pitch = None
    if pitch is None or isinstance(value, bool) or pitch not in PITCHES:
        raise SettingsError(
            f"pitch must be a whole number of octaves from -2 to 2, not {shortened(value)}"
        )
    return pitch


@frozen
class CoverRequest:
    """What a cover is asked for with; checked before anything is sent.

    Attributes:
        song: A song title the service knows, or a YouTube URL; for the embedded service also the
            path of an audio file.
        voice: Name of the target voice, one of those the service offers.
        pitch: Shift of the voice in whole octaves, -2 to 2.
        user_id: Discord user id of the person asking; ``None`` leaves it out.

    Raises:
        SettingsError: A field is empty, of the wrong type or out of range.

    Example:
        >>> CoverRequest("Amazing Grace", "tenor", pitch=-1)
        CoverRequest(song='Amazing Grace', voice='tenor', pitch=-1, user_id=None)
    """

    song: str = field(validator=_check_name, converter=_song_name)
    voice: str = field(validator=_check_name)
    pitch: int = field(default=0, converter=_pitch)
    user_id: int | None = field(default=None, converter=check_user_id, kw_only=True)
