"""Worker processes: calls and errors, crashes, and their end with whoever started them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
from concurrent.futures import BrokenExecutor, CancelledError
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.descendants import ends
from voiceshift.errors import CoverError
from voiceshift.local.workers.pool import MAX_DEFAULT_WORKERS, WorkerPool, default_workers
from voiceshift.local.workers.worker import RemoteTraceback, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0


def touch_and_wait(path: str) -> None:
    """Say that it has begun, and go on for longer than any test."""
    Path(path).touch()
    threading.Event().wait(600)


def touch_and_wait_for(path: str, end: str) -> bool:
    """Say that it has begun, and go on until there is another file."""
    Path(path).touch()
    wait_for_file(Path(end))
    return True


def refuse(words: str) -> None:
    """Raise an error that can be pickled."""
    raise CoverError(words)


def refuse_oddly() -> None:
    """Raise an error that cannot be pickled."""
    raise ValueError(threading.Lock())


def talk() -> str:
    """Print, as careless libraries do."""
    sys.stdout.write("to Python's output")
    os.system("echo to the output of the process")
    return "result"


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """One worker for all tests that leave it whole."""
    with WorkerPool(1) as pool:
        pool.submit(abs, 1).result()
        yield pool


def test_calls_are_made_in_another_process(pool: WorkerPool) -> None:
    """By one that stays for the next call."""
    first, second = pool.submit(os.getpid).result(), pool.submit(os.getpid).result()
    assert first == second != os.getpid()


def test_arrays_go_there_and_back(pool: WorkerPool) -> None:
    """Windows of songs, that is: megabytes, as they are."""
    samples = np.random.default_rng(0).uniform(-1, 1, (12 * 44_100, 2)).astype(np.float32)
    doubled = pool.submit(np.multiply, samples, np.float32(2)).result()
    assert doubled.dtype == np.float32
    assert np.array_equal(doubled, 2 * samples)


def test_an_error_comes_with_where_it_was_raised(pool: WorkerPool) -> None:
    """The error itself, and the worker's traceback as its cause."""
    with pytest.raises(CoverError, match="no voice in it") as caught:
        pool.submit(refuse, "no voice in it").result()
    assert isinstance(caught.value.__cause__, RemoteTraceback)
    assert "in refuse" in str(caught.value.__cause__)


def test_an_error_that_cannot_be_pickled_is_told(pool: WorkerPool) -> None:
    """By its name and words."""
    with pytest.raises(RuntimeError, match=r"ValueError: <unlocked _thread\.lock"):
        pool.submit(refuse_oddly).result()


def test_what_cannot_be_pickled_is_refused(pool: WorkerPool) -> None:
    """Before the worker hears of it."""
    with pytest.raises(Exception, match="pickle"):
        pool.submit(lambda: None).result()
    assert pool.submit(abs, -1).result() == 1


def test_what_a_call_prints_is_no_answer(pool: WorkerPool) -> None:
    """It goes to the standard error."""
    assert pool.submit(talk).result() == "result"
    assert pool.submit(abs, -1).result() == 1


def test_libraries_use_one_thread(pool: WorkerPool) -> None:
    """Several workers share the cores by themselves."""
    assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"


def hold_for_a_while() -> int:
    """Take many pieces of memory, which are free again afterwards; return what was held before."""
    before = resident_memory()
    bytearray(30 * 2**20)  # after so large a piece, the C library keeps much that is free
    pieces = [bytearray(100_000) for _ in range(500)]
    assert resident_memory() > before + 100_000 * len(pieces) // 2
    return before


def resident_memory() -> int:
    """The bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries do not keep so much"
)
def test_memory_goes_back_after_a_call(pool: WorkerPool) -> None:
    """The next call finds hardly more in use than the one before."""
    before = pool.submit(hold_for_a_while).result(PATIENCE)
    assert pool.submit(resident_memory).result(PATIENCE) < before + 10 * 2**20


def end_the_workers_of_a_pool() -> int:
    """End them after memory was held; return by how much more is held than before."""
    before = hold_for_a_while()
    WorkerPool(1).shutdown()
    return resident_memory() - before


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries do not keep so much"
)
def test_memory_goes_back_when_workers_end(pool: WorkerPool) -> None:
    """That of the process whose workers they were, which may have nothing to do from now on."""
    assert pool.submit(end_the_workers_of_a_pool).result(PATIENCE) < 10 * 2**20


def test_a_crash_costs_one_call() -> None:
    """Only the call it happened in; a new worker takes the place."""
    with WorkerPool(1) as pool:
        first = pool.submit(os.getpid).result()
        crashed, next_one = pool.submit(os.abort), pool.submit(os.getpid)
        with pytest.raises(BrokenExecutor, match="ended with code"):
            crashed.result()
        assert next_one.result() != first


def test_shutting_down_waits_for_the_calls() -> None:
    """All that were submitted are made."""
    pool = WorkerPool(1)
    futures = [pool.submit(abs, -number) for number in range(3)]
    pool.shutdown()
    assert [future.result() for future in futures] == [0, 1, 2]
    with pytest.raises(RuntimeError):
        pool.submit(abs, 1)


def test_shutting_down_can_end_what_is_under_way(tmp_path: Path) -> None:
    """Without waiting for it; what was not begun never is."""
    pool = WorkerPool(1)
    begun = tmp_path / "begun"
    under_way = pool.submit(touch_and_wait, str(begun))
    waiting = pool.submit(abs, 1)
    wait_for_file(begun)
    pool.shutdown(cancel_futures=True)
    assert isinstance(under_way.exception(), BrokenExecutor)
    with pytest.raises(CancelledError):
        waiting.result()


def wait_for_file(path: Path) -> None:
    """Until another process has made it."""
    pause = threading.Event()
    while not path.exists():
        pause.wait(0.01)


def test_an_idle_pool_has_no_process() -> None:
    """Services that make no cover cost nothing."""
    with WorkerPool(4) as pool:
        pass
    with WorkerPool(4) as pool:
        workers = {pool.submit(os.getpid).result() for _ in range(4)}
        assert len(workers) == 1


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a process of another")
def test_workers_end_when_there_is_nothing_to_do() -> None:
    """After a while; the next call starts one again."""
    with WorkerPool(2, idle_timeout=0.2) as pool:
        first = pool.submit(os.getpid).result(PATIENCE)
        assert ends(first)
        assert pool.submit(os.getpid).result(PATIENCE) != first


def test_workers_stay_while_one_is_at_work(tmp_path: Path) -> None:
    """They may be needed at any moment."""
    with WorkerPool(2, idle_timeout=0.2) as pool:
        busy = pool.submit(touch_and_wait_for, str(tmp_path / "begun"), str(tmp_path / "enough"))
        wait_for_file(tmp_path / "begun")
        first = pool.submit(os.getpid).result(PATIENCE)
        threading.Event().wait(0.6)  # longer than they would stay if all had nothing to do
        assert pool.submit(os.getpid).result(PATIENCE) == first
        (tmp_path / "enough").touch()
        assert busy.result(PATIENCE)


def test_the_default_is_one_for_each_core() -> None:
    """But not too many, and never none."""
    assert 1 <= default_workers() <= min(MAX_DEFAULT_WORKERS, os.cpu_count() or 1)


SCRIPT = """
import os, sys
from voiceshift.local.workers.pool import WorkerPool
print("script", flush=True)
print(WorkerPool(1).submit(os.getpid).result(), flush=True)
sys.stdin.read()
"""


def start_script(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Start the script, and return it with the id of its worker."""
    path = folder / "script.py"
    path.write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "script\n"
    return process, int(process.stdout.readline())


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    """It is not run again in the workers, and ends though nobody shuts the pool down."""
    process, _ = start_script(tmp_path)
    assert process.communicate("", timeout=PATIENCE)[0] == ""
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the worker among the processes")
def test_workers_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    """No signal, no handler, no exit: the pipe alone tells them."""
    process, worker = start_script(tmp_path)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert ends(worker)


def test_a_module_beside_the_script_is_no_library(tmp_path: Path) -> None:
    """A file in the working directory does not take the place of one of Python's own."""
    (tmp_path / "pickle.py").write_text("raise SystemExit('wrong one')")
    with WorkerPool(1) as pool:
        assert pool.submit(abs, -1).result() == 1


def test_a_worker_can_be_killed_from_another_thread(tmp_path: Path) -> None:
    """In the middle of a call, whose caller hears of it."""
    worker = Worker()
    begun = tmp_path / "begun"

    def kill() -> None:
        wait_for_file(begun)
        worker.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(BrokenExecutor):
            worker.call(partial(touch_and_wait, str(begun)))
    finally:
        killer.join()
        worker.stop()
    assert not worker.is_running
