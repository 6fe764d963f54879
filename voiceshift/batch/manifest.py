"""The record of a batch: what became of each request, in a file that survives any end.

It is JSON Lines, only ever appended to. A line is on the disk before its outcome is yielded. Where
the machine stopped, the last line may be torn; it is skipped, and the next begins on a new line.
"""

from __future__ import annotations

import json
import math
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceshift.batch.outcome import cover_facts, error_facts, request_facts
from voiceshift.errors import SaveError, SettingsError
from voiceshift.util.file_lock import lock
from voiceshift.util.files import file_errors, is_stream, writing
from voiceshift.util.logs import SafeLogger
from voiceshift.util.text import counted

if TYPE_CHECKING:
    from typing_extensions import Self

    from voiceshift.batch.outcome import Outcome

logger = SafeLogger("voiceshift.batch")


class Manifest:
    """The open record of a folder; nobody else can open it meanwhile.

    In memory it keeps some hundred bytes for each cover that was complete before.

    Args:
        path: The file; made where it is missing.

    Raises:
        SettingsError: Another batch has it open, or it cannot be read and written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Of complete covers, by the hash of the name; inverted, and so below 0, once requested: a
        # set of those that were requested would take as much memory again.
        self._positions: dict[int, int] = {}
        with file_errors(SettingsError, f"cannot write {path}"):
            if is_stream(path):  # to open a pipe would wait for its other end
                raise SettingsError(f"{path} is a pipe or a device, and no file for a record")
            # Unbuffered, so that a line is written in one system call.
            self._file = path.open("ab", buffering=0)
        try:
            self._lock_and_read()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def record(self, name: str, outcome: Outcome) -> None:
        """Append what became of a request.

        Args:
            name: The name of its file, without a suffix.
            outcome: What became of it.

        Raises:
            SaveError: The disk is full, or the folder is gone.
        """
        facts = {
            "name": name,
            **request_facts(outcome.request),
            **_facts(outcome),
            "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        self._append(json.dumps(facts, ensure_ascii=False).encode() + b"\n")

    def details(self, name: str) -> dict[str, Any]:
        """What an earlier run recorded of the complete cover of that name; empty where it did not.

        That counts as a request for it.
        """
        position = self._positions.get(hash(name))
        if position is None:
            return {}
        if position < 0:
            position = ~position
        self._positions[hash(name)] = ~position
        with self._path.open("rb") as file:
            file.seek(position)
            return _parse(file.readline())

    def unrequested(self) -> int:
        """How many covers of earlier runs have not been asked for in this one."""
        return sum(position >= 0 for position in self._positions.values())

    def _lock_and_read(self) -> None:
        if not lock(self._file):
            raise SettingsError(
                f"another batch is writing into {self._path.parent}; wait for its end, or choose "
                "another folder"
            )
        if not self._read().endswith(b"\n"):
            self._append(b"\n")

    def _read(self) -> bytes:
        """Note where the complete covers are; return the last line."""
        line, position, unknown = b"\n", 0, 0
        with self._path.open("rb") as file:
            for line in file:
                facts = _parse(line)
                if facts.get("state") == COMPLETE:
                    self._positions[hash(facts["name"])] = position
                unknown += not facts and line.strip() != b""
                position += len(line)
        if unknown:
            lines = counted(unknown, "line")
            logger.warning("passed over %s of %s without a whole record", lines, self._path)
        return line

    def _append(self, line: bytes) -> None:
        with writing(self._path):
            written = self._file.write(line)
            os.fsync(self._file.fileno())
        if written != len(line):
            raise SaveError(f"cannot write {self._path}: the disk is full")


COMPLETE = "complete"
FAILED = "failed"


def _facts(outcome: Outcome) -> dict[str, Any]:
    """What became of a request; files are named as they are in the folder of the record."""
    if outcome.error is not None:
        facts = error_facts(outcome.error)
        return {"state": FAILED, **facts, "partial": _file_name(facts["partial"])}
    assert outcome.cover is not None
    return {
        "state": COMPLETE,
        "file": _file_name(outcome.cover.path),
        **cover_facts(outcome.cover),
    }


def _file_name(path: str | Path | None) -> str | None:
    return None if path is None else Path(path).name


def _parse(line: bytes) -> dict[str, Any]:
    """The facts in a line; none where it is torn, or somebody else wrote or changed it."""
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError):  # the latter where it is nested deep
        return {}
    if not isinstance(facts, dict) or not isinstance(facts.get("name"), str):
        return {}
    return facts if facts.get("state") != COMPLETE or _describes_cover(facts) else {}


def _describes_cover(facts: dict[str, Any]) -> bool:
    title, segments, elapsed = (facts.get(key) for key in ("title", "segments", "elapsed"))
    return (
        isinstance(title, str)
        and isinstance(segments, int)
        and isinstance(elapsed, (int, float))
        and 0 <= elapsed < math.inf
    )
