"""The image of the service: built and run where Docker is, else read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.support.command_line import voiceshift
from voiceshift.cli import command_line_parser
from voiceshift.local import Server

ROOT = Path(__file__).parents[1]
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
INSTRUCTIONS = [line.split(" ", 1) for line in TEXT.splitlines() if line and line[0] != "#"]


def last(name: str) -> str:
    """What the last instruction of a name says."""
    return [rest for instruction, rest in INSTRUCTIONS if instruction == name][-1]


def health_check() -> list[str]:
    """The program that is the health check, with the Python of the tests."""
    _, *arguments = json.loads(last("HEALTHCHECK").partition(" CMD ")[2])
    return [sys.executable, *arguments]


def test_the_base_is_pinned() -> None:
    """To a patch release and a release of the system, the same in both stages."""
    bases = {rest.split()[0] for name, rest in INSTRUCTIONS if name == "FROM"}
    (base,) = bases
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", base)


def test_it_does_not_run_as_root() -> None:
    """The user is there, and owns the folder that is kept."""
    user = last("USER")
    assert user not in ("root", "0")
    system = last("RUN")
    assert re.search(rf"useradd .*\b{user}\b", system)
    assert re.search(rf"--owner={user}\b.* {last('VOLUME')}\b", system)
    assert f"XDG_CACHE_HOME={last('VOLUME')}" in last("ENV")


def test_its_command_is_one() -> None:
    """The command line takes it, and it listens where others reach it."""
    assert json.loads(last("ENTRYPOINT")) == ["voiceshift"]
    options = command_line_parser().parse_args(json.loads(last("CMD")))
    assert options.page
    assert options.host == "0.0.0.0"
    assert str(options.port) == last("EXPOSE")


def test_without_a_token_it_does_not_start(tmp_path: Path) -> None:
    """It serves others; the message says how to give one."""
    arguments = [str(tmp_path) if word == "/songs" else word for word in json.loads(last("CMD"))]
    with voiceshift(*arguments, "--port", "0") as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "VC_SERVE_TOKEN" in errors


def test_the_health_check_tells_whether_it_serves() -> None:
    """Of the service, with the page and without; of a port where nobody listens it fails."""
    for page in (True, False):
        with Server("token", page=page) as server:
            port = server.uri.rpartition(":")[2]
            program = [word.replace("8765", port) for word in health_check()]
            assert subprocess.run(program, check=False).returncode == 0
    assert subprocess.run(program, check=False, stderr=subprocess.DEVNULL).returncode != 0


def test_what_is_copied_is_what_the_package_is_built_from() -> None:
    """Nothing else of a checkout, such as .env or the history, gets into a layer."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and line[0] != "#"]
    assert rules[0] == "*"
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((ROOT / name).exists() for name in kept)
    assert not any(fnmatch(name, pattern) for pattern in kept for name in (".env", ".git", "tests"))
    files = re.findall(r"file: (\S+)|license_files = (\S+),", (ROOT / "setup.cfg").read_text())
    assert {name for pair in files for name in pair if name} <= kept


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_is_built_and_healthy() -> None:
    """From this checkout to a container whose own health check passes."""
    docker = shutil.which("docker") or ""
    # Machines without it are common, CI's among them; for these there are the tests above.
    if not docker or subprocess.run([docker, "info"], check=False, capture_output=True).returncode:
        pytest.skip("Docker does not run here")
    build = [docker, "build", "--quiet", str(ROOT)]
    image = subprocess.run(build, check=True, capture_output=True, text=True).stdout.strip()
    start = [docker, "run", "--rm", "--detach", "--env", "VC_SERVE_TOKEN=token", image]
    container = subprocess.run(start, check=True, capture_output=True, text=True).stdout.strip()
    try:
        state = ""
        deadline = time.monotonic() + 120
        look = [docker, "inspect", "--format", "{{.State.Health.Status}}", container]
        while state != "healthy" and time.monotonic() < deadline:
            state = subprocess.run(look, check=True, capture_output=True, text=True).stdout.strip()
            time.sleep(1)
        assert state == "healthy"
        who = subprocess.run(
            [docker, "exec", container, "id", "-u"], check=True, capture_output=True
        )
        assert who.stdout.strip() != b"0"
    finally:
        subprocess.run([docker, "kill", container], check=True, capture_output=True)
