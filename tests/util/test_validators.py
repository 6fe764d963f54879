"""Numbers that users give: which are taken, as what, and which are refused."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.collecting import needs
from voiceshift import Client, CoverRequest, Settings, SettingsError
from voiceshift.testing import DEFAULT_AUDIO
from voiceshift.util.validators import check_count, check_not_negative, check_seconds

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

HUGE = [10**400, 10**5000]
"""Whole numbers that no float can hold; the second one cannot even be printed."""


@pytest.mark.parametrize("value", [None, 1, 0.001, 1e9, Fraction(1, 2)])
def test_time_limits_are_seconds_or_none(value: float | None) -> None:
    """Whole and fractional seconds, and none at all."""
    assert check_seconds("timeout", value) == value
    assert Settings(idle_timeout=value).idle_timeout == value


@needs("numpy")
@pytest.mark.parametrize("kind", ["int64", "uint8", "float64", "float32", "float16"])
def test_numbers_of_numpy_are_seconds(kind: str) -> None:
    """They become Python's own: a float32 cannot tell the seconds of a clock apart."""
    import numpy as np

    seconds = check_seconds("timeout", np.dtype(kind).type(60))
    assert type(seconds) is float
    assert seconds == 60


@needs("numpy")
def test_whole_numbers_of_numpy_are_counts_and_pitches() -> None:
    """And user ids."""
    import numpy as np

    assert type(check_count("workers", np.int32(4))) is int
    five: Any = np.int64(5)
    pitch: Any = np.int8(-1)
    user: Any = np.uint64(2**63)
    assert Settings(max_buffered=five) == Settings(max_buffered=5)
    request = CoverRequest("song", "voice", pitch, user_id=user)
    assert request == CoverRequest("song", "voice", -1, user_id=2**63)


@needs("numpy")
@pytest.mark.parametrize("value", ["nan", "inf", "-1", "0"])
def test_other_numbers_of_numpy_are_refused(value: str) -> None:
    """As Python's own are."""
    import numpy as np

    for number in (np.float32(value), np.float64(value), np.bool_(True)):
        with pytest.raises(SettingsError, match="timeout must be seconds above 0"):
            check_seconds("timeout", number)
    with pytest.raises(SettingsError, match="workers must be a whole number above 0"):
        check_count("workers", np.bool_(True))


@needs("numpy")
def test_cover_with_numbers_of_numpy(voiceshift_service: ScriptedService) -> None:
    """Everywhere that the client takes a number."""
    import numpy as np

    one, seven, seconds = (np.int64(number) for number in (1, 7, 600))
    options: dict[str, Any] = {"pitch": one, "user_id": seven, "timeout": seconds}
    settings: dict[str, Any] = {"idle_timeout": np.float32(60), "ping_interval": seconds}
    with Client(**settings) as client:
        cover = client.create_cover("song", "voice", **options)
    assert cover.audio == DEFAULT_AUDIO
    (request,) = voiceshift_service.requests
    assert (request["pitch"], request["user_id"]) == (1, 7)


@pytest.mark.parametrize("value", HUGE, ids=["400 digits", "5000 digits"])
def test_numbers_beyond_all_bounds_are_refused_in_few_words(value: int) -> None:
    """In one line, whatever the number."""
    for attempt in (
        lambda: check_seconds("timeout", value),
        lambda: check_not_negative("delay", -value),
        lambda: check_count("workers", -value),
        lambda: Settings(user_id=value),
        lambda: CoverRequest("song", "voice", value),
    ):
        with pytest.raises(SettingsError) as caught:
            attempt()
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [-1, -0.5, math.nan, math.inf, "1", True, None])
def test_what_is_negative_or_no_number_is_refused(value: Any) -> None:
    """Zero is not."""
    assert check_not_negative("delay", 0) == 0
    with pytest.raises(SettingsError, match="delay must be a number that is not negative"):
        check_not_negative("delay", value)


@pytest.mark.parametrize("seconds", [1e7, 1e300])
def test_limits_of_ages_are_as_none(voiceshift_service: ScriptedService, seconds: float) -> None:
    """Sockets and locks refuse them, or take them for another number."""
    names = ("connect", "auth", "idle", "close")
    limits: dict[str, Any] = {f"{name}_timeout": seconds for name in names}
    with Client(ping_interval=seconds, ping_timeout=seconds, **limits) as client:
        cover = client.create_cover("song", "voice", timeout=seconds)
    assert cover.audio == DEFAULT_AUDIO
