"""Options of a request: what they may be, and what is said of one that is wrong."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import attrs
import pytest

from voiceshift import CoverRequest, SettingsError
from voiceshift.request import value_from_text


def request(**options: Any) -> CoverRequest:
    """A request with options, right or wrong ones."""
    return CoverRequest("Song", "tenor", **options)


def test_options_are_those_that_are_not_the_default() -> None:
    """A request with the defaults is one without options."""
    assert request(key=0, start=0, length=None, vocals=0, accompaniment=0, format=None) == request()
    assert request().options == {}
    assert request(vocals=None, start=1).options == {"vocals": None, "start": 1.0}


@pytest.mark.parametrize("pitch", ["auto", -2, 2])
def test_pitch_may_be_left_to_the_service(pitch: Any) -> None:
    """By a word, beside the five octaves."""
    assert CoverRequest("Song", "tenor", pitch).pitch == pitch


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "aac"}, "format must be one of ogg, opus, mp3, flac, wav, not 'aac'"),
        ({"format": ["mp3"]}, "format must be one of"),
        ({"key": 13}, "key must be a whole number of semitones from -12 to 12, not 13"),
        ({"key": 1.0}, "key must be"),
        ({"key": True}, "key must be"),
        ({"start": -1}, "start must be a number that is not negative"),
        ({"start": "1:00"}, "start must be"),
        ({"length": 0}, "length must be seconds above 0"),
        ({"length": math.inf}, "length must be"),
        ({"vocals": 13}, "vocals must be decibels from -60 to 12, not 13"),
        ({"accompaniment": math.nan}, "accompaniment must be decibels"),
        ({"vocals": None, "accompaniment": None}, "leaves nothing to hear"),
        ({"bitrate": 128}, "unknown option bitrate; the options of a cover are format, key, "),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], message: str) -> None:
    """With what they may be."""
    with pytest.raises(SettingsError, match=message):
        request(**options)


def test_requests_survive_what_is_done_to_values() -> None:
    """Pickled, copied and changed, as batches do."""
    one = request(format="flac", key=-3, vocals=None)
    assert pickle.loads(pickle.dumps(one)) == copy.copy(one) == one
    changes: Any = {"key": 0}
    assert attrs.evolve(one, **changes) == request(format="flac", vocals=None)
    assert hash(one) == hash(copy.copy(one))


def test_repr_is_short() -> None:
    """It leaves out what is the default, and can be typed."""
    assert repr(request()) == "CoverRequest(song='Song', voice='tenor')"
    one = request(pitch=1, user_id=5, vocals=None)
    assert eval(repr(one)) == one


def test_options_as_people_type_them() -> None:
    """Minutes, signs, and a word for what is left out."""
    typed = {"start": "1:02:03.5", "length": "20", "key": "+3", "vocals": "None", "format": "mp3"}
    parsed = {"start": 3723.5, "length": 20, "key": 3, "vocals": None, "format": "mp3"}
    assert {name: value_from_text(name, text) for name, text in typed.items()} == parsed


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("key", "two", "key must be a whole number, not 'two'"),
        ("start", "1:xx", "start must be a time as 1:00 or 60, not '1:xx'"),
        ("length", "", "length must be a time"),
        ("vocals", "loud", "vocals must be decibels as -6, or none, not 'loud'"),
    ],
)
def test_what_cannot_be_read_is_refused(name: str, text: str, message: str) -> None:
    """With an example of what can."""
    with pytest.raises(SettingsError, match=message):
        value_from_text(name, text)
