"""``python -m tests.benchmarks.batch [COUNTS...]``: the memory that a batch takes, by its length.

Each batch runs in a process of its own, over a service on this machine, into a new folder; then
once more, where all is complete already. Linux only, since others do not tell the peak.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

from voiceshift.testing import ScriptedService

COUNTS = (100, 10_000)

BATCH = """
import sys
from pathlib import Path
from voiceshift import CoverRequest, Settings, create_covers

uri, token, count, folder = sys.argv[1:]
requests = (CoverRequest(f"song {number}", "tenor") for number in range(int(count)))
for outcome in create_covers(requests, to=folder, settings=Settings(uri=uri, token=token)):
    assert outcome.cover, outcome.error
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
"""


def main() -> None:
    """Print the figures."""
    with ScriptedService() as service:
        for count in map(int, sys.argv[1:] or COUNTS):
            with tempfile.TemporaryDirectory() as folder:
                for words in ("made", "there already"):
                    started = time.monotonic()
                    peak = peak_of_batch(service, count, folder)
                    seconds = time.monotonic() - started
                    sys.stdout.write(
                        f"{count} covers {words}: {peak / 1024:.1f} MiB, {seconds:.1f} s\n"
                    )
                    sys.stdout.flush()


def peak_of_batch(service: ScriptedService, count: int, folder: str) -> int:
    """The most memory that the process of a batch took, in KiB."""
    finished = subprocess.run(
        [sys.executable, "-c", BATCH, service.uri, service.token, str(count), folder],
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(finished.stdout)


if __name__ == "__main__":
    main()
