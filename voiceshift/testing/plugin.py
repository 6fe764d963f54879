"""The pytest plugin: its fixtures. pytest imports this wherever voiceshift is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.testing import ScriptedService


@pytest.fixture
def voiceshift_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedService]:
    """A :class:`~voiceshift.testing.ScriptedService` that the environment leads to.

    ``VC_URI`` and ``VC_TOKEN`` are its own; ``VC_USER_ID`` and ``VC_REQUEST_TYPE`` are unset.
    """
    from voiceshift.testing import ScriptedService

    for name in ("VC_USER_ID", "VC_REQUEST_TYPE"):
        monkeypatch.delenv(name, raising=False)
    with ScriptedService() as service:
        monkeypatch.setenv("VC_URI", service.uri)
        monkeypatch.setenv("VC_TOKEN", service.token)
        yield service
