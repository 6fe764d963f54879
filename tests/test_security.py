"""SECURITY.md speaks of what there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from attrs import fields

from voiceshift import Client
from voiceshift.cli import main
from voiceshift.cli.serve import TOKEN_VARIABLE
from voiceshift.local import Server
from voiceshift.local.limits import Limits
from voiceshift.settings import ENVIRONMENT, Settings

TEXT = (Path(__file__).parents[1] / "SECURITY.md").read_text(encoding="utf-8")


def names(pattern: str) -> set[str]:
    """What is set as code in the text and looks like ``pattern``."""
    return set(re.findall(rf"`({pattern})(?:=\w+)?`", TEXT))


def test_its_command_line_options_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """In the help of the commands."""
    for command in ("serve", "cover", "setup"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) | {"--version"}
    assert names("--[a-z-]+")
    assert names("--[a-z-]+") <= known


def test_its_options_exist() -> None:
    """As settings, as limits, or as arguments."""
    known = {field.name for kind in (Settings, Limits) for field in fields(kind)}
    for function in (Server, Client.create_cover):
        known |= set(inspect.signature(function).parameters)
    assert names("[a-z]+_[a-z_]+") - {"stream_cover"} <= known
    assert {limit.name for limit in fields(Limits)} <= names("[a-z]+_[a-z_]+")


def test_its_environment_variables_exist() -> None:
    """All that are read, and no other."""
    assert names("VC_[A-Z_]+") == {*ENVIRONMENT.values(), TOKEN_VARIABLE}
