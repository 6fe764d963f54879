"""Trying again: after what, and when."""

from __future__ import annotations

import errno
import ssl

import pytest

from voiceshift.errors import ConnectError
from voiceshift.util.retry import backoff, is_transient


def test_backoff_doubles_up_to_the_maximum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown by the longest delay that the jitter gives."""
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    assert [backoff(failures, 0.5, 3) for failures in range(1, 6)] == [0.5, 1, 2, 3, 3]
    assert backoff(10**6, 0.5, 3) == 3


def test_backoff_has_jitter() -> None:
    """From half of the delay to all of it, so that many clients do not come at once."""
    delays = {backoff(1, 2) for _ in range(100)}
    assert len(delays) > 1
    assert all(1 <= delay <= 2 for delay in delays)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, True) for status in (408, 429, 500, 502, 503, 504, 520, 524, 530, None)),
        *((status, False) for status in (401, 404, 407, 501, 531)),
    ],
)
def test_status_tells_whether_to_try_again(status: int | None, expected: bool) -> None:
    """A server that answered with anything else will do so again; one that did not, perhaps not."""
    assert is_transient(ConnectError("no", status=status)) is expected


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (ConnectionRefusedError(), True),
        (OSError(errno.ENFILE, "other programs may close theirs"), True),
        (OSError(errno.EMFILE, "too many open files"), False),
        (OSError(errno.EAFNOSUPPORT, "no such network"), False),
        (PermissionError(errno.EACCES, "not allowed"), False),
        (ssl.SSLCertVerificationError(), False),
        (UnicodeError(), False),
        (RuntimeError("can't start new thread"), False),
    ],
)
def test_cause_tells_whether_to_try_again(cause: Exception, *, expected: bool) -> None:
    """Networks and services recover; certificates, names and programs do not."""
    error = ConnectError("no")
    error.__cause__ = cause
    assert is_transient(error) is expected
