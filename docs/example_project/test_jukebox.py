"""Tests of the jukebox, against a real WebSocket service on this machine that follows a script."""

from __future__ import annotations

import jukebox
import pytest

from voiceshift.testing import FAULTS


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """An empty folder, which the test runs in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def play(voiceshift_service, folder, capsys):
    """Runs the jukebox with some wishes; gives its exit code and what it prints."""

    def run(*wishes):
        (folder / "wishes.txt").write_text("\n".join(wishes), encoding="utf-8")
        return jukebox.main("wishes.txt", "covers"), capsys.readouterr().out

    return run


def test_a_wish_becomes_a_file(play, folder, voiceshift_service):
    """The service's audio is in a file that is named for the wish."""
    voiceshift_service.will_stream(b"OggS and sound", segments=3)
    assert play("Amazing Grace, tenor") == (0, "All wishes are fulfilled.\n")
    assert (folder / "covers" / "Amazing Grace (tenor).ogg").read_bytes() == b"OggS and sound"


def test_what_is_asked_for(play, voiceshift_service):
    """Song and voice are those of the list, in its order."""
    play("Amazing Grace, tenor", "Greensleeves, alto")
    asked = [(request["song"], request["model"]) for request in voiceshift_service.requests]
    assert asked == [("Amazing Grace", "tenor"), ("Greensleeves", "alto")]


def test_one_failure_does_not_stop_the_others(play, folder, voiceshift_service):
    """A song that the service does not know is named; the next one is made."""
    voiceshift_service.will_fail("no such song")
    code, words = play("Unknown, tenor", "Greensleeves, alto")
    assert code == 1
    assert "Unknown, tenor: " in words
    assert "no such song" in words
    assert [path.name for path in (folder / "covers").iterdir()] == ["Greensleeves (alto).ogg"]


def test_a_refused_token_stops_it(play, voiceshift_service):
    """There is a hint, and no second attempt."""
    voiceshift_service.will_close(4001, "Unauthorized", at="token")
    code, words = play("Amazing Grace, tenor", "Greensleeves, alto")
    assert (code, voiceshift_service.connections) == (2, 1)
    assert "VC_TOKEN" in words


def test_a_lost_connection_keeps_what_arrived(play, folder, voiceshift_service):
    """The first part stays in a file that the message names."""
    voiceshift_service.will_fault("reset", at="segment")
    _, words = play("Amazing Grace, tenor")
    (part,) = (folder / "covers").iterdir()
    assert part.name == "Amazing Grace (tenor).ogg.part"
    assert part.name in words


def test_a_silent_service_is_not_waited_for(play, monkeypatch, voiceshift_service):
    """The limit is met, and it is said."""
    monkeypatch.setattr(jukebox, "LIMIT", 0.2)
    voiceshift_service.will_stall()
    code, words = play("Amazing Grace, tenor")
    assert code == 1
    assert "0.2 s" in words


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens(fault, play, folder, monkeypatch, voiceshift_service):
    """Each wish has a file or a message, and never a traceback; or the token is to blame."""
    monkeypatch.setattr(jukebox, "LIMIT", 2.0)
    voiceshift_service.will_fault(fault)
    code, words = play("Amazing Grace, tenor", "Greensleeves, alto")
    if code == 2:
        assert "VC_TOKEN" in words
        return
    for song, voice in (("Amazing Grace", "tenor"), ("Greensleeves", "alto")):
        file = folder / "covers" / f"{song} ({voice}).ogg"
        assert file.exists() != (f"{song}, {voice}: " in words)
