"""The wire: exact texts out, typed messages in, and a typed error for everything else."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import attrs
import pybase64
import pytest
from attrs.exceptions import FrozenInstanceError

from tests.support.processes import run_python
from tests.support.properties import example, given, st
from voiceshift.errors import CoverError, ProtocolError, SettingsError
from voiceshift.events import Authenticated, Progress, Queued, ServiceInfo
from voiceshift.request import CoverRequest, VoiceInfo
from voiceshift.settings import Secret
from voiceshift.wire import segment
from voiceshift.wire.messages import (
    MAX_TEXT,
    MAX_TITLE,
    AudioSegment,
    AuthRequired,
    Message,
    Parser,
    ServiceError,
    Unknown,
    Voices,
    asks_for_voices,
    authentication_text,
    cover_text,
    features_of,
    parse_request,
    parse_token,
    service_text,
    wants_progress,
)

DECODERS = {"stdlib": segment.standard_decode, "pybase64": segment.strict_decode}
"""The standard library's, and the one of the extra ``fast``."""

both_decoders = pytest.mark.parametrize("decoder", DECODERS)


def parse(data: bytes | bytearray | memoryview) -> tuple[Message, bytes]:
    """What the first message of a service is, with its audio."""
    return Parser().parse(data)


def parse_with(decoder: str, data: bytes) -> tuple[Message, bytes]:
    """The same, with one of the two base64 decoders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "strict_decode", DECODERS[decoder])
        return parse(data)


def parse_object(**fields: object) -> Message:
    """The message with the given fields."""
    return parse(json.dumps(fields).encode())[0]


def segment_fields(**changes: object) -> dict[str, object]:
    """A well-formed audio segment with the given fields changed."""
    fields = {
        "type": "audio_segment",
        "song_title": "Title",
        "audio_data": "QUJD",
        "is_final": False,
    }
    return fields | changes


# ---- what is sent


def test_authentication_is_the_token_alone() -> None:
    """Without a type, as the service's documentation has it."""
    assert authentication_text(Secret("obviously-fake")) == '{"token": "obviously-fake"}'


def test_request_has_the_documented_fields() -> None:
    """The voice is called model, and the user id is a whole number however large."""
    request = CoverRequest("Rihanna - Diamonds", "henningmay", user_id=241579763498614784)
    assert cover_text(request, "cover") == (
        '{"type": "cover", "song": "Rihanna - Diamonds", "model": "henningmay", "pitch": 0, '
        '"user_id": 241579763498614784}'
    )


def test_request_leaves_out_the_user_id_where_there_is_none() -> None:
    """And takes its type from the settings."""
    assert cover_text(CoverRequest("Grüße", "tenor", -2), "cover_request") == (
        '{"type": "cover_request", "song": "Gr\\u00fc\\u00dfe", "model": "tenor", "pitch": -2}'
    )


# ---- what may be asked for


@pytest.mark.parametrize("name", ["song", "voice"])
@pytest.mark.parametrize("value", ["", " \n", None, 5, b"bytes", "\ud800"])
def test_what_is_no_name_is_refused(name: str, value: object) -> None:
    """Among it half a surrogate pair, which could not be sent as UTF-8."""
    names: dict[str, Any] = {"song": "Song", "voice": "tenor", name: value}
    with pytest.raises(SettingsError, match=name):
        CoverRequest(**names)


@pytest.mark.parametrize("pitch", [-2, -1, 0, 1, 2])
def test_pitch_is_two_octaves_either_way(pitch: int) -> None:
    """Five whole numbers are the service's pitches."""
    assert CoverRequest("Song", "tenor", pitch).pitch == pitch


@pytest.mark.parametrize("pitch", [-3, 3, 0.0, 1.0, 0.5, math.nan, True, "1", None])
def test_other_pitches_are_refused(pitch: Any) -> None:
    """A whole float too, since it hints at semitones or halves being meant."""
    with pytest.raises(SettingsError, match="pitch must be a whole number of octaves"):
        CoverRequest("Song", "tenor", pitch)


def test_user_id_of_a_request_is_checked() -> None:
    """As in the settings."""
    half: Any = 2.0
    with pytest.raises(SettingsError, match="user_id"):
        CoverRequest("Song", "tenor", user_id=half)


def test_requests_do_not_change() -> None:
    """What was checked is what is sent."""
    with pytest.raises(FrozenInstanceError):
        CoverRequest("Song", "tenor").pitch = 9  # type: ignore[misc]  # the point


# ---- what is received


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type": "auth_required"}', AuthRequired()),
        ('{"type": "auth_success"}', Authenticated()),
        (
            '{"type": "job_queued", "message": "Job wurde in die Warteschlange eingereiht."}',
            Queued("Job wurde in die Warteschlange eingereiht."),
        ),
        ('{"type": "job_queued"}', Queued("")),
        ('{"type": "job_queued", "message": "-1", "remark": true}', Queued("-1", is_remark=True)),
        ('{"type": "job_queued", "message": "-1", "remark": 1}', Queued("-1")),
        (
            '{"type": "job_queued", "message": "!", "remark": true, "warning": true}',
            Queued("!", is_remark=True, is_warning=True),
        ),
        (
            '{"type": "audio_segment", "song_title": "Grüße", "audio_data": "QUJD", '
            '"is_final": false}',
            AudioSegment("Grüße", 3, is_final=False),
        ),
        (
            '{"is_final": true, "audio_data": "", "song_title": "", "type": "audio_segment"}',
            AudioSegment("", 0, is_final=True),
        ),
        ('{"type": "error", "message": "no such song"}', ServiceError("no such song")),
        ('{"type": "error", "error": "no such song"}', ServiceError("no such song")),
        ('{"error": "no such song"}', ServiceError("no such song")),
        ('{"type": "error", "code": 1013, "message": "a"}', ServiceError("a", is_full=True)),
        ('{"type": "error", "code": 1011, "message": "a"}', ServiceError("a")),
        ('{"type": "job_failed", "reason": "no such song"}', ServiceError("no such song")),
        ('{"type": "CoverError", "message": " "}', ServiceError("the service gave no reason")),
        ('{"type": "error", "message": 5}', ServiceError("the service gave no reason")),
        ('{"type": "news", "audio_data": 5}', Unknown("news")),
        ('{"type": ""}', Unknown("")),
        ('\n{"type"\t:"auth_required", "new": [{}]}  ', AuthRequired()),
    ],
)
def test_every_kind_of_message_is_understood(text: str, message: Message) -> None:
    """Fields may be in any order, further ones are passed over, new types are known as such."""
    audio = b"ABC" if getattr(message, "length", 0) else b""
    assert parse(text.encode()) == (message, audio)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_like_object_is_understood(kind: type) -> None:
    """The transport hands on views and joined fragments without a copy."""
    assert parse(kind(b'{"type": "auth_success"}')) == (Authenticated(), b"")


TOKEN = "an-obviously-fake-token"

WORDS = [
    {"type": "job_queued", "message": "{}"},
    {"type": "error", "message": "{}"},
    {"error": "{}"},
    {"type": "{}"},
    {"type": "{} failed"},
    segment_fields(song_title="{}"),
    segment_fields(song_title="{}", extra="x" * 3000),  # for which there is no short cut
]
"""A message for each place in which a service has its say."""


@pytest.mark.parametrize("fields", WORDS, ids=repr)
@pytest.mark.parametrize(
    "said",
    [
        pytest.param(f"the token {TOKEN}!", id="the token"),
        pytest.param(f"{TOKEN[:-3]}…", id="its beginning"),
        pytest.param(f"…{TOKEN[4:]}", id="its end"),
        pytest.param("x" * (MAX_TITLE - 8) + TOKEN, id="cut by the limit of a title"),
        pytest.param("x" * (MAX_TEXT - 8) + TOKEN, id="cut by the limit of a text"),
        pytest.param(f"\ud800{TOKEN}\udfff", id="between halves of surrogate pairs"),
    ],
)
def test_token_is_in_no_text(fields: dict[str, object], said: str) -> None:
    """Neither it nor a part of it longer than 7 characters."""
    filled = {
        name: value.format(said) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    message, _ = Parser(Secret(TOKEN)).parse(json.dumps(filled).encode())
    shown = repr(message)
    assert not any(TOKEN[start : start + 8] in shown for start in range(len(TOKEN) - 7))
    assert shown.isprintable()


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    """What UTF-8 cannot hold would end the file that it is written to; whole pairs stay."""
    (title, _), parser = parse_title('"\\ud83c\\udfa4 \\ud800 x"'), Parser()
    assert title == "🎤 ? x"
    assert parser.parse(b'{"type": "\\udfff"}')[0] == Unknown("?")


def parse_title(text: str) -> tuple[str, int]:
    """The title in a segment whose title is the JSON ``text``, and the length of its audio."""
    data = json.dumps(segment_fields()).encode().replace(b'"Title"', text.encode())
    segment, _ = parse(data)
    assert isinstance(segment, AudioSegment)
    return segment.title, segment.length


def test_title_is_cut() -> None:
    """It comes with each segment, thousands of which may wait for a slow consumer."""
    title, length = parse_title('"' + "T" * 4_000_000 + '"')
    assert (title, length) == ("T" * MAX_TITLE, 3)


def test_each_segment_has_its_own_title() -> None:
    """Though most have that of the segment before."""
    parser = Parser()
    titles = ["a", "a", "b", "", "a", "a" * MAX_TITLE, "a" * (MAX_TITLE + 1)]
    parsed = [
        parser.parse(json.dumps(segment_fields(song_title=title)).encode())[0] for title in titles
    ]
    assert [segment.title for segment in parsed if isinstance(segment, AudioSegment)] == [
        title[:MAX_TITLE] for title in titles
    ]


def test_flood_of_words_is_cut() -> None:
    """However much a service says, only the beginning is kept and shown."""
    flood = "x" * (MAX_TEXT + 1)
    kept = flood[:MAX_TEXT]
    assert parse_object(type="error", message=flood) == ServiceError(kept)
    assert parse_object(type="job_queued", message=flood) == Queued(kept)
    assert parse_object(type=flood) == Unknown(kept)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b'{"type": "auth_required"', "not JSON"),
        (b'{"type": "auth_required"} {}', "not JSON"),
        (b'\xef\xbb\xbf{"type": "auth_required"}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"type": ' + b"9" * 10_000 + b"}", "not JSON|without a type"),  # Pythons differ
        (b'{"type": "\xff"}', "not UTF-8"),
        ('{"type": "auth_required"}'.encode("utf-16"), "not UTF-8"),
        ('{"type": "auth_required"}'.encode("utf-16-le"), "not JSON"),
        (b'["auth_required"]', "not an object"),
        (b'"auth_required"', "not an object"),
        (b"null", "not an object"),
        (b"{}", "without a type"),
        (b'{"type": null}', "without a type"),
        (b'{"type": 5}', "without a type"),
        (b'{"type": ["error"]}', "without a type"),
        (b'{"type": "job_queued", "message": null}', "without a text message"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_malformed_message_is_a_protocol_error(data: bytes, words: str) -> None:
    """Whatever is wrong is told in our own words."""
    with pytest.raises(ProtocolError, match=words):
        parse(data)


@pytest.mark.parametrize("data", [b"a-token, megabytes long", b"a-token, \xff"])
def test_error_does_not_hold_the_message(data: bytes) -> None:
    """Python's own errors do, for as long as somebody keeps them, and what repeats a token too."""
    with pytest.raises(ProtocolError) as caught:
        parse(data)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"song_title": None}, "without a text song_title"),
        ({"song_title": 5}, "without a text song_title"),
        ({"audio_data": None}, "without a text audio_data"),
        ({"audio_data": ["QUJD"]}, "without a text audio_data"),
        ({"is_final": None}, "is_final is not"),
        ({"is_final": 1}, "is_final is not"),
        ({"is_final": "true"}, "is_final is not"),
    ],
)
def test_malformed_segment_is_a_protocol_error(changes: dict[str, object], words: str) -> None:
    """No field has a default: a missing ``is_final`` would be waited for in vain."""
    with pytest.raises(ProtocolError, match=words):
        parse_object(**segment_fields(**changes))
    (name,) = changes
    fields = segment_fields()
    del fields[name]
    with pytest.raises(ProtocolError, match=words):
        parse_object(**fields)


# ---- base64


def final_segment(audio_data: str) -> bytes:
    """The message with the last of a cover's audio."""
    return json.dumps(segment_fields(audio_data=audio_data, is_final=True)).encode()


@both_decoders
@pytest.mark.parametrize(
    "text",
    [
        "QUJD=",  # the strict decoders disagree on it
        "-_-_",  # the URL-safe alphabet, which the lax decoder drops
        "QUI=QUI=",  # the lax decoder stops at the padding
        "QUJDQ",
        "QQ",
        "Q===",
        "====",
        "=QUJ",
        "QU=D",
        "QUJD\n",
        "QU JD==",
        "QUJD\n\n\n\n",
        "ÄÖÜß",
        "QUJ\x00",
    ],
)
def test_what_is_no_base64_is_refused(decoder: str, text: str) -> None:
    """No audio is ever lost without a word."""
    with pytest.raises(ProtocolError, match="not base64"):
        parse_with(decoder, final_segment(text))


def outcome(decoder: str, data: bytes) -> tuple[Message, bytes] | str:
    """The parsed message, or the words of its refusal."""
    try:
        return parse_with(decoder, data)
    except ProtocolError as error:
        return str(error)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)

TYPES = ["audio_segment", "job_queued", "auth_required", "auth_success", "error", "news"]

protocol_like = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | json_values},
    optional={
        "song_title": json_values,
        "audio_data": st.text("QUJDabc+/=-_ ") | json_values,
        "is_final": st.booleans() | json_values,
        "message": json_values,
        "error": json_values,
    },
).map(lambda fields: json.dumps(fields).encode())


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()) | protocol_like)
def test_any_bytes_are_a_message_or_a_protocol_error(data: bytes) -> None:
    """Nothing a service sends can raise anything else; both decoders see the same."""
    seen = [outcome(decoder, data) for decoder in DECODERS]
    assert seen[0] == seen[1]
    assert isinstance(seen[0], str) or attrs.has(type(seen[0][0]))


@given(st.text("QUJDabc+/=-_ \nÄ", max_size=12))
@example("QUJD=")
@example("QR==")  # the unused bits are not zero
def test_both_decoders_agree_on_any_text(text: str) -> None:
    """What is accepted does not depend on an optional package."""
    data = final_segment(text)
    assert outcome("stdlib", data) == outcome("pybase64", data)


@both_decoders
@given(audio=st.binary(max_size=1000), title=st.text(), is_final=st.booleans())
def test_any_audio_comes_through(decoder: str, audio: bytes, title: str, is_final: bool) -> None:
    """Byte for byte, with its title."""
    fields = segment_fields(
        song_title=title, audio_data=base64.b64encode(audio).decode(), is_final=is_final
    )
    segment = AudioSegment(title, len(audio), is_final)
    assert parse_with(decoder, json.dumps(fields).encode()) == (segment, audio)


WITHOUT_PYBASE64 = """
import json, sys
sys.modules["pybase64"] = None
from voiceshift import ProtocolError
from voiceshift.wire import messages
from voiceshift.wire.segment import standard_decode, strict_decode

def parse(segment):
    fields = {"type": "audio_segment", "song_title": "", "audio_data": segment, "is_final": True}
    return messages.Parser().parse(json.dumps(fields).encode())

_, audio = parse("QUJD")
try:
    parse("-_-_")
except ProtocolError:
    print(strict_decode is standard_decode, audio, "refused")
"""


def test_fast_extra_is_used() -> None:
    """Where pybase64 is installed, nobody need switch it on."""
    assert segment.strict_decode.func is pybase64.b64decode


def test_works_without_the_fast_extra() -> None:
    """Where pybase64 is not installed, the standard library decodes, as strictly."""
    assert run_python(WITHOUT_PYBASE64) == "True b'ABC' refused\n"


# ---- the service's side


@given(
    title=st.text(),
    audio=st.binary(max_size=1000),
    is_final=st.booleans(),
    text=st.text(min_size=1, max_size=MAX_TEXT).filter(str.strip),
    is_full=st.booleans(),
)
def test_what_a_service_says_is_understood(
    title: str, audio: bytes, is_final: bool, text: str, is_full: bool
) -> None:
    """Both sides of the protocol agree on every message."""
    segment = AudioSegment(title, len(audio), is_final)
    assert parse(service_text(segment, audio).encode()) == (segment, audio)
    queued, error = Queued(text, is_remark=is_full), ServiceError(text, is_full)
    for message in (AuthRequired(), Authenticated(), queued, error):
        assert parse(service_text(message).encode()) == (message, b"")


@pytest.mark.parametrize("request_type", ["cover", "cover_request"])
@pytest.mark.parametrize("user_id", [None, 2**63])
def test_what_a_client_asks_is_understood(request_type: str, user_id: int | None) -> None:
    """Whichever type its request has."""
    request = CoverRequest("Grüße", "tenor", -2, user_id=user_id)
    assert parse_request(cover_text(request, request_type)) == request
    assert parse_token(authentication_text(Secret("obviously-fake"))) == "obviously-fake"


NOT_OBJECTS = ["", "no JSON", "null", "[]", "[" * 100_000, b"\xff"]


@pytest.mark.parametrize("data", ["{}", '{"type": "voices"}', '{"type": ["cover"]}', *NOT_OBJECTS])
def test_what_is_not_a_request_is_refused(data: str | bytes) -> None:
    """Whatever a stranger sends."""
    with pytest.raises(CoverError, match='with the type "cover"'):
        parse_request(data)


@pytest.mark.parametrize("fields", [{}, {"song": "Song"}, {"song": 5, "model": "tenor"}])
def test_wrong_field_of_a_request_is_refused(fields: dict[str, object]) -> None:
    """In the words of a request that is made by mistake."""
    with pytest.raises(SettingsError, match="must be a text"):
        parse_request(json.dumps({"type": "cover", **fields}))


@pytest.mark.parametrize("data", ["{}", '{"token": 5}', *NOT_OBJECTS])
def test_what_has_no_token_is_none(data: str | bytes) -> None:
    """It is not compared with anything."""
    assert parse_token(data) is None


# ---- what only some services have


SERVICE = ServiceInfo("voiceshift", "1.2", frozenset({"format", "progress"}))


def test_a_service_says_what_it_can_do() -> None:
    """Beside the documented answer to the token, which is all that others send."""
    text = service_text(Authenticated(SERVICE))
    assert json.loads(text) == {
        "type": "auth_success",
        "service": {"name": "voiceshift", "version": "1.2", "features": ["format", "progress"]},
    }
    message = parse(text.encode())[0]
    assert isinstance(message, Authenticated)
    assert message.service == SERVICE
    assert service_text(Authenticated()) == '{"type": "auth_success"}'


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (None, ServiceInfo()),
        ("voiceshift", ServiceInfo()),
        ([SERVICE.name], ServiceInfo()),
        ({}, ServiceInfo()),
        ({"name": 5, "version": ["1"], "features": "format"}, ServiceInfo()),
        ({"features": {"format": True}}, ServiceInfo()),
        ({"features": ["key", 5, None, ["part"]]}, ServiceInfo(features=frozenset({"key"}))),
        ({"version": "2", "more": 1}, ServiceInfo(version="2")),
    ],
)
def test_odd_words_of_a_service_about_itself_are_no_error(
    said: object, understood: ServiceInfo
) -> None:
    """Nothing of it is needed to make a cover."""
    message = parse_object(type="auth_success", service=said)
    assert isinstance(message, Authenticated)
    assert message.service == understood


def test_progress_is_understood() -> None:
    """The share that is made, and the seconds left where the service knows them."""
    assert parse_object(type="progress", done=0.5, remaining=12) == Progress(0.5, 12.0)
    assert parse_object(type="progress", done=0) == Progress(0.0)
    assert parse(service_text(Progress(0.5, 12.0)).encode()) == (Progress(0.5, 12.0), b"")


@pytest.mark.parametrize("done", [None, "half", -0.1, 1.01, True, math.nan, [0.5]])
def test_progress_that_makes_no_sense_is_passed_over(done: object) -> None:
    """Another service may mean something else by the word."""
    assert parse_object(type="progress", done=done) == Unknown("progress")


def test_voices_are_understood() -> None:
    """Those with a name; what is odd about the rest of one is left out."""
    voices = (VoiceInfo("anna", "knn", 61.5), VoiceInfo("boris", "rvc"))
    assert parse(service_text(Voices(voices)).encode()) == (Voices(voices), b"")
    odd = [{"name": "carl", "kind": 5, "seconds": -1}, {"kind": "knn"}, "dora", None]
    assert parse_object(type="voices", voices=odd) == Voices((VoiceInfo("carl"),))
    assert parse_object(type="voices") == Voices(())


OPTIONS = CoverRequest(
    "Song", "tenor", "auto", format="mp3", key=-2, start=60, length=20, vocals=None, accompaniment=3
)


def test_options_of_a_request_are_understood() -> None:
    """Both sides of the protocol agree on them."""
    assert json.loads(cover_text(OPTIONS, "cover", progress=True)) == {
        "type": "cover",
        "song": "Song",
        "model": "tenor",
        "pitch": "auto",
        "format": "mp3",
        "key": -2,
        "start": 60,
        "length": 20,
        "vocals": None,
        "accompaniment": 3,
        "progress": True,
    }
    assert parse_request(cover_text(OPTIONS, "cover")) == OPTIONS
    assert features_of(OPTIONS) == {"auto", "format", "key", "part", "mix"}


def test_a_request_without_options_is_as_documented() -> None:
    """Byte for byte."""
    assert cover_text(CoverRequest("Song", "tenor", 1, user_id=5), "cover") == (
        '{"type": "cover", "song": "Song", "model": "tenor", "pitch": 1, "user_id": 5}'
    )
    assert features_of(CoverRequest("Song", "tenor")) == set()


def test_other_wishes_of_a_client_are_understood() -> None:
    """The voices there are, and how far the cover is."""
    assert asks_for_voices('{"type": "voices"}')
    assert not asks_for_voices(cover_text(OPTIONS, "cover"))
    assert wants_progress('{"progress": true}')
    assert not wants_progress('{"progress": 1}')
