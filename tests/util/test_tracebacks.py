"""Tracebacks that hold no local variables."""

from __future__ import annotations

import inspect
import traceback

import pytest

from voiceshift.util.tracebacks import forget_frames, hides_arguments

SECRET = "an-obviously-fake-token"


def held(error: BaseException) -> str:
    """All local variables in the frames of an error and its causes, but for those of this file."""
    causes = [cause for cause in (error.__cause__, error.__context__) if cause is not None]
    found = [
        repr(frame.f_locals)
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if not frame.f_code.co_name.startswith("test_")
    ]
    return "".join(found + [held(cause) for cause in causes])


def inner(token: str) -> None:
    """Fails with a copy of its argument."""
    copy = token
    raise ValueError(len(copy))


@hides_arguments
def outer(token: str, *, error: type[BaseException] = ValueError) -> str:
    """Fails like one who catches the error of another."""
    try:
        inner(token)
    except ValueError:  # it becomes the context, not the cause
        raise error from OSError()
    return token


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_arguments_are_in_no_frame(error: type[BaseException]) -> None:
    """Nor in those of what was called, nor of what caused the error."""
    with pytest.raises(error) as caught:
        outer(SECRET, error=error)
    assert SECRET not in held(caught.value)
    names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert "outer" in names


def test_a_function_stays_what_it_is() -> None:
    """It returns what it returns, and tells what it takes."""
    assert hides_arguments(str.upper)("a") == "A"
    assert list(inspect.signature(outer).parameters) == ["token", "error"]


def test_frames_that_still_run_stay() -> None:
    """Only those that have ended can be emptied."""
    here = SECRET
    with pytest.raises(ValueError, match="23") as caught:
        inner(here)
    assert SECRET in held(caught.value)
    forget_frames(caught.value)
    assert SECRET not in held(caught.value)
    assert here == SECRET
