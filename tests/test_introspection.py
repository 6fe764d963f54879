"""What other libraries do with public classes: ask for their types, take them apart, copy them."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from typing import TYPE_CHECKING, Any

import attrs
import cattrs
import pytest

import voiceshift
import voiceshift.local
import voiceshift.testing
from tests.support.samples import sample_cover
from voiceshift import Client, CoverRequest, Outcome, Segment, Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLIC_CLASSES = [
    value
    for module in (voiceshift, voiceshift.local, voiceshift.testing)
    for name in module.__all__
    if inspect.isclass(value := getattr(module, name))
]
TOKEN = "obviously-fake-token"


@pytest.mark.parametrize("kind", PUBLIC_CLASSES)
def test_types_of_public_classes_can_be_looked_up(kind: type) -> None:
    """While the program runs, as cattrs, pydantic and typer do."""
    hints = typing.get_type_hints(kind)
    if attrs.has(kind):
        assert hints.keys() >= {attribute.name for attribute in attrs.fields(kind)}
        assert typing.get_type_hints(kind.__init__)["return"] is type(None)


REQUEST = CoverRequest("Amazing Grace", "tenor")


@pytest.mark.parametrize(
    "value",
    [
        REQUEST,
        Segment(0, "title", b"audio", True),
        Settings(token=TOKEN),
        sample_cover(),
        Outcome(REQUEST, sample_cover()),
        Outcome(REQUEST, error=SettingsError("wrong")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_can_be_taken_apart(value: Any) -> None:
    """By cattrs; the token still does not show."""
    parts = cattrs.unstructure(value)
    assert parts.keys() == {attribute.name for attribute in attrs.fields(type(value))}
    assert TOKEN not in repr(parts)


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_client_says_that_it_cannot_be_copied(duplicate: Callable[[Client], object]) -> None:
    """And what to do: multiprocessing and the like pickle what they are given."""
    with Client(token=TOKEN) as client, pytest.raises(TypeError, match="in each process"):
        duplicate(client)
