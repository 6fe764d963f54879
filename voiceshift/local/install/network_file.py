"""Where the network that separates the vocals is kept, and how it is checked.

Apart from what fetches it, which would take long to import at each start of the service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceshift.errors import SettingsError
from voiceshift.local.install.cache import cache_folder
from voiceshift.util.files import file_errors

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "separation"
"""Of the user's cache."""

FORMAT = "spleeter-2stems-2"
"""Of the network's files; to be increased when they change."""


HASH_FILE = "network.sha256"
"""Beside the network: the hash of its files, as :func:`sha256_of` gives it."""


def network_path() -> Path:
    """Return where the network is, once it has been made.

    Raises:
        SettingsError: The extra ``local`` is not installed.
    """
    return cache_folder(FOLDER) / FORMAT / "network.onnx"


def network_hash() -> str:
    """Return the hash that the network's files must have, as it was when they were made.

    Raises:
        SettingsError: It is missing, or cannot be read.
    """
    path = network_path().with_name(HASH_FILE)
    with file_errors(
        SettingsError, "the network is damaged; voiceshift setup --force makes it again"
    ):
        return path.read_text(encoding="ascii").strip()
