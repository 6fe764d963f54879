"""What the catalogue expects of the client: the cases that fail, their errors and limits."""

from __future__ import annotations

from tests.faults.catalogue import CASES, Case
from tests.faults.fault import COVER
from voiceshift import (
    AuthTimeout,
    ConnectionLost,
    ConnectTimeout,
    DeadlineExceeded,
    IdleTimeout,
    MessageTooBig,
    VoiceShiftError,
)

LIMIT = 2.0
"""Seconds of the time limit that a case is to meet; all other limits stay as they are.

The steps before the fault, and the whole next cover, keep within it on a busy machine too.
"""

LIMITS: dict[type[VoiceShiftError] | None, str] = {
    ConnectTimeout: "connect_timeout",
    AuthTimeout: "auth_timeout",
    IdleTimeout: "idle_timeout",
}

FAILURES = [case for case in CASES if case.outcome != COVER]
HARMLESS = [case for case in CASES if case.outcome == COVER]


def check(error: VoiceShiftError, case: Case) -> None:
    """That this is the error which the catalogue announces."""
    expected = case.outcome
    assert type(error) is expected.error
    assert "the reader failed" not in str(error)  # what nobody has thought of
    # Until the token is accepted there is no connection to lose: its loss is the cause.
    close = error.__cause__ if isinstance(error.__cause__, ConnectionLost) else error
    if expected.code is not None:
        assert (getattr(close, "code", None), getattr(close, "reason", None)) == expected[1:3]
        assert str(expected.code) in str(error) or expected.code == 1006
        assert expected.reason in str(error)
    assert getattr(error, "status", None) == expected.status
    if isinstance(error, DeadlineExceeded):
        assert error.seconds == LIMIT
    if isinstance(error, MessageTooBig):
        assert error.size > error.limit
