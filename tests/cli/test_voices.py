"""``voiceshift voices``: list, add, show and remove, as typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.collecting import needs
from tests.support.rvc_voices import TINY, random_voice, save_torch_file, write_index
from tests.support.singing import few_seconds_are_a_voice, write_recording
from voiceshift.cli import main
from voiceshift.local import Server, demo

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


@pytest.fixture
def rvc(tmp_path: Path) -> Path:
    """The file of a voice of RVC, with an index beside it."""
    folder = tmp_path / "download"
    folder.mkdir()
    save_torch_file(random_voice(TINY), folder / "model.pth")
    vectors = np.ones((3, 768), np.float32)
    write_index(folder / "added_v2.index", vectors[:1], [vectors])
    return folder / "model.pth"


def test_a_voice_of_rvc_comes_and_goes(rvc: Path, capsys: Capture) -> None:
    """Added it is listed and shown like others, with all that is known of it."""
    folder = ["--voices", "voices"]
    index = str(rvc.with_name("added_v2.index"))
    more = ["--index", index, "--index-rate", "0.75", "--protect", "0.2"]
    assert main(["voices", "add", "anna", str(rvc), *more, *folder]) == 0
    output, errors = capsys.readouterr()
    assert output.startswith("anna: RVC v2, 8 kHz, with the singer's pitch, index at 0.75, prot")
    assert errors == "voiceshift: add only voices you have permission to use\n"
    assert main(["voices", *folder]) == 0
    assert capsys.readouterr().out == "anna\nbaritone\ntenor\n"
    assert main(["voices", "show", "anna", "--json", *folder]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["kind"], facts["version"], facts["sample_rate"]) == ("rvc", "v2", 8000)
    assert (facts["index_rate"], facts["protect"]) == (0.75, 0.2)
    assert facts["index"] == str(Path("voices/anna.index"))
    assert facts["needs"] == "run voiceshift setup contentvec"
    assert main(["voices", "remove", "anna", *folder]) == 0
    assert not list(Path("voices").iterdir())


def test_a_folder_or_zip_file_is_taken_with_its_index(rvc: Path, capsys: Capture) -> None:
    """As they are downloaded."""
    archive = shutil.make_archive("anna", "zip", rvc.parent)
    for source in (archive, str(rvc.parent)):
        assert main(["voices", "add", "anna", source, "--replace", "--voices", "voices"]) == 0
        assert "index at 0.5, protect 0.33" in capsys.readouterr().out


@pytest.mark.slow
def test_a_voice_takes_the_place_of_one_of_another_kind(rvc: Path, capsys: Capture) -> None:
    """Nothing of the other is left."""
    add = ["voices", "add", "anna", "--voices", "voices"]
    assert main([*add, SPEECH]) == 0
    assert main([*add, str(rvc)]) == 2
    assert "'anna' already; --replace" in capsys.readouterr().err
    assert main([*add, str(rvc), "--replace"]) == 0
    assert [path.name for path in Path("voices").iterdir()] == ["anna.onnx"]
    assert main([*add, SPEECH, "--replace"]) == 0
    assert [path.name for path in Path("voices").iterdir()] == ["anna.npz"]


def test_a_folder_of_recordings_is_a_voice(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """And so is a pattern that no shell has expanded."""
    few_seconds_are_a_voice(monkeypatch)
    Path("recordings").mkdir()
    write_recording(Path("recordings", "reading.wav"))
    for source in ("recordings", "recordings/*.wav"):
        assert main(["voices", "add", "anna", source, "--replace", "--voices", "voices"]) == 0
        assert "s of audio" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["model.pth", "other.wav"], "is one file or folder; name its index by --index"),
        (["other.wav", "--index", "a.index"], "are for voices of RVC"),
        (["model.pth"], "there is no file or folder model.pth"),
        (["page.pth"], "page.pth is a web page and no voice"),
    ],
)
def test_what_cannot_be_added_is_told(arguments: list[str], words: str, capsys: Capture) -> None:
    """Exit code 2, and nothing is left."""
    Path("page.pth").write_text("<!DOCTYPE html>")
    assert main(["voices", "add", "anna", *arguments, "--voices", "voices"]) == 2
    assert words in capsys.readouterr().err
    assert not list(Path("voices").glob("*"))


def test_voices_of_a_service_are_listed(capsys: Capture) -> None:
    """By name, or for scripts with all that it says of them."""
    with Server() as server:
        where = ("--uri", server.uri, "--token", server.token)
        assert main(["voices", *where]) == 0
        assert capsys.readouterr().out == "baritone\ntenor\n"
        assert main(["voices", *where, "--json"]) == 0
    voices = json.loads(capsys.readouterr().out)
    assert [(voice["name"], voice["kind"]) for voice in voices] == [
        ("baritone", "knn"),
        ("tenor", "knn"),
    ]


def test_nothing_else_can_be_done_with_those_of_a_service(capsys: Capture) -> None:
    """They are the owner's."""
    assert main(["voices", "--uri", "ws://localhost:1", "remove", "tenor"]) == 2
    assert "only the list can be had of another service" in capsys.readouterr().err
