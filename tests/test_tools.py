"""What tests need is there, or they say that it is not."""

from __future__ import annotations

import pytest

from tests.support.tools import needs_tool


def test_without_its_tool_a_test_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason."""
    monkeypatch.delenv("CI", raising=False)
    mark = needs_tool("ffmpeg", None).mark
    assert (mark.name, mark.args, mark.kwargs) == (
        "skipif",
        (True,),
        {"reason": "ffmpeg is not there"},
    )


def test_with_its_tool_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """In CI as elsewhere."""
    monkeypatch.setenv("CI", "true")
    assert needs_tool("ffmpeg", "/usr/bin/ffmpeg").mark.args == (False,)


def test_in_ci_a_missing_tool_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left out there without a word."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(RuntimeError, match=r"ffmpeg is not there; in CI"):
        needs_tool("ffmpeg", None)
