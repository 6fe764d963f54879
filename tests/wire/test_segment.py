"""The short cut to a segment's audio: what it finds, what it leaves alone."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support.properties import given, st
from voiceshift.errors import ProtocolError
from voiceshift.wire.messages import AudioSegment, Message, _parse_whole, parse
from voiceshift.wire.segment import EDGE, PLACEHOLDER, decode_base64, split_audio

AUDIO = base64.b64encode(bytes(range(256)) * 40).decode()


def segment(**fields: object) -> bytes:
    """A segment's message, with ``fields`` in the place of its own."""
    own = {"type": "audio_segment", "song_title": "t", "audio_data": AUDIO, "is_final": False}
    return json.dumps(own | fields).encode()


def outcome(message: bytes, *, whole: bool) -> tuple[Message, bytes] | str:
    """What a parser makes of a message, or its complaint."""
    try:
        return _parse_whole(message) if whole else parse(message)
    except ProtocolError as error:
        return str(error)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_splits_the_audio_off(kind: type) -> None:
    """The rest is the message with a placeholder in it, the audio a piece of the message itself."""
    pieces = split_audio(kind(segment()))
    assert pieces is not None
    rest, audio = pieces
    assert json.loads(rest) == json.loads(segment(audio_data=PLACEHOLDER))
    assert bytes(audio).decode() == AUDIO


def test_a_view_is_not_copied() -> None:
    """Of a view the audio is a view."""
    pieces = split_audio(memoryview(segment()))
    assert pieces is not None
    assert isinstance(pieces[1], memoryview)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"{}",
        b'{"type": "job_queued"}',
        b'{"audio_data": 5}',
        b'{"audio_data": "QUJD',
        b'{"song_title": "audio_data", "is_final": true}',
        segment(song_title="x" * EDGE),
    ],
)
def test_leaves_alone_what_it_does_not_find(message: bytes) -> None:
    """Where key or end are not where they were looked for, nothing is split off."""
    pieces = split_audio(message)
    assert pieces is None or json.loads(pieces[0]) != json.loads(segment(audio_data=PLACEHOLDER))


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(segment(song_title='"audio_data": "'), id="key quoted in the title"),
        pytest.param(segment(song_title="audio_data"), id="title that is the key"),
        pytest.param(segment(song_title="x" * 2 * EDGE), id="key far behind"),
        pytest.param(
            json.dumps(json.loads(segment()) | {"extra": "x" * 2 * EDGE}).encode(),
            id="end of the audio far before the end",
        ),
        pytest.param(
            b'{"extra": {"audio_data": "QUJD"}, ' + segment()[1:], id="key in another object"
        ),
        pytest.param(
            b'{"extra": {"audio_data": "QUJD"}, ' + segment(audio_data="")[1:],
            id="key in another object, and no audio",
        ),
        pytest.param(b'{"audio_data": "QUJD", ' + segment()[1:], id="key twice"),
        pytest.param(
            segment()[:-1] + rb', "audio\u005fdata": "QUJD"}', id="key twice, once escaped"
        ),
        pytest.param(segment(audio_data="QUJD\\/\\/8=").replace(b"\\\\", b"\\"), id="escapes"),
        pytest.param(segment(audio_data="QUJ"), id="audio cut short"),
        pytest.param(segment(audio_data="QUI=QUI="), id="padding in the middle"),
        pytest.param(segment(audio_data=""), id="no audio"),
        pytest.param(segment(type="job_queued"), id="another type"),
        pytest.param(segment(type=None), id="no type"),
        pytest.param(segment(is_final=1), id="a field of the wrong type"),
        pytest.param(segment()[:-1], id="not closed"),
        pytest.param(segment() + b"x", id="something behind"),
        pytest.param(b"[" + segment() + b"]", id="a list"),
        pytest.param(segment(song_title="日本").replace(b"\\u65e5", b"\xff"), id="not UTF-8"),
        pytest.param(segment().replace(b": ", b" :\n\t"), id="white space"),
        pytest.param(b"\n" + segment() + b"\n", id="white space around"),
    ],
)
def test_makes_of_a_message_what_the_plain_parser_does(message: bytes) -> None:
    """However odd the message, the short cut changes nothing but the time it takes."""
    assert outcome(message, whole=False) == outcome(message, whole=True)


@given(
    audio=st.binary(max_size=3 * EDGE),
    title=st.text(max_size=40),
    extra=st.dictionaries(
        st.sampled_from(["audio_data", "a", "song_title", '"audio_data": "']), st.text(max_size=20)
    ),
    ascii_only=st.booleans(),
)
def test_any_segment_parses_as_by_the_plain_parser(
    audio: bytes, title: str, extra: dict[str, str], ascii_only: bool
) -> None:
    """Property: fields of any content, also in an object within, make no difference."""
    fields = {
        "extra": extra,
        "type": "audio_segment",
        "song_title": title,
        "audio_data": base64.b64encode(audio).decode(),
        "is_final": True,
    }
    message = json.dumps(fields, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert outcome(message, whole=False) == outcome(message, whole=True)


@given(st.binary(max_size=200))
def test_segments_take_the_short_cut(audio: bytes) -> None:
    """Property: the audio of a plain segment comes out as it went in."""
    message = segment(audio_data=base64.b64encode(audio).decode())
    assert split_audio(message) is not None
    assert parse(message) == (AudioSegment("t", len(audio), is_final=False), audio)


@pytest.mark.parametrize("text", ["QUJ", "QUJD=", "-_-_", "QU JD", "QUI=QUI=", "QUJDé===", "====="])
def test_decoding_is_strict(text: str) -> None:
    """What is no base64 is refused, not skipped."""
    with pytest.raises(ValueError, match=r"."):
        decode_base64(text)
