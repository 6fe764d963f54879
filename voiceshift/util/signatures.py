"""Signatures that list options by name, for whoever asks an editor or a notebook for them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import NOTHING, fields_dict

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., Any]")


def lists_options(options: Any, holder: type[Any]) -> Callable[[Function], Function]:
    """Have a function's signature show the keywords behind its ``**``.

    Type checkers read them from the annotation, ``**settings: Unpack[SettingsOptions]``; all else,
    Jupyter's Shift+Tab among it, from :func:`inspect.signature`.

    Args:
        options: The ``TypedDict`` of the annotation.
        holder: The attrs class of the same fields, which has the defaults.
    """
    defaults = fields_dict(holder)
    named = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty
            if defaults[name].default is NOTHING
            else defaults[name].default,
            annotation=getattr(annotation, "__forward_arg__", annotation),
        )
        for name, annotation in options.__annotations__.items()
    ]

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        *own, _ = signature.parameters.values()
        listed = signature.replace(parameters=[*own, *named])
        setattr(function, "__signature__", listed)  # noqa: B010 - mypy knows no other way
        return function

    return decorate
