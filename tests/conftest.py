"""For every test: an environment of its own, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.support.leaks import Leaks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS = ("VC_URI", "VC_TOKEN", "VC_USER_ID", "VC_REQUEST_TYPE")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
FOLDERS = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")

# No limit on a single example, which a busy machine may slow down, and no examples kept on disk.
# The same examples in each run, so that a change is judged by what it changes; with
# `--hypothesis-profile=search` others in each run, to look for what nobody thought of.
hypothesis.settings.register_profile("search", deadline=None, database=None)
hypothesis.settings.register_profile("repeat", deadline=None, database=None, derandomize=True)
hypothesis.settings.load_profile("repeat")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers of these tests, and let Ctrl-C reach the processes they start."""
    # A shell that runs the tests in the background has them, and so all these, ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for marker in (
        "part_files(*names): the .part files that the test leaves on purpose",
        "slow: takes seconds of processor time; runs with --slow, or alone with -m slow",
    ):
        config.addinivalue_line("markers", marker)


@pytest.fixture(scope="session", autouse=True)
def multiprocessing_helpers() -> None:
    """Start the processes that multiprocessing keeps to its end: they would look like a leak."""
    if os.name == "posix":
        from multiprocessing import forkserver, resource_tracker

        resource_tracker.ensure_running()
        if multiprocessing.get_all_start_methods()[0] == "forkserver":  # the default is the first
            forkserver.ensure_running()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory in place of the developer's."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path) -> None:
    """No setting, proxy, ``.env`` or cache of the developer; ``tmp_path`` is the current folder."""
    for name in (*OURS, *PROXIES, *(name.upper() for name in PROXIES), *FOLDERS):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def nothing_left_behind(
    isolated: None, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Fail a test that leaves a thread, an open file or socket, or a ``.part`` file behind."""
    leaks = Leaks(tmp_path)
    yield
    marker = request.node.get_closest_marker("part_files")
    expected = marker.args if marker else ()
    left = [name for name in leaks.find() if name not in expected]
    assert not left, f"left behind: {', '.join(left)}"
