"""The version of this package."""

from __future__ import annotations


def package_version() -> str:
    """The version that is installed; ``unknown`` for one that was copied without its metadata.

    As into a frozen program.
    """
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("voiceshift")
    except PackageNotFoundError:
        return "unknown"
