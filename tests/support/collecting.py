"""Tests whose packages are not installed are skipped, with the extra that has them."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

OURS = ("tests", "voiceshift", "docs")

REASON = "{} is not installed; the extra 'test' has all that tests need"


def needs(package: str) -> pytest.MarkDecorator:
    """Mark tests that make use of a package without importing it themselves."""
    return pytest.mark.skipif(_lacks(package), reason=REASON.format(package))


def skip_without(package: str) -> None:
    """Skip the test whose fixture makes use of a package."""
    if _lacks(package):
        pytest.skip(REASON.format(package))


def _lacks(package: str) -> bool:
    return not find_spec(package) and not os.environ.get("CI")


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
            reason = REASON.format(package)
            raise pytest.skip.Exception(reason, allow_module_level=True) from error


def _missing(error: BaseException | None) -> str | None:
    """Name the package that could not be imported, if it is no module of ours."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        return None if package in OURS else package
    return None
