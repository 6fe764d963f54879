"""The example project of the documentation's page about tests of one's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2] / "docs" / "example_project"


def run_tests(project: Path) -> tuple[int, str]:
    """Run its tests but for those with every fault, which `.ci/run` runs; exit code and output."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "not whatever", "-p", "no:cacheprovider"],
        cwd=project,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


@pytest.mark.slow
def test_its_tests_pass(tmp_path: Path) -> None:
    """As they stand in the documentation."""
    code, output = run_tests(Path(shutil.copytree(PROJECT, tmp_path / "project")))
    assert code == 0, output


@pytest.mark.slow
def test_its_tests_can_fail(tmp_path: Path) -> None:
    """A jukebox that gives up at the first failure does not pass them."""
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    source = (project / "jukebox.py").read_text(encoding="utf-8")
    broken = source.replace('failures.append(f"{wish}: {error}")', "raise")
    assert broken != source
    (project / "jukebox.py").write_text(broken, encoding="utf-8")
    code, output = run_tests(project)
    assert code == 1, output
    assert "test_one_failure_does_not_stop_the_others" in output
