"""The limits of the embedded service: their ranges and their names."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import fields

from voiceshift.errors import SettingsError
from voiceshift.local.limits import Limits

NO_LIMIT = ("max_duration", "auth_timeout", "ping_interval", "ping_timeout", "send_timeout")


@pytest.mark.parametrize("name", NO_LIMIT)
def test_none_is_no_limit(name: str) -> None:
    """For a duration; a service without a limit of clients makes no sense."""
    limits: dict[str, Any] = {name: None}
    assert getattr(Limits.load(**limits), name) is None


@pytest.mark.parametrize("name", [limit.name for limit in fields(Limits)])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "10", True, [1]], ids=str)
def test_a_value_out_of_range_is_refused(name: str, value: Any) -> None:
    """The message names the limit."""
    with pytest.raises(SettingsError, match=f"^{name} must be"):
        Limits.load(**{name: value})


@pytest.mark.parametrize("name", ["max_clients", *NO_LIMIT])
def test_zero_is_refused(name: str) -> None:
    """Nobody could be served."""
    with pytest.raises(SettingsError, match=f"^{name} must be"):
        Limits.load(**{name: 0})


@pytest.mark.parametrize("name", ["max_waiting", "auth_delay"])
def test_zero_is_none_to_wait(name: str) -> None:
    """No queue, and no delay."""
    limits: dict[str, Any] = {name: 0}
    assert getattr(Limits.load(**limits), name) == 0


def test_an_unknown_limit_is_refused_with_those_there_are() -> None:
    """A misspelt one must not be taken for no limit."""
    misspelt: dict[str, Any] = {"max_client": 3}
    with pytest.raises(SettingsError, match="unknown limit max_client; the limits are max_"):
        Limits.load(**misspelt)
