"""Tracebacks that show little and hold nothing: IPython, rich and others print local variables."""

from __future__ import annotations

import traceback
from copy import copy
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

INTERNAL_PACKAGES = ("voiceshift", "attr", "contextlib", "concurrent", "queue", "threading")
"""Packages whose frames tell a user nothing: this one, and those that it calls and that call it."""


def forget_frames(error: BaseException) -> None:
    """Empty the frames in a traceback, and in those of its causes, but for those still running."""
    waiting, seen = [error], set()
    while waiting:
        last = waiting.pop()
        seen.add(id(last))
        traceback.clear_frames(last.__traceback__)
        causes = (last.__cause__, last.__context__)
        waiting += [cause for cause in causes if cause is not None and id(cause) not in seen]


def hides_arguments(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Keep a function's arguments, and all that it calls, out of tracebacks: a token is in them."""

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            forget_frames(error)
            del args, kwargs
            raise

    return call


def hide_frames(error: BaseException) -> None:
    """Mark our frames in a traceback, so that IPython leaves them out, but for the last."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if _is_internal(frame):
            frame.f_locals["__tracebackhide__"] = True


def render_for_notebook(error: BaseException) -> list[str]:
    """What IPython is to show of an error of ours: the user's lines, and last the message.

    The message says all there is to know, so the error of a library that caused it is left out.
    """
    from IPython import get_ipython

    shown = copy(error)
    shown.__context__ = None if error.__suppress_context__ else error.__context__
    lines: list[str] = get_ipython().InteractiveTB.structured_traceback(
        type(error), shown, _without_internal_frames(error.__traceback__)
    )
    return lines


def _without_internal_frames(trace: TracebackType | None) -> TracebackType | None:
    """A copy of a traceback that has only the frames of the user's code."""
    if trace is None:
        return None
    rest = _without_internal_frames(trace.tb_next)
    if _is_internal(trace.tb_frame):
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _is_internal(frame: FrameType) -> bool:
    """Whether a frame is of this package, or lies between two that are."""
    name = str(frame.f_globals.get("__name__", ""))
    is_generated = frame.f_code.co_filename.startswith("<attrs generated")
    return is_generated or name.partition(".")[0] in INTERNAL_PACKAGES
