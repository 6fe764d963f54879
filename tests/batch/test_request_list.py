"""Requests read from a list, and what is said of one that is wrong."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from voiceshift import CoverOptions, CoverRequest, SettingsError
from voiceshift.batch.request_list import MAX_LINE, Defaults, RequestList, read_requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEFAULTS = Defaults(voice="tenor", pitch=1)
USER = 2**60 + 1

MIXED = [
    CoverRequest("Amazing Grace", "bass", -1, user_id=USER),
    CoverRequest("So, what", "tenor", 1),
]


def read(text: str | bytes, defaults: Defaults = DEFAULTS, kind: str | None = None) -> object:
    """All requests of a list."""
    content = text.encode() if isinstance(text, str) else text
    return list(read_requests(io.BytesIO(content), "songs", defaults, kind))


@pytest.mark.parametrize(
    "text",
    [
        f'song,voice,pitch,user_id\nAmazing Grace,bass,-1,{USER}\n"So, what",,,\n',
        f'\ufeffsong;user_id;pitch;voice\r\n\r\nAmazing Grace;{USER};-1;bass\r\n"So, what"\r\n',
        f"Pitch\tSong\tUser_id\tVoice\n-1\t Amazing Grace \t{USER}\tbass\n\tSo, what\t\t\n",
        f'{{"song": "Amazing Grace", "voice": "bass", "pitch": -1, "user_id": {USER}}}\n\n'
        '{"song": "So, what"}',
    ],
)
def test_forms_of_a_list(text: str) -> None:
    """Commas, semicolons, tabs or JSON; what a line leaves out is the default."""
    assert read(text) == MIXED


def test_a_text_is_songs() -> None:
    """One a line; empty lines are passed over."""
    assert read(" Amazing Grace \n\nSo, what\n") == [
        CoverRequest("Amazing Grace", "tenor", 1),
        CoverRequest("So, what", "tenor", 1),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "song,format,key,start,length,vocals,accompaniment\nSong,mp3,-2,1:00,20,none,-6\n",
        '{"song": "Song", "format": "mp3", "key": -2, "start": 60, "length": "0:20", '
        '"vocals": null, "accompaniment": -6}',
    ],
)
def test_lines_may_have_options(text: str) -> None:
    """As people type them, or as JSON has numbers; a line's own go before those of all."""
    defaults = Defaults("tenor", options={"format": "wav", "key": 5})
    options: CoverOptions = {"format": "mp3", "key": -2, "start": 60, "length": 20}
    options |= {"vocals": None, "accompaniment": -6}
    assert read(text, defaults) == [CoverRequest("Song", "tenor", **options)]
    assert read("Hymn", defaults) == [CoverRequest("Hymn", "tenor", format="wav", key=5)]


def test_a_kind_that_is_named_counts() -> None:
    """A song may look like JSON, and a header like a song."""
    assert read('{"song": "a"}\n', kind="text") == [CoverRequest('{"song": "a"}', "tenor", 1)]
    assert read("song\na\n", kind="csv") == [CoverRequest("a", "tenor", 1)]


def test_a_cell_may_have_several_lines() -> None:
    """And the lines behind it are still counted right."""
    text = 'song,pitch\n"two\nlines",0\nlow,-3\n'
    with pytest.raises(SettingsError, match=r"^songs line 4: pitch must be"):
        read(text)


@pytest.mark.parametrize("text", ["", "\n", "song\n", "song,voice\n\n,\n"])
def test_an_empty_list(text: str) -> None:
    """Is no error."""
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("song,vocie\na,b\n", "line 1: unknown name 'vocie'; the names are"),
        ("song,pitch\na,0\nb,high\n", "line 3: pitch must be a whole number of octaves"),
        ("song,pitch\na,0\nb,0,c\n", "line 3: it has 3 cells, the header 2"),
        ("song,pitch\n,0\n", "line 2: it has no song"),
        ('song,pitch\n"a,0\n', "line 2: unexpected end of data"),
        ('song,pitch\n"a"b,0\n', "line 2: ',' expected after"),
        ("song,user_id\na,1.5\n", "line 2: user_id must be"),
        ('{"song": "a"}\n{"song": \n', "line 2: it is not JSON"),
        ('{"song": "a"}\n[]\n', "line 2: it is not a JSON object"),
        ('{"song": "a"}\n{"song": "a", "model": "b"}\n', "line 2: unknown name 'model'"),
        ('{"song": 5}\n', "line 1: song must be a text"),
        ('{"song": "a", "voice": ""}\n', "line 1: voice must be a text"),
        ('{"song": "a", "pitch": 0.5}\n', "line 1: pitch must be"),
        (f'{{"song": "a", "user_id": {float(USER)}}}\n', "line 1: user_id must be"),
        (b"a\n\xff\n", "line 2: it is not UTF-8"),
        ("a\n" + "b" * (MAX_LINE + 1), "line 2: it is longer than"),
    ],
)
def test_a_wrong_line_is_named(text: str | bytes, words: str) -> None:
    """With what is wrong in it."""
    with pytest.raises(SettingsError, match=f"^songs {words}"):
        read(text)


def test_a_csv_without_songs() -> None:
    """Where it must be one."""
    with pytest.raises(SettingsError, match="line 1: the header has no column song"):
        read("voice,pitch\na,b\n", kind="csv")


@pytest.mark.parametrize(
    ("first", "header"),
    [("Amazing Grace", "song"), ("a;b;1", "song,voice,pitch")],
)
def test_a_csv_without_a_header(first: str, header: str) -> None:
    """Is told which one it needs; its first line is not taken for one."""
    with pytest.raises(SettingsError, match=f"line 1: it is no header; .* such as {header}$"):
        read(f"{first}\n", kind="csv")


def test_a_list_without_voices() -> None:
    """The message has the option that helps."""
    with pytest.raises(SettingsError, match=r"line 1: it has no voice; .* --voice"):
        read("Amazing Grace\n", Defaults())


def test_lines_are_read_as_they_are_wanted() -> None:
    """A list may have no end."""

    class Endless(io.RawIOBase):
        """The same song for ever."""

        def readline(self, _: int | None = -1) -> bytes:
            return b"Amazing Grace\n"

    requests: Iterator[CoverRequest] = read_requests(Endless(), "songs", DEFAULTS)  # type: ignore[arg-type]  # as far as it is read
    assert next(requests) == next(requests) == CoverRequest("Amazing Grace", "tenor", 1)


# ---- files


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("songs.csv", "song\na\n"),
        ("songs.CSV", "Song\na\n"),
        ("songs.jsonl", '{"song": "a"}\n'),
        ("songs.ndjson", '{"song": "a"}\n'),
        ("songs.txt", "a\n"),
        ("songs", "a\n"),
        ("songs", "song,voice\na,tenor\n"),
    ],
)
def test_the_suffix_tells_the_kind(name: str, text: str, tmp_path: Path) -> None:
    """Without a known one, the first line does."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    requests = RequestList(tmp_path / name, DEFAULTS)
    assert len(requests) == 1
    assert list(requests) == list(requests) == [CoverRequest("a", "tenor", 1)]


def test_a_text_file_may_begin_with_song(tmp_path: Path) -> None:
    """Its suffix counts before its first line."""
    (tmp_path / "songs.txt").write_text("song\n", encoding="utf-8")
    assert list(RequestList(tmp_path / "songs.txt", DEFAULTS)) == [CoverRequest("song", "tenor", 1)]


def test_a_file_is_checked_as_a_whole(tmp_path: Path) -> None:
    """Before the first request is read."""
    path = tmp_path / "songs.csv"
    path.write_text("song\n" + "a\n" * 1000 + "a,b\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"songs\.csv line 1002: it has 2 cells"):
        RequestList(path, DEFAULTS)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message has its path."""
    with pytest.raises(SettingsError, match=r"cannot read the list .*songs\.csv: No such file"):
        RequestList(tmp_path / "songs.csv", DEFAULTS)
