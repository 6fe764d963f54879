"""Separators by name: the two of this package, and those of others that are installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from voiceshift.errors import SettingsError
from voiceshift.local.install.network_file import network_hash, network_path
from voiceshift.util.logs import SafeLogger
from voiceshift.util.text import format_names

if TYPE_CHECKING:
    from voiceshift.local.engine.separation import Separator
else:
    Separator = Callable[..., Any]  # for typing.get_type_hints: the import would load NumPy

__all__ = [
    "FALLBACK_WARNING",
    "GROUP",
    "Separator",
    "load_separator",
    "separator_loader",
    "separator_names",
    "uses_fallback",
]

logger = SafeLogger("voiceshift.local")

GROUP = "voiceshift.separators"
"""The group of entry points: the name of a separator each, and the function that makes it."""

NONE = "none"
"""In place of a separator's name: nothing has to be separated, all of the song is sung."""

FALLBACK_WARNING = (
    "the vocals are separated by a simple filter, which mistakes other instruments for the voice "
    "and loses consonants; run `voiceshift setup` in a terminal, once, to fetch a network that "
    "does far better (73 MB)"
)
"""The message where the network is missing."""


def separator_names() -> list[str]:
    """Return the names of all separators, sorted."""
    return sorted({*BUILT_IN, *(entry.name for entry in entry_points(group=GROUP))})


def uses_fallback(name: str | None) -> bool:
    """Return whether ``name`` leaves the choice open, and the network is not there to be chosen."""
    return name is None and not network_path().exists()


def load_separator(name: str | None = None) -> Separator:
    """Return a separator.

    Args:
        name: ``spleeter``, ``dsp``, ``none`` for songs that are only sung, or the name of another
            package's entry point in the group
            ``voiceshift.separators``. What follows a colon is passed to the function that makes the
            separator, such as the path of a model. ``None`` takes ``spleeter`` where ``voiceshift
            setup`` has been run, and ``dsp`` otherwise, with one warning in the log.

    Raises:
        SettingsError: There is no such separator, or it cannot be made.
    """
    return separator_loader(name)()


def separator_loader(name: str | Separator | None) -> Callable[[], Separator]:
    """Return what loads a separator, and with it the libraries of the built-in ones.

    Args:
        name: As for :func:`load_separator`, or the separator itself.

    Raises:
        SettingsError: As for :func:`load_separator`.
    """
    if callable(name):
        given = name
        return lambda: given
    if name is None:
        name = "dsp" if uses_fallback(name) else "spleeter"
        if name == "dsp":
            _warn()
    if name == NONE:
        return _none()
    key, _, argument = name.partition(":")
    if key in BUILT_IN and argument:
        raise SettingsError(f"the separator {name} cannot be made: nothing may follow {key}")
    if key in BUILT_IN:
        return BUILT_IN[key]()
    make = _plug_in(key)
    try:
        separator = make(argument) if argument else make()
    except SettingsError:
        raise
    except Exception as error:
        raise SettingsError(f"the separator {name} cannot be made: {error!r}") from error
    return lambda: separator


def _spleeter() -> Callable[[], Separator]:
    if not network_path().exists():
        raise SettingsError("Spleeter's network is not installed; voiceshift setup fetches it")
    sha256 = network_hash()

    def load() -> Separator:
        from voiceshift.local.engine.separation.spleeter import Spleeter

        return Spleeter(network_path(), sha256)

    return load


def _dsp() -> Callable[[], Separator]:
    def load() -> Separator:
        from voiceshift.local.engine.separation.harmonic_mask import separate_harmonics

        return separate_harmonics

    return load


def _none() -> Callable[[], Separator]:
    def load() -> Separator:
        from voiceshift.local.engine.separation import everything_is_sung

        return everything_is_sung

    return load


BUILT_IN = {"dsp": _dsp, "spleeter": _spleeter}


def _plug_in(name: str) -> Callable[..., Separator]:
    found = list(entry_points(group=GROUP, name=name))
    if not found:
        names = format_names(separator_names())
        raise SettingsError(f"there is no separator called {name}; the separators are {names}")
    return _load(found[0])


def _load(entry: EntryPoint) -> Callable[..., Separator]:
    try:
        make: Callable[..., Separator] = entry.load()
    except Exception as error:
        raise SettingsError(
            f"the separator {entry.name} of the entry point {entry.value} cannot be loaded: {error}"
        ) from error
    return make


@cache
def _warn() -> None:
    logger.warning(FALLBACK_WARNING)
