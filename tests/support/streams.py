"""Valid streams of a service, for property tests."""

from __future__ import annotations

import base64
import json

from attrs import asdict, frozen

from tests.support.properties import st
from voiceshift.events import Authenticated, Progress, Queued
from voiceshift.request import VoiceInfo
from voiceshift.testing.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
)
from voiceshift.wire.messages import (
    AudioSegment,
    AuthRequired,
    Message,
    ServiceError,
    Unknown,
    Voices,
)


@frozen
class Stream:
    """A valid stream.

    Attributes:
        data: All of it.
        arrivals: Each message with its audio, and after how many bytes it is whole.
        pings: What is in its pings, in their order.
        code: The close code at its end.
        reason: Likewise.
    """

    data: bytes
    arrivals: list[tuple[int, tuple[Message, bytes]]]
    pings: list[bytes]
    code: int
    reason: str


def _json(message: Message, audio: bytes) -> dict[str, object]:
    """The JSON object that is to be read as ``message``, with its audio."""
    match message:
        case AuthRequired():
            return {"type": "auth_required"}
        case Authenticated():
            return {"type": "auth_success"}
        case Queued():
            return {"type": "job_queued", "message": message.message}
        case ServiceError():
            return {"type": "error", "message": message.message}
        case Unknown():
            return {"type": message.type}
    return _json_of_cover(message, audio)


def _json_of_cover(message: Message, audio: bytes) -> dict[str, object]:
    match message:
        case Progress():
            return {"type": "progress", "done": message.done, "remaining": message.remaining}
        case Voices():
            return {"type": "voices", "voices": [asdict(voice) for voice in message.voices]}
    assert isinstance(message, AudioSegment)
    return {
        "type": "audio_segment",
        "song_title": message.title,
        "audio_data": base64.b64encode(audio).decode(),
        "is_final": message.is_final,
    }


texts = st.text(max_size=20)
# Up to 96,000 bytes: beyond what two bytes of length can say, and beyond the parser's short cut.
audio = st.builds(bytes.__mul__, st.binary(min_size=1, max_size=64), st.integers(0, 1500))
messages = st.one_of(
    st.builds(Queued, texts),
    st.builds(ServiceError, texts.filter(str.strip)),
    st.builds(Unknown, st.sampled_from(["progress", "statistics", ""])),
    st.builds(AuthRequired),
    st.builds(Authenticated),
    st.builds(Progress, st.floats(0, 1), st.none() | st.floats(0, 1e6)),
    st.builds(Voices, st.tuples(st.builds(VoiceInfo, st.just("tenor"), texts, st.none()))),
).map(lambda message: (message, b"")) | st.builds(
    lambda title, audio, is_final: (AudioSegment(title, len(audio), is_final), audio),
    texts,
    audio,
    st.booleans(),
)
controls = st.lists(st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125)), max_size=2)
codes = st.sampled_from([1000, 1001, 1011, 1013, 3000, 4001, 4999])


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """Any messages, whole or in fragments, pings and pongs between, and a close at the end."""
    data = b""
    arrivals, pings = [], []
    for message, audio in draw(st.lists(messages, max_size=6)):
        text = json.dumps(_json(message, audio), ensure_ascii=draw(st.booleans())).encode()
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
        opcode = draw(st.sampled_from([TEXT, BINARY]))
        for start, end in zip([0, *cuts], [*cuts, None], strict=True):
            for control, payload in draw(controls):
                data += frame(control, payload)
                pings += [payload] if control == PING else []
            data += frame(opcode, text[start:end], final=end is None)
            opcode = CONTINUATION
        arrivals.append((len(data), (message, audio)))
    if draw(st.booleans()):
        code, reason = draw(codes), draw(texts)
        data += close_frame(code, reason.encode())
    else:
        code, reason = 1005, ""  # what stands for no code, RFC 6455 section 7.4.1
        data += frame(CLOSE)
    return Stream(data, arrivals, pings, code, reason)
