"""What other libraries do with public classes: ask for their types, take them apart, copy them."""

from __future__ import annotations

import copy
import inspect
import json
import os
import pickle
import shutil
import subprocess
import sys
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import cattrs
import pytest

import voiceshift
import voiceshift.local
import voiceshift.local.limits
import voiceshift.local.separators
import voiceshift.local.tls
import voiceshift.testing
from tests.support.samples import sample_cover
from voiceshift import (
    Client,
    Cover,
    CoverRequest,
    Outcome,
    Segment,
    Settings,
    SettingsError,
    SettingsOptions,
)
from voiceshift.local.limits import Limits, LimitsOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLIC_MODULES = [
    voiceshift,
    voiceshift.local,
    voiceshift.local.limits,
    voiceshift.local.separators,
    voiceshift.local.tls,
    voiceshift.testing,
]
PUBLIC = {name: getattr(module, name) for module in PUBLIC_MODULES for name in module.__all__}
CLASSES = [value for value in PUBLIC.values() if inspect.isclass(value)]
FUNCTIONS = [value for value in PUBLIC.values() if inspect.isfunction(value)]
TOKEN = "obviously-fake-token"


@pytest.mark.parametrize("kind", CLASSES)
def test_types_of_public_classes_can_be_looked_up(kind: type) -> None:
    """While the program runs, as cattrs, pydantic and typer do."""
    hints = typing.get_type_hints(kind)
    if attrs.has(kind):
        assert hints.keys() >= {attribute.name for attribute in attrs.fields(kind)}


@pytest.mark.parametrize("value", [*FUNCTIONS, *CLASSES])
def test_types_of_public_functions_can_be_looked_up(value: Any) -> None:
    """Of each argument, and of what comes back; those of methods and of ``__init__``, too."""
    for function in own_functions(value) if inspect.isclass(value) else [value]:
        hints = typing.get_type_hints(function)
        assert "return" in hints, function


def own_functions(kind: type) -> Iterator[Callable[..., object]]:
    """Its methods, those of its bases that are ours, and what gets its properties."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("voiceshift")]
    for name, member in ((name, member) for base in ours for name, member in vars(base).items()):
        function = inspect.unwrap(getattr(member, "__func__", getattr(member, "fget", member)))
        if inspect.isfunction(function) and (name == "__init__" or not name.startswith("_")):
            yield function


def test_types_of_public_functions_are_the_true_ones() -> None:
    """Not names that stand for anything."""
    assert typing.get_type_hints(Client.create_cover)["return"] is Cover
    assert typing.get_type_hints(SettingsError.__init__)["partial"] == Cover | None


@pytest.mark.parametrize(
    ("options", "holder"), [(SettingsOptions, Settings), (LimitsOptions, Limits)]
)
def test_keywords_are_those_of_the_class(options: type, holder: type) -> None:
    """With its types, but for what is converted: those are the types that users give."""
    fields = {attribute.name: attribute for attribute in attrs.fields(holder)}
    keywords = typing.get_type_hints(options)
    assert [*fields] == [*(name for name in ("uri", "token") if name in fields), *keywords]
    hints = typing.get_type_hints(holder)
    plain = {name for name in keywords if name != "headers"}
    assert {name: keywords[name] for name in plain} == {name: hints[name] for name in plain}


@pytest.mark.parametrize(
    ("function", "options", "first"),
    [
        (Client, SettingsOptions, ["uri", "token"]),
        (Client.local, SettingsOptions, ["songs", "voices", "separator", "provider"]),
        (voiceshift.local.Server, LimitsOptions, ["token", "host", "port"]),
    ],
)
def test_signature_lists_the_options(
    function: Callable[..., object], options: type, first: list[str]
) -> None:
    """As Shift+Tab in a notebook shows it, with their defaults."""
    parameters = inspect.signature(function).parameters
    assert [*parameters][: len(first)] == first
    names = [*options.__annotations__]
    assert [*parameters][-len(names) :] == names
    assert all(parameters[name].default is not parameters[name].empty for name in names)


SCRIPT = """\
from voiceshift import Client

Client("wss://example.org", "a-token", idle_timeout=None, proxy=None).close()
with Client.local(songs="music", connect_attempts=1) as client:
    print(client.create_cover("demo", "tenor").title)
"""

MISTAKES = {
    'Client.local(sogns="music")': "sogns",
    "Client(idle_timeuot=5)": "idle_timeuot",
    'Client(connect_attempts="three")': "connect_attempts",
    'Client.local(uri="ws://127.0.0.1")': "uri",
}
"""What an editor underlines, and what it says of it."""

ROOT = Path(__file__).parents[1]

PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

CHECKER_OPTIONS = {
    "mypy": ["--strict", "--follow-imports", "silent", "--cache-dir", os.devnull],
    "pyright": ["--pythonpath", sys.executable],
    "basedpyright": ["--pythonpath", sys.executable, "--level", "error"],
}


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKER_OPTIONS)
def test_type_checkers_find_a_misspelt_option(
    checker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing wrong with a script that is right."""
    program = shutil.which(checker, path=PROGRAMS)
    if program is None:
        pytest.skip(f"{checker} is not there")
    wrong = ["from voiceshift import Client", "", *MISTAKES]
    (tmp_path / "right.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "wrong.py").write_text("\n".join(wrong), encoding="utf-8")
    project = json.dumps({"extraPaths": [str(ROOT)]})
    (tmp_path / "pyrightconfig.json").write_text(project, encoding="utf-8")
    monkeypatch.setenv("MYPYPATH", str(ROOT))
    command = [program, *CHECKER_OPTIONS[checker], "right.py", "wrong.py"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 1, finished.stderr
    errors = [line for line in finished.stdout.splitlines() if " error: " in line]
    assert len(errors) == len(MISTAKES)
    for (line, name), error in zip(enumerate(MISTAKES.values(), start=3), errors, strict=True):
        assert f"wrong.py:{line}:" in error
        assert f'"{name}"' in error


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
