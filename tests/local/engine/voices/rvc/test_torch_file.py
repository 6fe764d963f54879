"""Files of PyTorch are read without executing what they hold."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.support.rvc_voices import Call, Global, pickled, save_torch_file
from voiceshift.local.engine.voices.rvc.torch_file import read_torch_file

if TYPE_CHECKING:
    from pathlib import Path


def zipped(instructions: bytes, **storages: bytes) -> memoryview:
    """Return a file of PyTorch with a pickle and the numbers of tensors."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x/data.pkl", instructions)
        for key, content in storages.items():
            archive.writestr(f"x/data/{key.removeprefix('_')}", content)
    return memoryview(buffer.getvalue())


def asks_for(value: Any) -> bytes:
    """Return a whole pickle of ``value``."""
    return pickle.PROTO + b"\2" + pickled(value) + pickle.STOP


def tensor(*arguments: Any, key: str = "0", kind: str = "Float", count: int = 6) -> bytes:
    """Return a pickle of one tensor."""
    storage = pickled(("storage", Global(f"torch {kind}Storage"), key, "cpu", count))
    function = pickled(Global("torch._utils _rebuild_tensor_v2"))
    rest = b"".join(map(pickled, arguments))
    call = pickle.MARK + storage + pickle.BINPERSID + rest + pickle.TUPLE + pickle.REDUCE
    return pickle.PROTO + b"\2" + function + call + pickle.STOP


SIX = np.arange(6, dtype="<f4").tobytes()


def test_all_that_a_voice_holds_is_read(tmp_path: Path) -> None:
    """Tensors of every type, texts, numbers, lists and dictionaries."""
    random = np.random.default_rng(1)
    arrays = {
        kind: random.uniform(0, 100, (2, 3, 4)).astype(kind)
        for kind in ("float16", "float32", "float64", "int64")
    }
    content = {"config": [1, -5, 300, 70_000, 2.5, "1", [3, [5]], None, True], **arrays}
    save_torch_file(content, tmp_path / "file.pth")
    read = read_torch_file(memoryview((tmp_path / "file.pth").read_bytes()))
    assert isinstance(read, dict)
    assert read["config"] == content["config"]
    for kind, array in arrays.items():
        np.testing.assert_array_equal(read[kind], array)


def test_python_s_own_pickles_of_plain_things_are_read() -> None:
    """An ordered dictionary with attributes, as a network's state is, too."""
    state = OrderedDict(a=1)
    state.metadata = {"version": 1}  # type: ignore[attr-defined]  # as PyTorch does it
    assert read_torch_file(zipped(pickle.dumps(state, protocol=2))) == {"a": 1}


def test_bfloat16_is_the_upper_half_of_a_float() -> None:
    """It becomes a 32-bit float."""
    halves = np.array([1.0, -2.5, 1e30], "<f4").view("<u4") >> 16
    file = zipped(
        tensor(0, (3,), (1,), kind="BFloat16", count=3), _0=halves.astype("<u2").tobytes()
    )
    np.testing.assert_allclose(np.asarray(read_torch_file(file)), [1.0, -2.5, 1e30], rtol=0.01)


def test_a_tensor_may_be_a_part_of_its_numbers() -> None:
    """From an offset, with strides."""
    file = zipped(tensor(1, (2, 2), (1, 2)), _0=SIX)
    np.testing.assert_array_equal(read_torch_file(file), [[1, 3], [2, 4]])


@pytest.mark.parametrize(
    "arguments",
    [
        (0, (7,), (1,)),
        (5, (2,), (1,)),
        (0, (2, 2), (4, 2)),
        (0, (10**9,), (0,)),
        (0, (0,), (1,)),
        (0, (-1,), (1,)),
        (0, (2,), (-1,)),
        (0, (2,), ()),
        (0, (2**62, 2**62), (0, 0)),
        (True, (1,), (1,)),
        (0, [6], (1,)),
        (0, (1,) * 9, (1,) * 9),
        (0,),
    ],
)
def test_a_tensor_beyond_its_numbers_is_refused(arguments: tuple[Any, ...]) -> None:
    """Whatever its offset, shape and strides are."""
    with pytest.raises(ValueError, match="tensor"):
        read_torch_file(zipped(tensor(*arguments), _0=SIX))


@pytest.mark.parametrize(
    ("key", "count"), [("1", 6), ("../0", 6), ("", 6), ("٣", 6), ("0", 5), ("0", 7)]
)
def test_a_tensor_without_its_numbers_is_refused(key: str, count: int) -> None:
    """They are looked for under their number only, and counted."""
    with pytest.raises(ValueError, match=r"has a tensor whose numbers|of an unknown kind"):
        read_torch_file(zipped(tensor(0, (1,), (1,), key=key, count=count), _0=SIX))


class Exploit:
    """When it is unpickled, it calls a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_executed(tmp_path: Path, protocol: int) -> None:
    """A pickle that would write a file writes none; all of Python's protocols."""
    path = tmp_path / "written"
    attacks = [
        Exploit(os.system, f"echo > {path}"),
        Exploit(exec, f"open({str(path)!r}, 'w')"),
        Exploit(open, str(path), "w"),
    ]
    for attack in attacks:
        for content in ({"weight": attack}, [attack], attack):
            instructions = pickle.dumps(content, protocol)
            with pytest.raises(ValueError, match=r"may be malicious|damaged|keys are not all"):
                read_torch_file(zipped(instructions))
            assert not path.exists()
    pickle.loads(pickle.dumps(attacks[2])).close()
    assert path.exists()


@pytest.mark.parametrize(
    "name",
    [
        "os system",
        "builtins eval",
        "torch load",
        "collections OrderedDict.fromkeys",
        "torch._utils x",
    ],
)
def test_other_functions_than_those_of_tensors_are_named(name: str) -> None:
    """Also without a call of them."""
    asked = name.replace(" ", ".")
    with pytest.raises(ValueError, match=f"may be malicious: .* it asks for '{asked}'"):
        read_torch_file(zipped(asks_for(Global(name))))


@pytest.mark.parametrize(
    "value",
    [
        Call(Global("collections OrderedDict"), [["a", 1]]),
        Call(Global("torch._utils _rebuild_tensor_v2")),
        Call(Global("torch._utils _rebuild_tensor_v2"), 1, 2, 3, 4),
        Call(Global("torch._utils _rebuild_parameter"), "text"),
        Call(Global("torch FloatStorage"), 1),
    ],
)
def test_calls_with_other_arguments_are_refused(value: Call) -> None:
    """What PyTorch never writes is not understood."""
    with pytest.raises(ValueError, match=r"tensor|parameter|dictionary|a call of"):
        read_torch_file(zipped(asks_for(value)))


@pytest.mark.parametrize(
    "instructions",
    [
        b"",
        b"\x80\x02",
        b"\x80\x02.",
        b"\x80\x02]].",
        b"\x80\x02e.",
        b"\x80\x020.",
        b"\x80\x02h\x05.",
        b"\x80\x02K\x01\x86.",
        b"\x80\x02K\x01K\x02a.",
        b"\x80\x02}K\x01K\x02s.",
        b"\x80\x02}(U\x01au.",
        b"\x80\x02K\x01Q.",
        b"\x80\x02K\x01}b.",
        b"\xff\xff\xff",
    ],
)
def test_damaged_pickles_are_refused(instructions: bytes) -> None:
    """Nothing but the one kind of error comes of them."""
    with pytest.raises(ValueError, match=r"."):
        read_torch_file(zipped(instructions))


def test_a_huge_place_in_the_memo_takes_no_memory() -> None:
    """Python's own unpickler would make room for all places before it."""
    put = pickle.LONG_BINPUT + struct.pack("<I", 2**32 - 1)
    assert read_torch_file(zipped(b"\x80\x02K\x07" + put + b".")) == 7


def test_other_files_are_refused() -> None:
    """A ZIP file without a pickle, one with two, and one of a big-endian machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", b"")
    with pytest.raises(ValueError, match=r"is not a file of PyTorch"):
        read_torch_file(memoryview(buffer.getvalue()))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("x/data.pkl", pickle.dumps({}, 2))
        archive.writestr("x/byteorder", b"big")
    with pytest.raises(ValueError, match="big-endian"):
        read_torch_file(memoryview(buffer.getvalue()))


def test_deflated_numbers_are_refused(tmp_path: Path) -> None:
    """PyTorch stores them as they are."""
    save_torch_file({"a": np.zeros(5, np.float32)}, tmp_path / "file.pth", zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="packed again by another program"):
        read_torch_file(memoryview((tmp_path / "file.pth").read_bytes()))
