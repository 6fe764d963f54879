"""``voiceshift voices``: list, add, show and remove, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.collecting import needs
from voiceshift.cli import main
from voiceshift.local import demo

pytestmark = needs("numpy")

Capture = pytest.CaptureFixture[str]

SPEECH = str(demo.VOICES["tenor"])


@pytest.mark.parametrize("action", [[], ["list"]])
def test_voices_are_listed(action: list[str], capsys: Capture) -> None:
    """One on each line, with and without saying so."""
    assert main(["voices", *action]) == 0
    assert capsys.readouterr().out == "baritone\ntenor\n"


@pytest.mark.parametrize("action", [[], ["list"]])
def test_voices_of_a_folder_are_listed_as_json(action: list[str], capsys: Capture) -> None:
    """Options may stand before the action."""
    Path("voices").mkdir()
    Path("voices/soprano.npz").touch()
    assert main(["voices", "--voices", "voices", "--json", *action]) == 0
    assert json.loads(capsys.readouterr().out) == ["baritone", "soprano", "tenor"]


def test_a_missing_folder_of_voices_is_told(capsys: Capture) -> None:
    """With its path."""
    assert main(["voices", "--voices", "missing"]) == 2
    assert "missing" in capsys.readouterr().err


def test_a_voice_comes_and_goes(capsys: Capture) -> None:
    """Added it is listed, shown and refused a second time; removed it is gone."""
    folder = ["--voices", "voices"]
    assert main(["voices", "add", "anna", SPEECH, *folder]) == 0
    output, errors = capsys.readouterr()
    assert output.startswith("anna: 2")
    assert errors == "voiceshift: add only voices you have permission to use\n"
    assert main(["voices", "add", "anna", SPEECH, *folder]) == 2
    assert "'anna' already; --replace" in capsys.readouterr().err
    assert main(["voices", "show", "anna", "--json", *folder]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["path"] == str(Path("voices/anna.npz"))
    assert facts["seconds"] > 20
    assert facts["median_f0"] == pytest.approx(107, abs=40)
    assert main(["voices", "remove", "anna", *folder]) == 0
    assert capsys.readouterr().out == f"removed {Path('voices/anna.npz')}\n"
    assert main(["voices", "show", "anna", *folder]) == 5
    assert "the voices here are 'baritone', 'tenor'" in capsys.readouterr().err


def test_without_a_folder_a_voice_is_ones_own(capsys: Capture) -> None:
    """A demo voice can be shown, and is where the package has it."""
    assert main(["voices", "show", "tenor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == SPEECH
    assert main(["voices", "remove", "tenor"]) == 2
    assert "comes with voiceshift" in capsys.readouterr().err


def test_bad_recordings_have_the_exit_code_of_covers(capsys: Capture) -> None:
    """And a message with the file's name."""
    Path("notes.txt").write_text("do re mi")
    assert main(["voices", "add", "anna", "notes.txt"]) == 5
    assert "'notes.txt'" in capsys.readouterr().err
