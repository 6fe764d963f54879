"""The pytest plugin: what its fixture sets, and what loading it costs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from voiceshift import Client
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def developers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a developer may have in the environment for the hosted service."""
    for name, value in {"VC_TOKEN": "secret", "VC_USER_ID": "7", "VC_REQUEST_TYPE": "x"}.items():
        monkeypatch.setenv(name, value)


def test_fixture_sets_the_environment(voiceshift_service: ScriptedService) -> None:
    """Address and token of the service are where unchanged code looks for them."""
    assert os.environ["VC_URI"] == voiceshift_service.uri
    assert os.environ["VC_TOKEN"] == voiceshift_service.token


def test_own_settings_are_taken_away(
    developers_own: None, voiceshift_service: ScriptedService
) -> None:
    """A request is the same whatever the developer's own environment holds."""
    with Client() as client:
        client.create_cover("Amazing Grace", "tenor")
    (request,) = voiceshift_service.requests
    assert request == {"type": "cover", "song": "Amazing Grace", "model": "tenor", "pitch": 0}


def test_client_needs_no_arguments(voiceshift_service: ScriptedService) -> None:
    """A client made as in production talks to the scripted service."""
    with Client() as client:
        assert client.create_cover("Amazing Grace", "tenor").audio == DEFAULT_AUDIO


def test_plugin_is_loaded_without_its_libraries(tmp_path: Path) -> None:
    """A session that does not use the fixture imports none of what the service needs."""
    (tmp_path / "test_light.py").write_text(
        "import sys\n"
        "def test_light(pytestconfig):\n"
        "    assert pytestconfig.pluginmanager.has_plugin('voiceshift')\n"
        "    assert not {'websockets', 'websocket', 'ssl', 'dotenv', 'tqdm'} & set(sys.modules)\n"
    )
    run_pytest(tmp_path)


def test_missing_websockets_is_explained(tmp_path: Path) -> None:
    """Where the extra is not installed, the fixture says what to install."""
    (tmp_path / "test_missing.py").write_text(
        "import sys\n"
        "import pytest\n"
        "from voiceshift.testing import ScriptedService\n"
        "def test_missing(monkeypatch):\n"
        "    monkeypatch.setitem(sys.modules, 'websockets.server', None)\n"
        "    with pytest.raises(ImportError, match='pip install .voiceshift.testing.'):\n"
        "        ScriptedService()\n"
    )
    run_pytest(tmp_path)


def run_pytest(folder: Path) -> None:
    """Run the tests in ``folder`` in a session of their own, with no plugin but ours."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "voiceshift"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
