"""ContentVec, which RVC voices need: downloaded and made once, then kept in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from voiceshift.errors import SettingsError
from voiceshift.local.install.cache import cache_folder, new_folder, reserved
from voiceshift.local.install.download import KnownFile, download
from voiceshift.util.files import is_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTENTVEC = KnownFile(
    name="pytorch_model.bin",
    size=378_342_945,
    sha256="d8dd400e054ddf4e6be75dab5a2549db748cc99e756a097c496c099f65a4854e",
)
"""The weights in the form of Hugging Face's transformers, under the MIT licence."""

URL = (
    "https://huggingface.co/IAHispano/Applio/resolve/main/Resources/embedders/contentvec/"
    "pytorch_model.bin"
)
"""Where they are, as the project Applio gives them to its users."""

FOLDER = "contentvec"
"""Of the user's cache."""

FORMAT = "contentvec-1"
"""Of the network's files; to be increased when they change."""


def contentvec_path() -> Path:
    """Return where the network is, once it has been made.

    Raises:
        SettingsError: The extra ``local`` is not installed.
    """
    return cache_folder(FOLDER) / FORMAT / "contentvec.onnx"


def prepare_contentvec(
    source: Path | None = None,
    *,
    sha256: str | None = None,
    url: str | None = None,
    force: bool = False,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Path:
    """Make the network, unless it is there.

    Only this function downloads it, and only the user's command calls this function. What has
    arrived is kept until the network is made, so that an interrupted run loses nothing; the network
    appears in its place complete or not at all.

    Args:
        source: ``pytorch_model.bin``; ``None`` downloads it.
        sha256: The hash of a file that is to be taken for it, in hexadecimal; by default that of
            the file that is known here.
        url: Where to download it; by default :data:`URL`.
        force: Make it again.
        on_progress: Called now and then with the bytes that have arrived.

    Returns:
        Where it is.

    Raises:
        SettingsError: The file is not there or another one, the extra ``local`` is not installed,
            the cache cannot be written to, or another process is doing the same.
        ConnectError: It could not be downloaded.
    """
    network = contentvec_path()
    if network.exists() and not force:
        return network
    file = evolve(CONTENTVEC, sha256=_checked(sha256)) if sha256 else CONTENTVEC
    folder = cache_folder(FOLDER)
    with reserved(folder):
        if source is None:
            _make(download(file, url or URL, folder, on_progress), network)
            (folder / file.name).unlink()
        else:
            if not is_file(str(source)):
                raise SettingsError(f"there is no file {source}")
            file.check(source)
            _make(source, network)
    return network


def _make(source: Path, network: Path) -> None:
    from voiceshift.local.engine.voices.rvc import contentvec
    from voiceshift.local.engine.voices.rvc.model import map_file

    sizes = contentvec.SIZES
    weights = contentvec.read_contentvec(map_file(source), str(source), sizes)
    with new_folder(network.parent) as made:
        contentvec.write_contentvec(weights, made / network.name, sizes)


def _checked(sha256: str) -> str:
    digits = sha256.strip().lower()
    if len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise SettingsError(f"a sha256 has 64 hexadecimal digits; {sha256!r} is none")
    return digits
