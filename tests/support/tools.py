"""Programs and files that some tests need, and that are no packages of Python."""

from __future__ import annotations

import os

import pytest


def needs_tool(tool: str, found: object) -> pytest.MarkDecorator:
    """Mark tests that need a tool: without it they are skipped, but in CI the run fails.

    Args:
        tool: Its name, and how to get it.
        found: Whether it is there, or where.

    Raises:
        RuntimeError: It is not there, and the environment has ``CI=true``.
    """
    reason = f"{tool} is not there"
    if not found and os.environ.get("CI", "").lower() == "true":
        raise RuntimeError(f"{reason}; in CI no test is skipped for that")
    return pytest.mark.skipif(not found, reason=reason)
