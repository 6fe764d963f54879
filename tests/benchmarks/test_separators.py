"""The benchmark of separators measures what it says."""

from __future__ import annotations

import pytest

from tests.benchmarks import separators


@pytest.mark.slow
def test_costs_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """Each separator's in a process of its own."""
    assert separators.main(["dsp"]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert "first window" in heading
    name, first, _, speed, *_ = row.split()
    assert name == "dsp"
    assert float(first) > 0
    assert float(speed) > 1
