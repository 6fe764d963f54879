"""The documentation's table, the catalogue and the tests agree."""

from __future__ import annotations

import importlib

import pytest

from tests.faults.catalogue import CASES, FAULTS
from tests.faults.circumstances import CIRCUMSTANCES
from tests.faults.expectations import FAILURES, HARMLESS
from tests.faults.steps import Step
from tests.faults.table import ENTRIES, PAGE, table, with_table


def test_page_has_exactly_the_catalogue() -> None:
    """Row for row; ``python -m tests.faults.table`` updates it."""
    page = PAGE.read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("|")] == table()
    assert with_table(page) == page


def test_page_is_found() -> None:
    """It is in the table of contents."""
    _, *contents = (PAGE.parent / "index.md").read_text(encoding="utf-8").split("```{toctree}")
    assert any("faults" in part.split() for part in contents)


def test_names_are_unique() -> None:
    """No fault is listed twice."""
    names = [entry.name for entry in ENTRIES]
    assert len(set(names)) == len(names)


def test_every_fault_is_injected_wherever_it_can_happen() -> None:
    """Each outcome of each row is the outcome of a test, and each step has faults."""
    tested = {(case.fault.name, case.step) for case in (*FAILURES, *HARMLESS)}
    assert tested == {(fault.name, step) for fault in FAULTS for step in fault.steps()}
    assert all(any(fault.steps()) for fault in FAULTS)
    assert {case.step for case in CASES} == set(Step)


@pytest.mark.parametrize("name", [name for entry in CIRCUMSTANCES for name in entry.tests])
def test_circumstance_is_tested(name: str) -> None:
    """The test that a row relies on exists."""
    module, _, function = name.partition(":")
    assert callable(getattr(importlib.import_module(module), function))
