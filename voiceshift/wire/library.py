"""Whether the module ``websocket`` is websocket-client, and what to do where it is not."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder

from voiceshift.errors import SettingsError

NAME = "websocket"

PART = f"{NAME}._abnf"
"""A module that no other package of that name has."""


def refuse_other_module() -> None:
    """Refuse another module of that name, without running it: it may be the user's own script.

    Raises:
        SettingsError: There is one; the message names its file.
    """
    found = PathFinder.find_spec(NAME)
    if found is None:  # it is not installed, or is part of a frozen program
        return
    folders = found.submodule_search_locations
    if not folders or PathFinder.find_spec(PART, folders) is None:
        raise _hidden_by(found.origin or ", ".join(folders or ()))


def missing_library() -> SettingsError:
    """Return the error for a library that could not be imported."""
    other = sys.modules.get(NAME)
    if other is not None:
        return _hidden_by(getattr(other, "__file__", None) or "another module")
    return SettingsError(
        "voiceshift needs the package websocket-client, and it is not installed: pip install "
        "websocket-client"
    )


def _hidden_by(place: str) -> SettingsError:
    return SettingsError(
        f"voiceshift needs the package websocket-client, and {place} hides it. Rename that if it "
        "is yours; if not, run `pip uninstall websocket websocket-client`, then `pip install "
        "websocket-client`"
    )
