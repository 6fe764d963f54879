"""Files with random damage: whatever it is, only the one kind of error comes of it."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from tests.support.properties import example, given, settings, st
from tests.support.rvc_voices import TINY, random_voice, save_torch_file, write_index
from voiceshift.errors import SettingsError
from voiceshift.local.engine.voices.rvc.faiss_index import read_index
from voiceshift.local.engine.voices.rvc.model import read_model

MUTATIONS = st.lists(
    st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8), st.booleans()),
    min_size=1,
    max_size=4,
)
"""Where, as a share of the file, what is written there, and whether the file ends there."""


@cache
def voice() -> bytes:
    """Return the file of a voice."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "voice.pth"
        save_torch_file(random_voice(TINY), path)
        return path.read_bytes()


@cache
def index() -> bytes:
    """Return the file of an index."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "added.index"
        vectors = np.ones((7, 256), np.float32)
        write_index(path, vectors[:2], [vectors[:3], vectors[3:]])
        return path.read_bytes()


def mutated(content: bytes, mutations: list[tuple[float, bytes, bool]]) -> memoryview:
    """Return a file with damage."""
    damaged = bytearray(content)
    for place, value, is_end in mutations:
        start = round(place * len(damaged))
        damaged[start : start + len(value)] = value
        if is_end:
            del damaged[start:]
    return memoryview(damaged)


@settings(max_examples=150)
@given(MUTATIONS)
@example([(0.0, b"", True)])
def test_damaged_voices(mutations: list[tuple[float, bytes, bool]]) -> None:
    """They are read or refused."""
    with suppress(SettingsError):
        read_model(mutated(voice(), mutations), "voice.pth")


@pytest.mark.slow
@settings(max_examples=150)
@given(MUTATIONS)
def test_damaged_pickles(mutations: list[tuple[float, bytes, bool]]) -> None:
    """Those whose checksums fit are read or refused, too."""
    start = voice().index(b"\x80\x02}")
    end = voice().index(b".PK", start) + 1
    pickle = mutated(voice()[start:end], mutations)
    with suppress(SettingsError):
        read_model(_with_pickle(bytes(pickle)), "voice.pth")


@settings(max_examples=150)
@given(MUTATIONS)
def test_damaged_indexes(mutations: list[tuple[float, bytes, bool]]) -> None:
    """They are read or refused."""
    with suppress(SettingsError):
        read_index(mutated(index(), mutations), "added.index")


def _with_pickle(pickle: bytes) -> memoryview:
    """Return the file of a voice with another pickle in it, its checksum right."""
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(voice())) as archive, zipfile.ZipFile(buffer, "w") as other:
        for name in archive.namelist():
            other.writestr(name, pickle if name.endswith(".pkl") else archive.read(name))
    return memoryview(buffer.getvalue())
