"""Voices of RVC that nobody has trained, in files as ``torch.save`` writes them."""

from __future__ import annotations

import math
import pickle
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceshift.local.engine.voices.rvc.architecture import Architecture, read_config
from voiceshift.local.engine.voices.rvc.contentvec import Sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy.typing as npt

_BLOCKS: list[Any] = [[3, 7, 11], [[1, 3, 5]] * 3]


def _config(rates: list[int], kernels: list[int], rate: int) -> list[Any]:
    sizes = [1025, 32, 192, 192, 768, 2, 6, 3, 0, "1"]
    return [*sizes, *_BLOCKS, rates, 512, kernels, 109, 256, rate]


CONFIGS = {
    "v1 32k": _config([10, 4, 2, 2, 2], [16, 16, 4, 4, 4], 32_000),
    "v2 32k": _config([10, 8, 2, 2], [20, 16, 4, 4], 32_000),
    "v1 40k": _config([10, 10, 2, 2], [16, 16, 4, 4], 40_000),
    "v2 40k": _config([10, 10, 2, 2], [16, 16, 4, 4], 40_000),
    "v1 48k": _config([10, 6, 2, 2, 2], [16, 16, 4, 4, 4], 48_000),
    "v2 48k": _config([12, 10, 2, 2], [24, 20, 4, 4], 48_000),
}
"""What the files of all kinds of voices say of their sizes."""

TINY = [33, 32, 8, 8, 16, 2, 2, 3, 0, "1", *_BLOCKS, [4, 5, 2, 2], 32, [8, 9, 4, 4], 3, 4, 8000]
"""Of a voice that is as small as can be, and makes sound at 8 kHz."""


TINY_CONTENTVEC = Sizes(
    channels=8,
    hidden=12,
    projected=5,
    inner=16,
    layers=3,
    projected_layer=2,
    heads=2,
    position_kernel=8,
    position_groups=3,
)
"""Of a content encoder that is as small as can be."""

SMALL_CONTENTVEC = Sizes(
    channels=8, inner=16, layers=2, projected_layer=1, heads=2, position_kernel=8
)
"""Of one that is small, with vectors as long as those of ContentVec."""


class Global:
    """Something that a pickle names, such as a function of PyTorch."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Storage:
    """The numbers of a tensor, which a pickle names by a persistent ID."""

    def __init__(self, kind: str, key: str, count: int) -> None:
        self.identity = ("storage", Global(f"torch {kind}Storage"), key, "cuda:0", count)


class _Tensor:
    def __init__(self, storage: _Storage, array: npt.NDArray[Any]) -> None:
        strides = tuple(stride // array.itemsize for stride in array.strides)
        self.arguments = (storage, 0, array.shape, strides, False, Call(ORDERED_DICT))


class Call:
    """A call that a pickle asks for."""

    def __init__(self, function: Global, *arguments: object) -> None:
        self.function, self.arguments = function, arguments


ORDERED_DICT = Global("collections OrderedDict")

REBUILD = Global("torch._utils _rebuild_tensor_v2")


def pickled(value: Any) -> bytes:
    """Return the instructions that build ``value`` in a pickle of protocol 2."""
    for kind, instructions in INSTRUCTIONS.items():
        if isinstance(value, kind):
            return instructions(value)
    return pickle.dumps(value, protocol=2)[2:-1]  # without what begins and ends it


def _pickled_dict(value: dict[Any, Any]) -> bytes:
    items = b"".join(pickled(key) + pickled(item) for key, item in value.items())
    return pickle.EMPTY_DICT + pickle.MARK + items + pickle.SETITEMS


INSTRUCTIONS: dict[type, Callable[[Any], bytes]] = {
    Global: lambda value: b"c" + value.name.replace(" ", "\n").encode() + b"\n",
    Call: lambda value: pickled(value.function) + pickled(value.arguments) + pickle.REDUCE,
    _Storage: lambda value: pickled(value.identity) + pickle.BINPERSID,
    _Tensor: lambda value: pickled(Call(REBUILD, *value.arguments)),
    list: lambda value: (
        pickle.EMPTY_LIST + pickle.MARK + b"".join(map(pickled, value)) + pickle.APPENDS
    ),
    tuple: lambda value: pickle.MARK + b"".join(map(pickled, value)) + pickle.TUPLE,
    dict: _pickled_dict,
}
"""How a pickle builds each kind of value."""


KINDS = {"float16": "Half", "float32": "Float", "float64": "Double", "int64": "Long"}


def save_torch_file(content: Mapping[str, Any], path: Path, compression: int = 0) -> None:
    """Write what ``torch.save`` would: arrays become tensors with a storage each."""
    storages: list[npt.NDArray[Any]] = []

    def prepared(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            storages.append(value)
            kind = KINDS[value.dtype.name]
            return _Tensor(_Storage(kind, str(len(storages) - 1), value.size), value)
        if isinstance(value, dict):
            return {key: prepared(item) for key, item in value.items()}
        return value

    with zipfile.ZipFile(path, "w", compression) as archive:
        instructions = pickle.PROTO + b"\2" + pickled(prepared(content)) + pickle.STOP
        archive.writestr("voice/data.pkl", instructions)
        archive.writestr("voice/byteorder", "little")
        for key, array in enumerate(storages):
            archive.writestr(f"voice/data/{key}", np.ascontiguousarray(array).tobytes())


def random_voice(
    config: list[Any],
    features: int = 768,
    *,
    has_pitch: bool = True,
    speakers: int = 1,
    seed: int = 0,
) -> dict[str, Any]:
    """Return what the file of a voice holds, with weights that let sound through."""
    sizes = read_config(config, features=features, has_pitch=has_pitch, speakers=speakers)
    return {
        "weight": random_tensors(sizes, np.random.default_rng(seed)),
        "config": config,
        "info": "0epoch",
        "sr": f"{config[17] // 1000}k",
        "f0": int(has_pitch),
        "version": "v1" if features == 256 else "v2",
    }


def random_tensors(
    sizes: Architecture, random: np.random.Generator
) -> dict[str, npt.NDArray[np.float16]]:
    """Return tensors in half precision, with weight normalisation as files have it.

    Each layer keeps the scale of what goes through it, so that nothing fades or saturates.
    """
    tensors: dict[str, npt.NDArray[np.float16]] = {}
    for name, shape in sizes.shapes().items():
        values = random.standard_normal(shape) * _scale(name, shape)
        if name.endswith(".gamma"):
            values += 1
        if _is_normalised(name):
            axes = tuple(range(1, len(shape)))
            lengths = np.sqrt(np.square(values).sum(axis=axes, keepdims=True))
            tensors[f"{name}_g"] = lengths.astype(np.float16)
            tensors[f"{name}_v"] = values.astype(np.float16)
        else:
            tensors[name] = values.astype(np.float16)
    return tensors


def random_contentvec(sizes: Sizes, seed: int = 0) -> dict[str, npt.NDArray[np.float32]]:
    """Return tensors of a content encoder, as files have them."""
    random = np.random.default_rng(seed)
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    for name, shape in sizes.shapes().items():
        values = random.standard_normal(shape, np.float32)
        values *= 0.1 if len(shape) == 1 else 1.5 / math.sqrt(math.prod(shape[1:]))
        if "norm" in name and name.endswith("weight"):
            values += 1
        if "pos_conv_embed" in name and name.endswith("weight"):
            lengths = np.sqrt(np.square(values).sum(axis=(0, 1), keepdims=True))
            tensors[f"{name}_g"], tensors[f"{name}_v"] = lengths, values
        else:
            tensors[name] = values
    tensors["masked_spec_embed"] = np.zeros(sizes.hidden, np.float32)
    return tensors


def _is_normalised(name: str) -> bool:
    parts = (".enc.cond_layer.", ".enc.in_layers.", ".enc.res_skip_layers.", "dec.ups.", ".convs")
    return name.endswith(".weight") and any(part in name for part in parts)


def _scale(name: str, shape: tuple[int, ...]) -> float:
    if len(shape) == 1 or "emb_" in name.replace("emb_phone", ""):
        return 0.1
    fan_in = shape[0] * shape[2] / 4 if "dec.ups" in name else math.prod(shape[1:])
    gain = {"convs2": 0.5, "conv_post": 0.3, "noise_convs": 3.0, "conv_pre": 0.7}
    factor = next((value for part, value in gain.items() if part in name), 1.0)
    return factor / math.sqrt(fan_in)


def write_index(
    path: Path,
    centroids: npt.NDArray[np.float32],
    cells: list[npt.NDArray[np.float32]],
    *,
    is_sparse: bool = False,
) -> None:
    """Write the vectors in ``cells`` as faiss writes an ``IndexIVFFlat``."""
    count, features = sum(map(len, cells)), centroids.shape[1]

    def header(number: int) -> bytes:
        return struct.pack("<iqqqBi", features, number, 2**20, 2**20, 1, 1)

    parts = [b"IwFl", header(count), struct.pack("<QQ", len(cells), 1)]
    parts += [b"IxF2", header(len(cells)), struct.pack("<Q", centroids.size), centroids.tobytes()]
    parts += [struct.pack("<BQ", 0, 0)]
    parts += [b"ilar", struct.pack("<QQ", len(cells), 4 * features)]
    sizes = [len(cell) for cell in cells]
    pairs = [value for pair in enumerate(sizes) if pair[1] for value in pair]
    values = pairs if is_sparse else sizes
    parts += [
        b"sprs" if is_sparse else b"full",
        struct.pack(f"<Q{len(values)}Q", len(values), *values),
    ]
    for cell in cells:
        parts += [cell.astype("<f4").tobytes(), np.arange(len(cell)).astype("<i8").tobytes()]
    path.write_bytes(b"".join(parts))
