"""The short cut to a segment's audio: what it finds, what it leaves alone."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support.properties import given, st
from tests.support.reading import WholeParser
from voiceshift.errors import ProtocolError
from voiceshift.wire.messages import AudioSegment, Message, Parser
from voiceshift.wire.segment import EDGE, PLACEHOLDER, AudioDecoder, split_audio

AUDIO = base64.b64encode(bytes(range(256)) * 40).decode()


def segment(**fields: object) -> bytes:
    """A segment's message, with ``fields`` in the place of its own."""
    own = {"type": "audio_segment", "song_title": "t", "audio_data": AUDIO, "is_final": False}
    return json.dumps(own | fields).encode()


def outcome(message: bytes, *, whole: bool) -> tuple[Message, bytes] | str:
    """What a parser makes of a message, or its complaint."""
    try:
        return (WholeParser() if whole else Parser()).parse(message)
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
    assert Parser().parse(message) == (AudioSegment("t", len(audio), is_final=False), audio)


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """Audio, and base64 texts that hold it: complete segments, and texts cut anywhere."""
    audio, pieces = b"", []
    for part in draw(st.lists(st.binary(max_size=40), max_size=8)):
        text = base64.b64encode(part).decode()
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
        pieces += [text[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        audio += part
    return audio, [*pieces, ""]


@given(cut=cut_texts(), as_view=st.booleans())
def test_audio_may_be_cut_anywhere(cut: tuple[bytes, list[str]], as_view: bool) -> None:
    """Property: byte for byte, and each piece gives what is complete with it."""
    audio, pieces = cut
    decoder, decoded = AudioDecoder(), b""
    for number, piece in enumerate(pieces):
        text = memoryview(piece.encode()) if as_view else piece
        decoded += decoder.decode(text, is_final=number == len(pieces) - 1)
        assert audio.startswith(decoded)
    assert decoded == audio


@given(audio=st.binary(min_size=1, max_size=3 * EDGE), data=st.data())
def test_cut_segments_parse_as_by_the_plain_parser(audio: bytes, data: st.DataObject) -> None:
    """Property: in messages, too, one by one, and with the short cut as without it."""
    text = base64.b64encode(audio).decode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    usual, whole, received = Parser(), WholeParser(), b""
    for start, end in zip([0, *cuts], [*cuts, None], strict=True):
        message = segment(audio_data=text[start:end], is_final=end is None)
        parsed = usual.parse(message)
        assert parsed == whole.parse(message)
        assert parsed[0] == AudioSegment("t", len(parsed[1]), is_final=end is None)
        received += parsed[1]
    assert received == audio


def decode(pieces: list[str]) -> bytes:
    """The audio of a cover that comes in these pieces."""
    decoder, last = AudioDecoder(), len(pieces) - 1
    return b"".join(
        decoder.decode(piece, is_final=number == last) for number, piece in enumerate(pieces)
    )


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(["QUJ"], id="no end"),
        pytest.param(["QUJ", ""], id="no end, and an empty final segment"),
        pytest.param(["QU", "QUI="], id="a complete segment behind half a one"),
        pytest.param(["QQ=", "QUI="], id="half a padding"),
        pytest.param(["QQ", "=", ""], id="half a padding at the end"),
        pytest.param(["QUJDQQ==QU", "JD"], id="padding in the middle of a piece"),
        pytest.param(["QUI", "=QUJD"], id="padding in the middle of two"),
        pytest.param(["QUI=QU", "JD"], id="padding before what is carried"),
        pytest.param(["Q", "-JD"], id="another alphabet"),
        pytest.param(["Q ", "UJD"], id="white space"),
        pytest.param(["ä", "QUJ"], id="no ASCII"),
        pytest.param(["====="], id="padding of nothing"),
    ],
)
def test_what_is_no_base64_however_it_is_joined_is_refused(pieces: list[str]) -> None:
    """At the latest with the final segment."""
    with pytest.raises(ValueError, match=r"."):
        decode(pieces)


@pytest.mark.parametrize("text", ["QUJ", "QUJD=", "-_-_", "QU JD", "QUI=QUI=", "QUJDé===", "====="])
def test_decoding_is_strict(text: str) -> None:
    """What is no base64 is refused, not skipped."""
    with pytest.raises(ValueError, match=r"."):
        AudioDecoder().decode(text, is_final=True)
