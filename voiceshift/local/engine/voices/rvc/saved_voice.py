"""The file of a voice of RVC among the user's voices: how it is made, and what it says."""

from __future__ import annotations

import json
import math
import os
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from voiceshift.errors import CoverError, SettingsError
from voiceshift.local.engine.protobuf import parts
from voiceshift.local.engine.voices.rvc.faiss_index import Index, read_index
from voiceshift.local.engine.voices.rvc.model import read_model
from voiceshift.local.engine.voices.rvc.voice_files import find_voice_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.local.engine.voices.rvc.voice_files import NamedFile

FORMAT = "1"
"""Version of the file format; it changes whenever older files would be used wrongly."""

INDEX_RATE = 0.5
"""Share of the index in what is sung, by default."""

PROTECT = 0.33
"""Share of the index in unvoiced frames, by default; from 0.5 on they are like the others."""

PROTECTED_BELOW = 0.5

METADATA = 14
"""Number of the field of an ONNX file that says what the file is."""


@frozen(kw_only=True, eq=False)
class SavedVoice:
    """What the file of a voice says.

    Attributes:
        path: The file, which holds its network.
        sample_rate: Rate of its sound, in hertz.
        version: Version of RVC, ``v1`` or ``v2``.
        has_pitch: Whether it is given the pitch; without, it makes one of its own.
        latent: Channels of the noise that it is given.
        index_rate: Share of the index in what is sung, 0 to 1.
        protect: Share of the index in unvoiced frames, 0 to 0.5.
        info: What its training program noted of it.
    """

    path: Path
    sample_rate: int
    version: str
    has_pitch: bool
    latent: int
    index_rate: float
    protect: float
    info: str

    @property
    def index_path(self) -> Path:
        """Where its index is, if it has one."""
        return self.path.with_suffix(".index")

    @property
    def damaged(self) -> str:
        """What is said where its file cannot be used."""
        return _unusable(self.path.stem)

    @property
    def unvoiced_share(self) -> float:
        """What part of the index's influence is left in unvoiced frames."""
        return self.protect if self.has_pitch and self.protect < PROTECTED_BELOW else 1.0

    def index(self) -> Index | None:
        """Return its index, which each process reads once; None if it has none.

        Raises:
            CoverError: It is damaged.
        """
        if not self.index_path.exists():
            return None
        try:
            return _index(self.index_path, self.index_path.stat().st_mtime_ns)
        except (SettingsError, OSError) as error:
            raise CoverError(self.damaged) from error

    @classmethod
    def load(cls, path: Path) -> SavedVoice:
        """Read what a file that :func:`add_voice` wrote says of itself.

        Raises:
            CoverError: The file is none of these, is damaged, or was made by another version.
        """
        try:
            said = _metadata(path)
            if said.pop("format", "") != FORMAT:
                raise ValueError("made by another version")
            return cls(
                path=path,
                sample_rate=int(said["sample_rate"]),
                version=said["version"],
                has_pitch=bool(json.loads(said["has_pitch"])),
                latent=int(said["latent"]),
                index_rate=float(said["index_rate"]),
                protect=float(said["protect"]),
                info=said["info"],
            )
        except (OSError, ValueError, KeyError) as error:
            raise CoverError(_unusable(path.stem)) from error


def add_voice(
    path: Path,
    source: Path,
    *,
    index: Path | None = None,
    index_rate: float = INDEX_RATE,
    protect: float = PROTECT,
) -> None:
    """Make the file of a voice, and copy its index beside it.

    The voice is there as a whole or not at all.

    Args:
        path: The file to write, ``NAME.onnx``; its folder must exist.
        source: What people have: a ``.pth``, or a folder or ZIP file with it.
        index: Its index, where that is not in the folder or ZIP file.
        index_rate: Share of the index in what is sung, 0 to 1.
        protect: Share of the index in unvoiced frames, 0 to 0.5.

    Raises:
        SettingsError: It is no voice of RVC that can be sung with, the index is none of it, or a
            share is out of range; the message says what to do.
        OSError: The folder cannot be written to.
    """
    _check_share("index-rate", index_rate, 1.0)
    _check_share("protect", protect, PROTECTED_BELOW)
    model_file, index_file = find_voice_files(source, index)
    model = read_model(model_file.content, model_file.name)
    if index_file:
        _check_index(index_file, model.architecture.features)
    metadata = {
        "format": FORMAT,
        "sample_rate": str(model.architecture.sample_rate),
        "version": model.version,
        "has_pitch": json.dumps(model.architecture.has_pitch),
        "latent": str(model.architecture.latent),
        "index_rate": str(float(index_rate)),
        "protect": str(float(protect)),
        "info": model.info,
    }
    from voiceshift.local.engine.voices.rvc.network import write_network  # needs the package onnx

    with _part(path) as part, _part(path.with_suffix(".index")) as index_part:
        write_network(model, part, metadata)
        if index_file:
            index_part.write_bytes(index_file.content)
            index_part.replace(path.with_suffix(".index"))
        else:
            path.with_suffix(".index").unlink(missing_ok=True)
        part.replace(path)


def _check_share(name: str, value: float, limit: float) -> None:
    if not (math.isfinite(value) and 0 <= value <= limit):
        raise SettingsError(f"{name} must be from 0 to {limit:g}, not {value:g}")


def _check_index(file: NamedFile, features: int) -> None:
    index = read_index(file.content, file.name)
    if index.features != features:
        raise SettingsError(
            f"{file.name} belongs to another voice: its vectors have {index.features} numbers, "
            f"where this voice takes {features}"
        )


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Give the name of a file beside ``path`` to be written first."""
    # Another thread or process may be adding the same voice.
    part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


@lru_cache(maxsize=2)
def _index(path: Path, _: int) -> Index:
    return read_index(np.memmap(path, np.uint8, mode="r").data, path.name)


def _metadata(path: Path) -> dict[str, str]:
    """Return what an ONNX file says of itself; its network is passed over and not read."""
    content = np.memmap(path, np.uint8, mode="r").data
    entries = [(parts(entry, 1), parts(entry, 2)) for entry in parts(content, METADATA)]
    return {_text(keys): _text(values) for keys, values in entries}


def _text(values: list[memoryview]) -> str:
    return bytes(values[0]).decode() if values else ""


def _unusable(name: str) -> str:
    return (
        f"the voice {name!r} is damaged or was made by another version of voiceshift; add it again "
        "from its .pth with voiceshift voices add --replace"
    )
