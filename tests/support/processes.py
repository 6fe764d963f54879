"""Python scripts run in a process of their own, for what cannot be tried inside the tests'."""

from __future__ import annotations

import subprocess
import sys


def run_python(script: str, *arguments: str) -> str:
    """What ``script`` prints; warnings are errors in it, and it must end well."""
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
