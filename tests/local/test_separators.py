"""Separators are found by their names, wherever they come from."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
import pytest

from tests.support.conversation import TOKEN
from tests.support.processes import run_python
from voiceshift import Client
from voiceshift.errors import SettingsError
from voiceshift.local import Server, separators
from voiceshift.local.engine.separation.harmonic_mask import separate_harmonics
from voiceshift.local.engine.separation.spleeter import Spleeter
from voiceshift.local.install.network_file import HASH_FILE, network_path
from voiceshift.local.separators import (
    FALLBACK_WARNING,
    load_separator,
    separator_names,
    uses_fallback,
)

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.separation import Separator


def keep_left(mix: Samples, rate: int) -> Samples:
    """Take the left channel for vocals."""
    return mix * np.array([1, 0], np.float32)


def make_left(gain: str = "1") -> Separator:
    """The factory of a plug-in."""
    if gain != "1":
        raise RuntimeError(f"no gain {gain}")
    return keep_left


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, empty."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    separators._warn.cache_clear()  # noqa: SLF001 - said once in a process, and tests share one
    return tmp_path / "cache"


@pytest.fixture
def plug_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages with separators are installed, one of them broken."""
    installed = EntryPoints(
        EntryPoint(name, value, separators.GROUP)
        for name, value in (
            ("left", f"{__name__}:make_left"),
            ("broken", "no_such_module:make"),
        )
    )
    monkeypatch.setattr(separators, "entry_points", installed.select)


def test_names_are_those_of_this_package_and_its_plug_in() -> None:
    """The plug-in for sherpa-onnx is found as anybody's is."""
    assert separator_names() == ["dsp", "sherpa", "spleeter"]


def test_without_the_network_the_filter_is_used(caplog: pytest.LogCaptureFixture) -> None:
    """With one warning, which names the remedy."""
    with caplog.at_level(logging.WARNING, "voiceshift.local"):
        assert load_separator() is separate_harmonics
        assert load_separator() is separate_harmonics
    assert [record.message for record in caplog.records] == [FALLBACK_WARNING]
    assert "voiceshift setup" in FALLBACK_WARNING
    assert uses_fallback(None)


SCRIPT = """
import sys
from contextlib import redirect_stderr
from voiceshift import Client, create_local_covers

with redirect_stderr(sys.stdout):
    for _ in range(2):
        Client.local().close()
    create_local_covers([], separator="dsp").close()
    create_local_covers([]).close()
"""


def test_a_script_is_told_once_that_the_network_is_missing() -> None:
    """Not in the log of a process that nobody sees, but on standard error; and what to do."""
    assert run_python(SCRIPT) == f"voiceshift: {FALLBACK_WARNING}\n"


def test_where_the_separator_is_named_nothing_is_said() -> None:
    """Whoever asks for the filter knows of it."""
    script = SCRIPT.replace("Client.local()", "Client.local(separator='dsp')")
    assert run_python(script.replace("    create_local_covers([]).close()\n", "")) == ""


def test_the_filter_by_its_name_is_no_fallback(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody is warned of what they asked for."""
    assert load_separator("dsp") is separate_harmonics
    assert not caplog.records
    assert not uses_fallback("dsp")


def test_with_the_network_it_serves(caplog: pytest.LogCaptureFixture) -> None:
    """By default, and by its name."""
    network_path().parent.mkdir(parents=True)
    network_path().touch()
    network_path().with_name(HASH_FILE).write_text("its hash\n")
    made = Spleeter(network_path(), "its hash")
    assert load_separator() == load_separator("spleeter") == made
    assert not caplog.records
    assert not uses_fallback(None)


def test_a_network_whose_hash_is_missing_is_refused() -> None:
    """Nobody knows then whether it is the one that was made."""
    network_path().parent.mkdir(parents=True)
    network_path().touch()
    with pytest.raises(SettingsError, match="damaged; voiceshift setup --force"):
        load_separator("spleeter")


def test_network_that_is_asked_for_must_be_there() -> None:
    """What fetches it is told."""
    with pytest.raises(SettingsError, match="voiceshift setup fetches it"):
        load_separator("spleeter")


@pytest.mark.usefixtures("plug_ins")
def test_plug_in_is_found_by_its_name() -> None:
    """What follows the colon is its own affair."""
    assert load_separator("left") is keep_left
    assert load_separator("left:1") is keep_left
    assert separator_names() == ["broken", "dsp", "left", "spleeter"]


@pytest.mark.usefixtures("plug_ins")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nobody", "no separator called nobody; .* 'broken', 'dsp', 'left', 'spleeter'"),
        ("", "no separator called"),
        ("broken", "broken of the entry point no_such_module:make cannot be loaded"),
        ("left:2", r"left:2 cannot be made: RuntimeError\('no gain 2'\)"),
    ],
)
def test_separator_that_cannot_be_had_is_named(name: str, message: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(SettingsError, match=message):
        load_separator(name)


def test_service_takes_a_name_or_a_function(songs: Path) -> None:
    """And refuses a name that is none before it listens."""
    rates = []

    def find_nothing(mix: Samples, rate: int) -> Samples:
        rates.append(rate)
        return np.zeros_like(mix)

    with (
        ThreadPoolExecutor(1) as executor,
        Server(TOKEN, songs=songs, separator=find_nothing, executor=executor, workers=1) as server,
        Client(server.uri, TOKEN) as client,
    ):
        assert client.create_cover("Short Song", "baritone").complete
    assert set(rates) == {44_100}
    with pytest.raises(SettingsError, match="no separator called nobody"):
        Server(TOKEN, separator="nobody")


def test_embedded_service_of_a_client_takes_a_name() -> None:
    """It is checked in the service's process, whose words are the error's."""
    with pytest.raises(SettingsError, match="no separator called nobody"):
        Client.local(separator="nobody")


def test_songs_without_accompaniment_need_no_separator() -> None:
    """All of them is the voice, and nobody is warned."""
    mix = np.ones((5, 2), np.float32)
    assert load_separator("none")(mix, 44_100) is mix
    assert not uses_fallback("none")
