"""The separators by name: the two of this package, and those of any other that is installed."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from voiceshift.errors import SettingsError
from voiceshift.local.install.spleeter import network_path
from voiceshift.util.text import format_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from voiceshift.local.engine.separation import Separator

__all__ = ["GROUP", "MAKESHIFT", "is_makeshift", "load_separator", "separator_names"]

logger = logging.getLogger("voiceshift.local")

GROUP = "voiceshift.separators"
"""The group of entry points, each the name of a separator and the function that makes it."""

MAKESHIFT = (
    "the vocals are separated by a simple filter, which takes other instruments for a voice and "
    "loses consonants; voiceshift setup fetches a network that does far better (73 MB, once)"
)
"""What is said where the network is missing."""


def separator_names() -> list[str]:
    """Return the names of all separators, sorted."""
    return sorted({*BUILT_IN, *(entry.name for entry in entry_points(group=GROUP))})


def is_makeshift(name: str | None) -> bool:
    """Return whether ``name`` leaves the choice open, and the better choice is not there."""
    return name is None and not network_path().exists()


def load_separator(name: str | None = None) -> Separator:
    """Return a separator.

    Args:
        name: ``spleeter``, ``dsp``, or the name of another package's entry point in the group
            ``voiceshift.separators``. What follows a colon is given to the function that makes the
            separator, such as the path of a model. ``None`` takes ``spleeter`` where ``voiceshift
            setup`` has been run, and ``dsp`` otherwise, which is logged as a warning once.

    Raises:
        SettingsError: There is no such separator, or it cannot be made.
    """
    if name is None:
        if is_makeshift(name):
            _warn()
        name = "dsp" if is_makeshift(name) else "spleeter"
    key, _, argument = name.partition(":")
    make = BUILT_IN.get(key) or _plug_in(key)
    try:
        return make(argument) if argument else make()
    except SettingsError:
        raise
    except Exception as error:
        raise SettingsError(f"the separator {name} cannot be made: {error!r}") from error


def _spleeter() -> Separator:
    from voiceshift.local.engine.separation.spleeter import Spleeter

    if not network_path().exists():
        raise SettingsError("Spleeter's network is not here; voiceshift setup fetches it")
    return Spleeter(network_path())


def _dsp() -> Separator:
    from voiceshift.local.engine.separation.harmonic_mask import comb

    return comb


BUILT_IN: dict[str, Callable[..., Separator]] = {"dsp": _dsp, "spleeter": _spleeter}


def _plug_in(name: str) -> Callable[..., Separator]:
    found = list(entry_points(group=GROUP, name=name))
    if not found:
        names = format_names(separator_names())
        raise SettingsError(f"there is no separator called {name}; the separators are {names}")
    return _loaded(found[0])


def _loaded(entry: EntryPoint) -> Callable[..., Separator]:
    try:
        make: Callable[..., Separator] = entry.load()
    except Exception as error:
        raise SettingsError(
            f"the separator {entry.name} of the entry point {entry.value} cannot be loaded: {error}"
        ) from error
    return make


@cache
def _warn() -> None:
    logger.warning(MAKESHIFT)
