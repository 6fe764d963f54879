"""Tracebacks that hold nothing: IPython, rich and others print the local variables in them."""

from __future__ import annotations

import traceback
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


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
