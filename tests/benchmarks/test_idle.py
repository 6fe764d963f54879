"""The benchmark of an idle service measures what it says, and tells what is too much."""

from __future__ import annotations

import pytest

from tests.benchmarks import idle
from tests.benchmarks.processes import ROOT

GOOD = {"second": 1.0, "third": 1.9, "idle": 140.0}


@pytest.mark.slow
def test_a_client_is_measured() -> None:
    """In a process of its own, with the package of a checkout, and without a long pause."""
    measured = idle.measure(ROOT, 0.1)
    assert all(value > 0 for value in measured.values())
    assert measured["busy"] > 20
    (ready,) = idle.seconds_until_ready([ROOT], starts=1)
    assert 0 < ready < 60


@pytest.mark.parametrize(
    ("measured", "ready", "words"),
    [
        (GOOD, [0.8, 1.0], ""),
        (GOOD | {"idle": 151.0}, [1.0], "151 MB"),
        (GOOD | {"third": 2.1}, [1.0], "until the workers are back"),
        (GOOD, [0.9, 1.0], "0.8 of the other's time"),
    ],
)
def test_what_is_too_much_is_told(
    measured: dict[str, float], ready: list[float], words: str
) -> None:
    """Each goal has a line of its own; where all are reached there is none."""
    problems = idle.shortcomings(measured, ready)
    assert len(problems) == bool(words)
    assert words in "".join(problems)
