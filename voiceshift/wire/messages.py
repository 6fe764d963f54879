"""The protocol, both sides of it: messages become text, bytes become typed messages. No I/O.

It is JSON text over one WebSocket; the page "Protocol" of the documentation describes it. Here the
audio of a segment goes beside its :class:`AudioSegment`, so that the message itself stays small.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Union

from attrs import asdict, frozen

from voiceshift.errors import CoverError, ProtocolError, SettingsError
from voiceshift.events import Authenticated, Progress, Queued, ServiceInfo
from voiceshift.request import CoverOptions, CoverRequest, VoiceInfo
from voiceshift.util.text import encodable
from voiceshift.util.tracebacks import hides_arguments
from voiceshift.wire.segment import PLACEHOLDER, AudioDecoder, Payload, split_audio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.settings import Secret

__all__ = [
    "TRY_AGAIN_LATER",
    "UNAUTHORIZED",
    "VOICES_TEXT",
    "AudioSegment",
    "AuthRequired",
    "Authenticated",
    "Message",
    "Parser",
    "Progress",
    "Queued",
    "ServiceError",
    "ServiceInfo",
    "Songs",
    "SongsRequest",
    "Unknown",
    "UploadReady",
    "UploadRequest",
    "Uploaded",
    "Voices",
    "asks_for_voices",
    "authentication_text",
    "cover_text",
    "features_of",
    "parse_request",
    "parse_song_request",
    "parse_token",
    "service_text",
    "wants_progress",
]

UNAUTHORIZED = 4001
"""The close code for a token that is wrong, missing or late."""

TRY_AGAIN_LATER = 1013
"""What a full service says: as the code of a close (IANA registry of close codes), or as the
``code`` of an error message, which the embedded service adds."""

REQUEST_TYPES = ("cover", "cover_request")
"""Both occur in the documentation of the hosted service."""

DECODER = json.JSONDecoder()

MAX_TEXT = 1000
"""Characters of a service's text that are kept: enough for sentences, not for a flood."""

MAX_TITLE = 300
"""Likewise of a title, which comes with each segment."""

MAX_NUMBER = 1e9
"""Seconds, about thirty years; a service that says more makes no sense."""

MAX_ITEMS = 10_000
"""Voices or features of a service that are looked at."""

OPTION_FEATURES = {
    "format": "format",
    "key": "key",
    "start": "part",
    "length": "part",
    "vocals": "mix",
    "accompaniment": "mix",
}
"""The feature of a service that each option of a request belongs to."""


@frozen
class AuthRequired:
    """The service asks for the token; its first message."""


@frozen
class AudioSegment:
    """A piece of the cover; its audio, the next bytes of the file, is handed on beside it.

    Attributes:
        title: Title of the cover, with voice and pitch.
        length: Bytes of audio; may be 0.
        is_final: Whether this is the last message of the cover.
    """

    title: str
    length: int
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
class Voices:
    """The voices that the service offers; its answer when it is asked for them."""

    voices: tuple[VoiceInfo, ...]


@frozen
class SongsRequest:
    """A client asks for the songs that the service has."""


@frozen
class Songs:
    """The names of songs that the service has."""

    names: list[str]


@frozen
class UploadRequest:
    """A client wants to send a song.

    Attributes:
        name: Name of the file.
        size: Bytes in it.
    """

    name: str
    size: int


@frozen
class UploadReady:
    """The service takes the song: it is to come in binary messages."""


@frozen
class Uploaded:
    """The service has the song.

    Attributes:
        name: What it is asked for by.
    """

    name: str


@frozen
class Unknown:
    """A message of a type this version does not know; services may grow new ones.

    Attributes:
        type: The type it names.
    """

    type: str


Message = Union[  # noqa: UP007 - evaluated on 3.10
    AuthRequired, Authenticated, Queued, Progress, AudioSegment, Voices, ServiceError, Unknown
]

# ---- the client's side


@hides_arguments
def authentication_text(token: Secret) -> str:
    """The message that answers ``auth_required``."""
    return json.dumps({"token": token.reveal()})


VOICES_TEXT = json.dumps({"type": "voices"})
"""The message that asks for the voices."""


def features_of(request: CoverRequest) -> set[str]:
    """The features that a service must have for a request."""
    features = {OPTION_FEATURES[name] for name in request.options}
    return features | {"auto"} if request.pitch == "auto" else features


def cover_text(request: CoverRequest, request_type: str, *, progress: bool = False) -> str:
    """The message that starts a cover.

    Args:
        request: What is asked for.
        request_type: The type of the message.
        progress: Whether the service is to tell how far it has come.
    """
    fields: dict[str, Any] = {
        "type": request_type,
        "song": request.song,
        "model": request.voice,
        "pitch": request.pitch,
    }
    if request.user_id is not None:
        fields["user_id"] = request.user_id
    fields.update(request.options)
    if progress:
        fields["progress"] = True
    return json.dumps(fields)


class Parser:
    """Makes typed messages of what a service sends over one connection.

    The texts in them are bounded, can be encoded, and do not hold the token.

    Args:
        token: What the service knows and might repeat.
    """

    def __init__(self, token: Secret | None = None) -> None:
        self._token = token
        self._audio = AudioDecoder()
        self._last_title = self._last_clean_title = ""

    def parse(self, data: Payload) -> tuple[Message, bytes]:
        """One message of the service, typed, and its audio; empty where it has none.

        Args:
            data: A whole text or binary message.

        Raises:
            ProtocolError: It is not UTF-8, not JSON, not an object, has no type, or a field that
                its type needs is missing, of the wrong type, or not base64.
        """
        return self._parse_segment_fast(data) or self._parse_whole(data)

    def _parse_segment_fast(self, data: Payload) -> tuple[AudioSegment, bytes] | None:
        """A segment whose audio was never part of any JSON; ``None`` is for the plain parser."""
        pieces = split_audio(data)
        if pieces is None:
            return None
        rest, encoded = pieces
        try:
            text = str(rest, "utf-8")
            # Without what json.loads does beside it, a small message is parsed in two thirds of the
            # time; what has white space around it is for the plain parser.
            fields, end = DECODER.raw_decode(text)
            is_split = (
                end == len(text)
                and isinstance(fields, dict)
                and fields.get("audio_data") == PLACEHOLDER
            )
            if is_split and fields["type"] == "audio_segment":
                return self._audio_segment(fields, encoded)
        except (ValueError, KeyError, RecursionError):
            pass  # the plain parser will find what is wrong with it, and say so
        return None

    def _parse_whole(self, data: Payload) -> tuple[Message, bytes]:
        fields = _json_object(data)
        kind = fields.get("type")
        if kind is None and "error" in fields:
            kind = "error"
        if not isinstance(kind, str):
            raise ProtocolError("the service sent a message without a type")
        if kind == "audio_segment":
            return self._audio_segment(fields, _text(fields, "audio_data"))
        return self._message(kind, fields), b""

    def _message(self, kind: str, fields: dict[str, Any]) -> Message:
        match kind:
            case "job_queued":
                text = self._clean(_text(fields, "message", default=""))
                is_remark = fields.get("remark") is True
                return Queued(text, is_remark, is_remark and fields.get("warning") is True)
            case "auth_required":
                return AuthRequired()
            case "auth_success":
                return Authenticated(self._service(fields.get("service")))
        if "error" in kind.lower() or "fail" in kind.lower():
            is_full = fields.get("code") == TRY_AGAIN_LATER
            return ServiceError(self._clean(_reason(fields)), is_full=is_full)
        return self._message_of_feature(kind, fields) or Unknown(self._clean(kind))

    def _message_of_feature(self, kind: str, fields: dict[str, Any]) -> Progress | Voices | None:
        """What only a service with features sends, if it is that."""
        if kind == "progress":
            return _progress(fields)
        if kind == "voices":
            return Voices(tuple(self._voices(fields.get("voices"))))
        return None

    def _service(self, said: object) -> ServiceInfo:
        """What a service says of itself; nothing of it is needed, so nothing of it is an error."""
        if not isinstance(said, dict):
            return ServiceInfo()
        features = said.get("features")
        names = features[:MAX_ITEMS] if isinstance(features, list) else []
        return ServiceInfo(
            self._clean_or_empty(said.get("name")),
            self._clean_or_empty(said.get("version")),
            frozenset(self._clean(name) for name in names if isinstance(name, str)),
        )

    def _voices(self, said: object) -> Iterator[VoiceInfo]:
        """The voices that have a name."""
        for voice in said[:MAX_ITEMS] if isinstance(said, list) else []:
            if isinstance(voice, dict) and (name := self._clean_or_empty(voice.get("name"))):
                kind = self._clean_or_empty(voice.get("kind"))
                yield VoiceInfo(name, kind, _not_negative(voice.get("seconds")))

    def _clean_or_empty(self, value: object) -> str:
        return self._clean(value) if isinstance(value, str) else ""

    def _audio_segment(
        self, fields: dict[str, Any], encoded: str | Payload
    ) -> tuple[AudioSegment, bytes]:
        is_final = fields.get("is_final")
        if not isinstance(is_final, bool):
            raise ProtocolError(
                "the service sent an audio_segment whose is_final is not true or false"
            )
        title = self._title(_text(fields, "song_title"))
        try:
            # Last, since it is done once only.
            audio = self._audio.decode(encoded, is_final=is_final)
        except ValueError as error:
            raise ProtocolError("the service sent audio that is not base64") from error
        return AudioSegment(title, len(audio), is_final), audio

    def _title(self, text: str) -> str:
        text = text[:MAX_TITLE]
        if text != self._last_title:  # it is the same in all segments of a cover
            self._last_title, self._last_clean_title = text, self._clean(text)
        return self._last_clean_title

    def _clean(self, text: str) -> str:
        text = encodable(text[:MAX_TEXT])
        return self._token.redact(text) if self._token else text


def _json_object(data: Payload) -> dict[str, Any]:
    problem = "JSON that is not an object"
    try:
        # Decoded here, since json.loads would also take UTF-16 and UTF-32 bytes.
        value = json.loads(str(data, "utf-8"))
    except UnicodeDecodeError:
        problem, value = "a message that is not UTF-8", None
    except (ValueError, RecursionError):
        problem, value = "a message that is not JSON", None
    if not isinstance(value, dict):
        # Out of reach of what was caught, which holds the whole message.
        raise ProtocolError(f"the service sent {problem}")
    return value


def _text(fields: dict[str, Any], name: str, *, default: str | None = None) -> str:
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise ProtocolError(f"the service sent a {fields['type']} without a text {name}")
    return value


def _progress(fields: dict[str, Any]) -> Progress | None:
    """How far the cover is; ``None`` where that is not what the message says."""
    done = _not_negative(fields.get("done"))
    if done is None or done > 1:
        return None
    return Progress(done, _not_negative(fields.get("remaining")))


def _not_negative(value: object) -> float | None:
    """``value`` as a finite number of 0 or more; ``None`` where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < MAX_NUMBER else None


def _reason(fields: dict[str, Any]) -> str:
    for name in ("message", "error", "reason"):
        text = fields.get(name)
        if isinstance(text, str) and text.strip():
            return text
    return "the service gave no reason"


# ---- the service's side


Addition = Union[Progress, Voices, Songs, UploadReady, Uploaded]  # noqa: UP007 - evaluated on 3.10

ServiceMessage = Union[  # noqa: UP007
    AuthRequired, Authenticated, Queued, AudioSegment, ServiceError, Addition
]


def service_text(message: ServiceMessage, audio: bytes = b"") -> str:
    """The text of a service's message, with the audio of a segment in it."""
    return json.dumps(_fields_of_service(message, audio))


def _fields_of_service(message: ServiceMessage, audio: bytes) -> dict[str, Any]:
    match message:
        case AuthRequired():
            return {"type": "auth_required"}
        case Authenticated():
            return {"type": "auth_success", **_fields_of_info(message.service)}
        case Queued():
            remark = {"remark": True} if message.is_remark else {}
            warning = {"warning": True} if message.is_warning else {}
            return {"type": "job_queued", "message": message.message, **remark, **warning}
        case AudioSegment():
            return {
                "type": "audio_segment",
                "song_title": message.title,
                "audio_data": base64.b64encode(audio).decode(),
                "is_final": message.is_final,
            }
        case ServiceError():
            code = {"code": TRY_AGAIN_LATER} if message.is_full else {}
            return {"type": "error", "message": message.message, **code}
        case _:
            return _fields_of_addition(message)


def _fields_of_info(service: ServiceInfo) -> dict[str, Any]:
    if service == ServiceInfo():
        return {}
    return {"service": {**asdict(service), "features": sorted(service.features)}}


def _fields_of_addition(message: Addition) -> dict[str, Any]:
    """Of what the embedded service adds to the documented protocol."""
    match message:
        case Progress():
            return {"type": "progress", **asdict(message)}
        case Voices():
            return {"type": "voices", "voices": [asdict(voice) for voice in message.voices]}
        case Songs():
            return {"type": "songs", "songs": message.names}
        case UploadReady():
            return {"type": "upload_ready"}
        case Uploaded():
            return {"type": "uploaded", "song": message.name}


def parse_token(data: str | bytes) -> str | None:
    """The token in a client's answer to ``auth_required``; ``None`` where there is none."""
    token = _fields_of_client(data).get("token")
    return token if isinstance(token, str) else None


def parse_request(data: str | bytes) -> CoverRequest:
    """What a client asks for.

    Raises:
        CoverError: It is not a request for a cover.
        SettingsError: A field of the request is missing or wrong.
    """
    fields = _fields_of_client(data)
    if fields.get("type") not in REQUEST_TYPES:
        raise CoverError('a request is a JSON object with the type "cover"')
    options: Any = {name: fields[name] for name in CoverOptions.__annotations__ if name in fields}
    return CoverRequest(
        fields.get("song", ""),
        fields.get("model", ""),
        fields.get("pitch", 0),
        user_id=fields.get("user_id"),
        **options,
    )


def wants_progress(data: str | bytes) -> bool:
    """Whether a client asks to be told how far its cover is."""
    return _fields_of_client(data).get("progress") is True


def asks_for_voices(data: str | bytes) -> bool:
    """Whether a client asks for the voices there are."""
    return _fields_of_client(data).get("type") == "voices"


def parse_song_request(data: str | bytes) -> SongsRequest | UploadRequest | None:
    """What a client asks for beside a cover, if it does.

    Raises:
        SettingsError: A field of the request is missing or wrong.
    """
    fields = _fields_of_client(data)
    match fields.get("type"):
        case "songs":
            return SongsRequest()
        case "upload":
            name, size = fields.get("name"), fields.get("size")
            if not isinstance(name, str) or not isinstance(size, int):
                raise SettingsError("an upload has the name of a file, and its size in bytes")
            return UploadRequest(name, size)
    return None


def _fields_of_client(data: str | bytes) -> dict[str, Any]:
    """The object in a client's message; an empty one where it holds none."""
    try:
        return _json_object(data.encode() if isinstance(data, str) else data)
    except (ProtocolError, UnicodeEncodeError):
        return {}
