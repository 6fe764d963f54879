"""The command line: its help, its exit codes, and what a failure prints."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from tests.support.processes import run_python
from voiceshift import __version__
from voiceshift.cli import command_line_parser, main

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

Capture = pytest.CaptureFixture[str]

COMMANDS = ("cover", "batch", "demo", "serve", "voices", "setup", "doctor")
COVER = ("cover", "Amazing Grace", "--voice", "tenor")
PATIENCE = 60.0


# ---- usage


def test_help_names_the_commands_and_the_exit_codes(capsys: Capture) -> None:
    """``--help`` is where somebody begins."""
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(f"\n    {command} " in text for command in COMMANDS)
    assert "exit codes: 2 wrong usage" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, capsys: Capture) -> None:
    """It explains every option, and shows none that is for the library itself."""
    with pytest.raises(SystemExit, match=r"^0$"):
        main([command, "--help"])
    text = capsys.readouterr().out
    assert text.startswith(f"usage: voiceshift {command} ")
    assert "--json" in text
    assert "--child" not in text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_example_of_the_help_can_be_typed(command: str, capsys: Capture) -> None:
    """It is a command line of this command, that the parser takes."""
    with pytest.raises(SystemExit):
        main([command, "--help"])
    _, _, examples = capsys.readouterr().out.rpartition("\nexample")[2].partition(":")
    assert examples.strip()
    for example in examples.strip().splitlines():
        program, *arguments = shlex.split(example)
        assert (program, arguments[0]) == ("voiceshift", command)
        assert command_line_parser().parse_args(arguments).run


@needs("shtab")
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh", "powershell"])
def test_completion_is_printed_for_each_shell(shell: str, capsys: Capture) -> None:
    """It knows every command."""
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--print-completion", shell])
    script = capsys.readouterr().out
    assert all(command in script for command in COMMANDS)


@needs("shtab")
def test_completion_for_another_shell_is_refused(capsys: Capture) -> None:
    """The message names those there are."""
    with pytest.raises(SystemExit, match=r"^2$"):
        main(["--print-completion", "elvish"])
    assert "no completion for elvish, but for bash, zsh" in capsys.readouterr().err


def test_completion_needs_its_extra(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the command that installs it."""
    monkeypatch.setitem(sys.modules, "shtab", None)
    with pytest.raises(SystemExit, match=r"^2$"):
        main(["--print-completion", "bash"])
    assert 'pip install "voiceshift[completion]"' in capsys.readouterr().err


def test_the_version_is_printed(capsys: Capture) -> None:
    """Name and number."""
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--version"])
    assert capsys.readouterr().out == f"voiceshift {__version__}\n"


def test_it_runs_as_a_module() -> None:
    """``python -m voiceshift`` is the command."""
    output = subprocess.check_output([sys.executable, "-m", "voiceshift", "--version"], text=True)
    assert output == f"voiceshift {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["cover"],
        ["cover", "Amazing Grace"],
        [*COVER, "--pitch", "0.5"],
        [*COVER, "--pitch", "high"],
        [*COVER, "--timeout", "soon"],
        [*COVER, "--local", "--uri", "ws://127.0.0.1"],
        ["serve", "--port", "many"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_ends_with_2(
    arguments: list[str], capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """The usage is shown, and nothing is sent."""
    with pytest.raises(SystemExit, match=r"^2$"):
        main(arguments)
    assert "usage: voiceshift" in capsys.readouterr().err
    assert voiceshift_service.connections == 0


# ---- exit codes


def test_a_cover_ends_with_0(voiceshift_service: ScriptedService) -> None:
    """All went well."""
    assert main([*COVER]) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--pitch", "3"], "octaves from -2 to 2"),
        (["--voice", ""], "voice must be a text"),
        (["--timeout", "0"], "timeout must be seconds above 0"),
        (["--timeout", "nan"], "timeout must be seconds above 0"),
        (["--uri", "https://example.com"], "must begin with wss:// or ws://"),
        (["--uri", "wss://"], "not a WebSocket URL"),
        (["--uri", "ws://example.com"], "would carry the token unencrypted"),
        (["-o", "missing/cover.ogg"], "choose a folder that exists"),
        (["--token-file", "missing.txt"], "cannot read the token file missing.txt"),
        (["--uri", "ws://127.0.0.1", "--songs", "."], "leave out --uri"),
        pytest.param(["--songs", "missing"], "songs: missing does not exist", marks=needs("numpy")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_setting_ends_with_2(
    options: list[str], words: str, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """The remedy is told, before anything is sent."""
    assert main([*COVER, *options]) == 2
    assert words in capsys.readouterr().err
    assert voiceshift_service.connections == 0


def test_no_token_ends_with_2(capsys: Capture) -> None:
    """The message names every place that was looked at."""
    assert main([*COVER]) == 2
    error = capsys.readouterr().err
    assert error.startswith("voiceshift: no API token: looked at ")
    assert "VC_TOKEN" in error
    assert ".env" in error


def test_a_refused_token_ends_with_3(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """Close code 4001."""
    monkeypatch.setenv("VC_TOKEN", "a-wrong-token")
    assert main([*COVER]) == 3
    assert "refused the token" in capsys.readouterr().err


def test_no_service_ends_with_4(
    closed_port: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens there."""
    monkeypatch.setenv("VC_URI", f"ws://127.0.0.1:{closed_port}")
    monkeypatch.setenv("VC_TOKEN", "a-token-for-tests")
    assert main([*COVER]) == 4
    assert "127.0.0.1" in capsys.readouterr().err


def test_a_lost_connection_ends_with_4(voiceshift_service: ScriptedService) -> None:
    """The service closed it in the middle."""
    voiceshift_service.will_close(1011, "out of memory")
    assert main([*COVER]) == 4


def test_a_timeout_ends_with_4(voiceshift_service: ScriptedService) -> None:
    """The limit of the command line passed."""
    voiceshift_service.will_stall()
    assert main([*COVER, "--timeout", "0.2"]) == 4


def test_a_cover_that_cannot_be_made_ends_with_5(
    capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """The service's own words are shown."""
    voiceshift_service.will_fail("no such voice")
    assert main([*COVER]) == 5
    assert "voiceshift: no such voice" in capsys.readouterr().err


def test_a_service_that_speaks_otherwise_ends_with_5(voiceshift_service: ScriptedService) -> None:
    """Every other failure of a cover."""
    voiceshift_service.will_send_raw("no JSON")
    assert main([*COVER]) == 5


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_an_interrupt_ends_with_130(voiceshift_service: ScriptedService) -> None:
    """Ctrl-C during a cover: no traceback, no file."""
    voiceshift_service.will_stall(at="queued")
    with subprocess.Popen(
        [sys.executable, "-m", "voiceshift", *COVER, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert voiceshift_service.stalled.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert list(Path().iterdir()) == []
    assert errors == "voiceshift: interrupted\n"
    told = {"error": "KeyboardInterrupt", "message": "interrupted", "partial": None}
    assert json.loads(output) == told


def test_with_json_a_failure_is_json_too(
    capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """On standard output for the script, on standard error for who reads its log."""
    voiceshift_service.will_fail("no such voice")
    assert main([*COVER, "--json"]) == 5
    output, errors = capsys.readouterr()
    told = {"error": "CoverError", "message": "no such voice", "partial": None}
    assert json.loads(output) == told
    assert errors == "voiceshift: no such voice\n"


def test_a_command_imports_no_other() -> None:
    """Nor what only others need: the service of ``Client.local()`` starts as a command."""
    left_out = {
        "voiceshift.batch",
        "voiceshift.client",
        "voiceshift.cli.batch",
        "voiceshift.local.install.wheel",
        "urllib.request",
    }
    loaded = run_python(
        "import sys\n"
        "from voiceshift.cli import main\n"
        "assert main(['serve', '--port', '-1']) == 2\n"
        f"print({left_out} & set(sys.modules))"
    )
    assert loaded == "set()\n"
