"""Requests read from a list: CSV, JSON Lines, or a text file with one song a line.

Errors in it are reported with file and line.
"""

from __future__ import annotations

import csv
import itertools
import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from attrs import field, frozen

from voiceshift.errors import SettingsError
from voiceshift.request import (
    CoverOptions,
    CoverRequest,
    Pitch,
    value_from_text,
)
from voiceshift.util.files import file_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

OPTIONS = tuple(CoverOptions.__annotations__)

COLUMNS = ("song", "voice", "pitch", "user_id", *OPTIONS)

KINDS = ("csv", "jsonl", "text")

KINDS_BY_SUFFIX = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "text"}

DELIMITERS = ",;\t"
"""Between the cells of CSV; spreadsheets write semicolons where the comma is a decimal sign."""

MAX_LINE = 1_000_000
"""Bytes of a line; a file with a longer one is not a list."""


@frozen
class Defaults:
    """What a request has where its line does not say.

    Attributes:
        voice: Name of the target voice; ``None`` makes every line name one.
        pitch: Whole octaves.
        options: Those of a cover.
    """

    voice: str | None = None
    pitch: Pitch = 0
    options: CoverOptions = field(factory=CoverOptions)


@frozen
class RequestList:
    r"""The requests in a file, read again each time, so that none stays in memory.

    The whole file is checked first, before anything is sent.

    Args:
        path: The file.
        defaults: For what its lines leave out.
        kind: One of :data:`KINDS`; ``None`` tells it from the file's suffix or its first line.

    Raises:
        SettingsError: The file cannot be read, or a line is wrong.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("songs.txt").write_text("Amazing Grace\n")
        >>> list(RequestList(Path("songs.txt"), Defaults(voice="tenor")))
        [CoverRequest(song='Amazing Grace', voice='tenor')]
    """

    path: Path
    defaults: Defaults = Defaults()
    kind: str | None = None
    _count: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_count", sum(1 for _ in self))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[CoverRequest]:
        kind = self.kind or KINDS_BY_SUFFIX.get(self.path.suffix.lower())
        with (
            file_errors(SettingsError, f"cannot read the list {self.path}"),
            self.path.open("rb") as file,
        ):
            yield from read_requests(file, str(self.path), self.defaults, kind)


def read_requests(
    file: IO[bytes], source: str, defaults: Defaults, kind: str | None = None
) -> Iterator[CoverRequest]:
    """Read requests as far as they are asked for.

    Args:
        file: UTF-8, with or without a byte order mark.
        source: What to call it in messages.
        defaults: For what its lines leave out.
        kind: One of :data:`KINDS`; ``None`` tells it from the first line: an object of JSON, a
            header of CSV, or else a song.

    Raises:
        SettingsError: A line is wrong.
    """
    lines = _lines(file, source)
    first = next(lines, None)
    if first is None:
        return
    kind = kind or _kind(first)
    for number, fields in READERS[kind](itertools.chain([first], lines), source):
        with _located(source, number):
            request = _request(fields, defaults)
        yield request


def _lines(file: IO[bytes], source: str) -> Iterator[str]:
    for number in itertools.count(1):
        line = file.readline(MAX_LINE + 1)
        if not line:
            return
        if len(line) > MAX_LINE:
            raise _error(source, number, f"it is longer than {MAX_LINE} bytes")
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _error(source, number, "it is not UTF-8") from error
        yield text


def _error(source: str, number: int, message: object) -> SettingsError:
    return SettingsError(f"{source} line {number}: {message}")


@contextmanager
def _located(source: str, number: int) -> Iterator[None]:
    """Add to an error where it is."""
    try:
        yield
    except SettingsError as error:
        raise _error(source, number, error) from error


def _kind(first: str) -> str:
    if first.lstrip().startswith("{"):
        return "jsonl"
    return "csv" if "song" in _cells(first) else "text"


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _cells(header: str) -> list[str]:
    return [cell.strip().strip('"').strip().lower() for cell in header.split(_delimiter(header))]


def _header_for(cells: Sequence[str]) -> str:
    """The header that a list whose first line has ``cells`` most likely needs."""
    return ",".join(COLUMNS[: len(cells)])


def _from_text(lines: Iterable[str], _: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, {"song": line.strip()}


def _from_jsonl(lines: Iterable[str], source: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            with _located(source, number):
                fields = _json_object(line)
                _check_columns(fields)
            yield number, fields


def _json_object(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"it is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise SettingsError("it is not a JSON object")
    return value


def _from_csv(lines: Iterable[str], source: str) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = iter(lines)
    header = next(lines)
    columns = _cells(header)
    with _located(source, 1):
        if set(columns).isdisjoint(COLUMNS):
            raise SettingsError(
                f"it is no header; begin the list with one, such as {_header_for(columns)}"
            )
        _check_columns(columns)
        if "song" not in columns:
            raise SettingsError(f"the header has no column song; it may have {', '.join(COLUMNS)}")
    for number, row in _rows(lines, _delimiter(header), source):
        if len(row) > len(columns):
            raise _error(source, number, f"it has {len(row)} cells, the header {len(columns)}")
        cells = {
            name: cell.strip() for name, cell in zip(columns, row, strict=False) if cell.strip()
        }
        if cells:
            yield number, cells


def _rows(lines: Iterable[str], delimiter: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, each with the number of its first line."""
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = rows.line_num + 2  # a row may have several lines
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise _error(source, number, error) from error
        if row is None:
            return
        yield number, row


READERS = {"csv": _from_csv, "jsonl": _from_jsonl, "text": _from_text}


def _check_columns(columns: Iterable[str]) -> None:
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        names = ", ".join(map(repr, unknown))
        raise SettingsError(f"unknown name {names}; the names are {', '.join(COLUMNS)}")


def _request(fields: dict[str, Any], defaults: Defaults) -> CoverRequest:
    if "song" not in fields:
        raise SettingsError("it has no song")
    voice = fields.get("voice", defaults.voice)
    if voice is None:
        raise SettingsError("it has no voice; give one for all lines with --voice")
    # Numbers of JSON are taken as they are, texts as people type them.
    fields = {
        name: value_from_text(name, value) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    options: Any = {name: fields[name] for name in OPTIONS if name in fields}
    return CoverRequest(
        fields["song"],
        voice,
        fields.get("pitch", defaults.pitch),
        user_id=fields.get("user_id"),
        **{**defaults.options, **options},
    )
