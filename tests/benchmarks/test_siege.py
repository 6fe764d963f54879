"""The siege of the embedded service, in short."""

from __future__ import annotations

import random

import pytest

from tests.benchmarks.siege import Plan, besiege_with_crowds, besiege_with_sessions, session
from tests.benchmarks.siege import Service as Besieged
from tests.support.collecting import needs

pytestmark = needs("numpy")


@pytest.mark.slow
def test_sessions_changed_at_random_fail_nowhere() -> None:
    """The owner gets covers meanwhile, and the service holds no more than before."""
    with Besieged("--echo") as service:
        assert besiege_with_sessions(Plan(sessions=300), service) == []


@pytest.mark.slow
def test_crowds_do_not_keep_the_owner_from_covers() -> None:
    """Some silent, some flooding."""
    with Besieged() as service:
        assert besiege_with_crowds(Plan(idle=200, hostile=10, covers=1), service) == []


def test_sessions_differ_and_can_be_repeated() -> None:
    """By their seed."""
    said = {session(random.Random(str(number))) for number in range(100)}
    assert len(said) > 70
    assert session(random.Random("1")) == session(random.Random("1"))
