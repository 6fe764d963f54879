"""Tests whose packages are not installed are skipped, with the extra that has them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ModuleOfTests"]

OURS = ("tests", "voiceshift", "docs")


class ModuleOfTests(pytest.Module):
    """A module of tests that is skipped where it imports a package which is not installed.

    In CI, where all have to be, it fails.
    """

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Collect the tests, or skip all of them."""
        try:
            return super().collect()
        except self.CollectError as error:
            package = _missing(error.__cause__)
            if package is None or os.environ.get("CI"):
                raise
            reason = f"{package} is not installed; the extra 'test' has all that tests need"
            raise pytest.skip.Exception(reason, allow_module_level=True) from error


def _missing(error: BaseException | None) -> str | None:
    """Name the package that could not be imported, if it is no module of ours."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        return None if package in OURS else package
    return None
