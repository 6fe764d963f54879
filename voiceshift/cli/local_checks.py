"""What ``voiceshift doctor`` looks at for covers that are made on this machine."""

from __future__ import annotations

import shutil
import tempfile
from importlib import import_module
from typing import TYPE_CHECKING

from voiceshift.cli.checks import Check, check
from voiceshift.errors import SettingsError
from voiceshift.util.process import physical_memory
from voiceshift.util.text import counted, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER_MEMORY = 400_000_000
"""Bytes that a worker takes while it makes a window of a cover."""

NATIVE_LIBRARIES = ("numpy", "onnxruntime", "pyworld", "soundfile", "soxr")
"""Packages of the extra ``local`` that may be installed and still not load."""


def examine() -> Iterator[Check]:
    """Check everything in the order in which a cover needs it.

    What cannot be checked because of an earlier problem is left out.
    """
    libraries = check("libraries", _libraries)
    yield libraries
    if libraries.error is not None:
        return
    yield _vocals()
    yield check("voices", _voices)
    yield _ffmpeg()
    yield _cache()
    yield _memory()


def _libraries() -> str:
    """Load what a cover needs, which fails where a package does not fit this system."""
    from voiceshift.local.install.requirements import require_local_extra

    require_local_extra()
    for package in NATIVE_LIBRARIES:
        _load(package)
    return "those of the extra local can be loaded"


def _load(package: str) -> None:
    try:
        import_module(package)
    except Exception as error:
        raise SettingsError(
            f"{package} is installed but cannot be loaded: {error}; install it again with: "
            f"pip install --force-reinstall {package}"
        ) from error


def _vocals() -> Check:
    from voiceshift.local.separators import FALLBACK_WARNING, uses_fallback

    if uses_fallback(None):
        return Check("vocals", FALLBACK_WARNING, is_advice=True)
    return check("vocals", _network)


def _network() -> str:
    from voiceshift.local.engine.separation.spleeter import network_files
    from voiceshift.local.install.network_file import network_hash, network_path
    from voiceshift.util.files import file_errors, sha256_of

    remedy = "voiceshift setup --force makes it again"
    with file_errors(SettingsError, f"the network cannot be read; {remedy}"):
        is_whole = sha256_of(*network_files(network_path())) == network_hash()
    if not is_whole:
        raise SettingsError(f"the network is damaged; {remedy}")
    return "separated by the network of voiceshift setup"


def _voices() -> str:
    """How many there are: a name may be nobody else's business."""
    from voiceshift.local import demo
    from voiceshift.local.library.voices import VoiceLibrary

    own = len(VoiceLibrary().names()) - len(demo.VOICES)
    return f"{len(demo.VOICES)} of the demo, {own} of your own"


def _ffmpeg() -> Check:
    program = shutil.which("ffmpeg")
    if program is None:
        words = (
            "not installed, so that songs may be WAV, FLAC, Ogg, Opus and MP3 only; with it also "
            "M4A, WMA, films and others"
        )
        return Check("ffmpeg", words, is_advice=True)
    return Check("ffmpeg", program)


def _cache() -> Check:
    """Whether there is a place for what is learned of voices, and for the network."""
    from voiceshift.local.install.cache import cache_folder

    folder = cache_folder("").parent
    while not folder.exists():  # it is made when it is needed
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        words = f"{folder} cannot be written to ({error.strerror}): voices are learned each time"
        return Check("cache", words, is_advice=True)
    return Check("cache", f"{folder} can be written to, {size_text(free)} free")


def _memory() -> Check:
    from voiceshift.local.workers.pool import default_workers

    memory, workers = physical_memory(), default_workers()
    needed = workers * WORKER_MEMORY
    words = f"{counted(workers, 'worker')} will take up to {size_text(needed)}"
    if memory is None:
        return Check("memory", words)
    return Check("memory", f"{size_text(memory)}; {words}", is_advice=memory < 2 * needed)
