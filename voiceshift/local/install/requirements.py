"""The packages of the ``local`` extra, and what to say where they are missing."""

from __future__ import annotations

from importlib.util import find_spec

from voiceshift.errors import SettingsError

_PACKAGES = (
    "numpy",
    "onnx",
    "onnxruntime",
    "platformdirs",
    "pyworld",
    "soundfile",
    "soxr",
    "swift_f0",
    "websockets",
)


def require_local_extra() -> None:
    """Make sure that the packages which make covers on this machine are installed.

    It only looks them up and imports none, so it costs a few milliseconds.

    Raises:
        SettingsError: Some are missing; the message has the command that installs them.
    """
    missing = [package for package in _PACKAGES if find_spec(package) is None]
    if missing:
        raise SettingsError(
            f"covers on this machine need {', '.join(missing)}, which this Python does not have; "
            'install them with: pip install "voiceshift[local]"'
        )
