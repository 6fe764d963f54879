"""The wire: a request becomes text, bytes become a typed message. No I/O.

The protocol is JSON text over one WebSocket; the page "Protocol" of the documentation describes it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Union

from attrs import field, frozen

from voiceshift.errors import ProtocolError
from voiceshift.events import Queued
from voiceshift.wire.segment import MARK, Payload, cut, decode

if TYPE_CHECKING:
    from voiceshift.request import CoverRequest
    from voiceshift.settings import Secret

__all__ = [
    "TRY_AGAIN_LATER",
    "AudioSegment",
    "AuthRequired",
    "AuthSuccess",
    "Message",
    "ServiceError",
    "Unknown",
    "authentication_text",
    "cover_text",
    "parse",
]

TRY_AGAIN_LATER = 1013
"""What a full service says: as the code of a close (IANA registry of close codes), or as the
``code`` of an error message, which the embedded service adds."""

DECODER = json.JSONDecoder()

LONGEST_WORDS = 1000
"""Characters of the service's own words that are kept: enough for sentences, not for a flood."""


@frozen
class AuthRequired:
    """The service asks for the token; its first message."""


@frozen
class AuthSuccess:
    """The service took the token."""


@frozen
class AudioSegment:
    """A piece of the cover, decoded.

    Attributes:
        title: Title of the cover, with voice and pitch.
        audio: The next bytes of the audio file; may be empty.
        is_final: Whether this is the last message of the cover.
    """

    title: str
    audio: bytes = field(repr=False)
    is_final: bool


@frozen
class ServiceError:
    """The service says that it cannot make the cover.

    Attributes:
        message: The service's own words.
        is_full: Whether it is only that it takes no more covers now.
    """

    message: str
    is_full: bool = False


@frozen
class Unknown:
    """A message of a type this version does not know; services may grow new ones.

    Attributes:
        type: The type it names.
    """

    type: str


Message = Union[AuthRequired, AuthSuccess, Queued, AudioSegment, ServiceError, Unknown]  # noqa: UP007 - evaluated on 3.10


def authentication_text(token: Secret) -> str:
    """The message that answers ``auth_required``."""
    return json.dumps({"token": token.reveal()})


def cover_text(request: CoverRequest, request_type: str) -> str:
    """The message that starts a cover."""
    fields: dict[str, str | int] = {
        "type": request_type,
        "song": request.song,
        "model": request.voice,
        "pitch": request.pitch,
    }
    if request.user_id is not None:
        fields["user_id"] = request.user_id
    return json.dumps(fields)


def parse(data: Payload) -> Message:
    """One message of the service, typed.

    Args:
        data: A whole text or binary message.

    Raises:
        ProtocolError: It is not UTF-8, not JSON, not an object, has no type, or a field that its
            type needs is missing, of the wrong type, or not base64.
    """
    segment = _segment_by_short_cut(data)
    return _parse_whole(data) if segment is None else segment


def _segment_by_short_cut(data: Payload) -> AudioSegment | None:
    """A segment whose audio was never part of any JSON; ``None`` leaves it to the plain parser."""
    pieces = cut(data)
    if pieces is None:
        return None
    rest, audio = pieces
    try:
        text = str(rest, "utf-8")
        # Without what json.loads does beside it, a small message is parsed in two thirds of the
        # time; what has white space around it is for the plain parser.
        fields, end = DECODER.raw_decode(text)
        is_cut = end == len(text) and isinstance(fields, dict) and fields.get("audio_data") == MARK
        if is_cut and fields["type"] == "audio_segment":
            return _audio_segment(fields, decode(audio))
    except (ValueError, KeyError, RecursionError):
        pass  # the plain parser will find what is wrong with it, and say so
    return None


def _parse_whole(data: Payload) -> Message:
    fields = _json_object(data)
    kind = fields.get("type")
    if kind is None and "error" in fields:
        kind = "error"
    if not isinstance(kind, str):
        raise ProtocolError("the service sent a message without a type")
    match kind:
        case "audio_segment":
            return _audio_segment(fields, _decoded(_text(fields, "audio_data")))
        case "job_queued":
            return Queued(_text(fields, "message", default="")[:LONGEST_WORDS])
        case "auth_required":
            return AuthRequired()
        case "auth_success":
            return AuthSuccess()
    if "error" in kind.lower() or "fail" in kind.lower():
        return ServiceError(_words(fields), is_full=fields.get("code") == TRY_AGAIN_LATER)
    return Unknown(kind[:LONGEST_WORDS])


def _json_object(data: Payload) -> dict[str, Any]:
    try:
        # Decoded here, since json.loads would also take UTF-16 and UTF-32 bytes.
        value = json.loads(str(data, "utf-8"))
    except UnicodeDecodeError as error:
        raise ProtocolError("the service sent a message that is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ProtocolError("the service sent a message that is not JSON") from error
    if not isinstance(value, dict):
        raise ProtocolError("the service sent JSON that is no object")
    return value


def _audio_segment(fields: dict[str, Any], audio: bytes) -> AudioSegment:
    is_final = fields.get("is_final")
    if not isinstance(is_final, bool):
        raise ProtocolError("an audio_segment of the service has no is_final of true or false")
    return AudioSegment(title=_text(fields, "song_title"), audio=audio, is_final=is_final)


def _text(fields: dict[str, Any], name: str, *, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise ProtocolError(f"a {fields['type']} of the service has no text {name}")
    return value


def _decoded(text: str) -> bytes:
    try:
        return decode(text)
    except ValueError as error:
        raise ProtocolError("the audio of a segment is not base64") from error


def _words(fields: dict[str, Any]) -> str:
    for name in ("message", "error", "reason"):
        words = fields.get(name)
        if isinstance(words, str) and words.strip():
            return words[:LONGEST_WORDS]
    return "the service gave no reason"
