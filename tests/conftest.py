"""For every test: an environment of its own, and nothing left behind."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import ModuleOfTests
from tests.support.homes import make_home, move_to
from tests.support.leaks import Leaks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

OURS = ("VC_URI", "VC_TOKEN", "VC_USER_ID", "VC_REQUEST_TYPE")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the slow tests be asked for."""
    parser.addoption("--slow", action="store_true", help="run the tests marked as slow, too")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers of these tests, and prepare what all of them need."""
    # A shell that runs the tests in the background has them, and so all these, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for marker in (
        "part_files(*names): the .part files that the test leaves on purpose",
        "slow: takes seconds of processor time; runs with --slow, or alone with -m slow",
    ):
        config.addinivalue_line("markers", marker)
    if not config.option.slow and not config.option.markexpr:
        config.option.markexpr = "not slow"
    if config.getoption("hypothesis_profile", None):
        import tests.support.properties  # noqa: F401 - registers the profiles; else this is slow
    _keep_bytecode(config)


def _keep_bytecode(config: pytest.Config) -> None:
    """Let the processes of a run share bytecode, in a folder of the run where none is wanted here.

    Without it each of hundreds of processes would compile all that it imports.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name
        config.add_cleanup(folder.cleanup)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Run twice as many tests at a time as there are processors: they mostly wait.

    ``PYTEST_XDIST_AUTO_NUM_WORKERS`` sets another number.
    """
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else 2 * (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """Take what is there by now out of garbage collection: the tests ask for it hundreds of times.

    Each would look through all modules and all tests, for a tenth of a second.
    """
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Spare a run without property tests the report of Hypothesis: it would import all of it."""
    plugins = session.config.pluginmanager
    if "hypothesis" not in sys.modules and not plugins.has_plugin("dsession"):
        plugins.unregister(name="hypothesispytest")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    """Skip a module that needs packages which are not installed, as none is in CI."""
    return ModuleOfTests.from_parent(parent, path=module_path)


@pytest.fixture(scope="session", autouse=True)
def multiprocessing_helpers() -> None:
    """Start the processes that multiprocessing keeps to its end: they would look like a leak."""
    if os.name == "posix":
        import multiprocessing
        from multiprocessing import forkserver, resource_tracker

        resource_tracker.ensure_running()
        if multiprocessing.get_all_start_methods()[0] == "forkserver":  # the default is the first
            forkserver.ensure_running()


@pytest.fixture(scope="session")
def learned_voices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all processes of a run keep the demo voices: learning one takes a second."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent  # it has a folder for each worker
    folder = run / "learned voices"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, learned_voices: Path) -> Path:
    """A home directory in place of the developer's."""
    return make_home(tmp_path_factory.mktemp("home"), learned_voices)


@pytest.fixture(scope="session")
def thread() -> Iterator[ThreadPoolExecutor]:
    """For the engine of services, in place of worker processes for each of them."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as executor:
        executor.submit(int).result()  # start it: what a test starts, it has to end
        yield executor


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path) -> None:
    """No setting, proxy, ``.env`` or cache of the developer; ``tmp_path`` is the current folder."""
    for name in (*OURS, *PROXIES, *(name.upper() for name in PROXIES)):
        monkeypatch.delenv(name, raising=False)
    move_to(home, monkeypatch)
    monkeypatch.chdir(tmp_path)
    # Without it the search for `.env` would begin at pytest, and go upward to this project's.
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine that takes no connections: nobody listens, and nobody else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


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
