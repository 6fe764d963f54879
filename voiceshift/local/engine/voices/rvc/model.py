"""A voice of RVC as its file has it: sizes and weights, checked; or why it is no such voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from voiceshift.errors import SettingsError
from voiceshift.local.engine.voices.rvc.architecture import Architecture, read_config
from voiceshift.local.engine.voices.rvc.torch_file import MAX_SIZE, Array, read_torch_file
from voiceshift.local.engine.voices.rvc.zip_members import is_zip
from voiceshift.util.text import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Weights = dict[str, npt.NDArray[np.float32]]
"""The tensors by name."""

VERSIONS = {256: "v1", 768: "v2"}
"""What the versions of RVC are called, by the numbers in each vector of their content encoder."""

TRAINING_KEYS = {"model", "optimizer", "iteration", "learning_rate"}

FOREIGN_KEYS = {"params", "embedder_name"}
"""Only voices of other programs have these: ddPn08's fork of RVC, and VoRAS."""

CONTRADICTION = (
    "its config and its tensors contradict each other; extract it again from its training "
    "checkpoint, with the right rate and version"
)

TRAINING_ONLY = "enc_q."
"""The names of the encoder of training begin so; singing needs none of it."""

MAX_SPEAKERS = 10_000


@frozen(eq=False)
class Model:
    """A voice of RVC.

    Attributes:
        architecture: The sizes of its network.
        weights: Its tensors, with weight normalisation folded.
        info: What its training program noted of it, such as ``200epoch``.
    """

    architecture: Architecture
    weights: Weights = field(repr=False)
    info: str

    @property
    def version(self) -> str:
        """The version of RVC, ``v1`` or ``v2``."""
        return VERSIONS[self.architecture.features]


def read_model(data: memoryview, name: str) -> Model:
    """Read the file of a voice.

    Args:
        data: Its content.
        name: What to call the file in messages.

    Raises:
        SettingsError: It is no voice of RVC that can be sung with; the message says what it is and
            what to do.
    """
    try:
        _check_kind(data)
        return _model(read_torch_file(data))
    except ValueError as error:
        raise SettingsError(f"{name} {error}") from error


def map_file(path: Path) -> memoryview:
    """Return the content of a file, which is read from the disk as it is used.

    Raises:
        SettingsError: It is not there, is empty, too big, or cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > MAX_SIZE:
            raise SettingsError(f"{path} has {size:,} bytes, which is too big for a voice")
        if not size:
            raise SettingsError(f"{path} is empty; download it again")
        return np.memmap(path, np.uint8, mode="r").data
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error


def take_weights(
    tensors: Mapping[str, object], shapes: Mapping[str, tuple[int, ...]], remedy: str
) -> Weights:
    """Return the tensors that a network has, as 32-bit floats.

    Args:
        tensors: Those of a file.
        shapes: Those of the network.
        remedy: What the error says where they do not fit.

    Raises:
        ValueError: One is missing, has another shape, or values that are no numbers.
    """
    weights: Weights = {}
    for name, shape in shapes.items():
        tensor = tensors.get(name)
        if not isinstance(tensor, (np.ndarray, _Normalised)):
            raise ValueError(f"lacks the tensor {name!r}: {remedy}")
        if tensor.shape != shape:
            raise ValueError(
                f"has a tensor {name!r} of the shape {tensor.shape} in place of {shape}: {remedy}"
            )
        weights[name] = _numbers(name, tensor)
    return weights


def fold_weight_norm(v: Array, g: Array, axis: int) -> Array:
    """Return the weight whose direction is ``v`` and whose length along ``axis`` is ``g``.

    Weight normalisation (Salimans and Kingma 2016) keeps both apart, for training.
    """
    others = tuple(other for other in range(v.ndim) if other != axis)
    v = v.astype(np.float64)
    with np.errstate(all="ignore"):  # what comes of it is checked
        folded = g.astype(np.float64) * v / np.sqrt(np.square(v).sum(axis=others, keepdims=True))
        return np.asarray(folded, np.float32)


def _check_kind(data: memoryview) -> None:
    start = bytes(data[:512])
    if is_zip(data):
        return
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ValueError(
            "is a web page and no voice: the download needs the link to the file itself, or a login"
        )
    if start.startswith(b"version https://git-lfs"):
        raise ValueError("only points to the voice (Git LFS); download the file itself")
    if start.startswith(b"\x80"):
        raise ValueError(
            "is in the form that PyTorch wrote before 1.6; load and save it there with a newer one"
        )
    raise ValueError("is no file of PyTorch, so no voice of RVC")


def _model(content: object) -> Model:
    if not isinstance(content, dict):
        raise ValueError("is a file of PyTorch, but holds no voice of RVC")
    _check_program(content)
    tensors = _paired(content["weight"])
    architecture = read_config(
        content["config"],
        features=_features(tensors),
        has_pitch="enc_p.emb_pitch.weight" in tensors,
        speakers=_rows(tensors, "emb_g.weight"),
    )
    shapes = architecture.shapes()
    weights = take_weights(tensors, shapes, CONTRADICTION)
    if left := sorted(set(tensors) - set(shapes)):
        raise ValueError(f"is another network than RVC's: it has a tensor {quoted(left[0])}, too")
    return Model(architecture, weights, _text(content.get("info")))


def _check_program(content: dict[str, Any]) -> None:
    """Refuse what other programs, or other steps of training, have written."""
    if "weight" not in content and len(TRAINING_KEYS & set(content)) > 1:
        raise ValueError(
            "is a checkpoint of training (G_*.pth or D_*.pth) and not a voice yet; extract the "
            "small model from it in your training program"
        )
    if found := FOREIGN_KEYS & set(content):
        raise ValueError(
            f"was made by another program than RVC or Applio: it has {min(found)!r}; its "
            "network differs from theirs"
        )
    if not isinstance(content.get("weight"), dict) or "config" not in content:
        raise ValueError("is a file of PyTorch, but holds no voice of RVC: no weight and config")
    if (vocoder := content.get("vocoder", "HiFi-GAN")) != "HiFi-GAN":
        raise ValueError(
            f"was trained with the vocoder {_text(vocoder)!r} of Applio; only voices with HiFi-GAN "
            "can be sung with"
        )
    if (embedder := content.get("embedder_model", "contentvec")) != "contentvec":
        raise ValueError(
            f"was trained with the embedder {_text(embedder)!r}; only voices trained with "
            "contentvec can be sung with: with another encoder it would sing without words"
        )


@frozen(eq=False)
class _Normalised:
    """The two halves of a weight with weight normalisation."""

    g: Array
    v: Array

    @property
    def shape(self) -> tuple[int, ...]:
        return self.v.shape

    def folded(self) -> Array:
        return fold_weight_norm(self.v, self.g, axis=0)


def _paired(tensors: dict[str, object]) -> dict[str, object]:
    """Return the tensors that singing needs, the halves of normalised weights as one."""
    named = {_old_name(name): value for name, value in tensors.items()}
    kept = {name: value for name, value in named.items() if not name.startswith(TRAINING_ONLY)}
    for name in [name for name in kept if name.endswith(".weight_g")]:
        root = name.removesuffix("_g")
        kept[root] = _normalised(root, kept.pop(name), kept.pop(f"{root}_v", None))
    return kept


def _old_name(name: str) -> str:
    """Return what the halves of a normalised weight were called before PyTorch 2."""
    name = name.replace(".parametrizations.weight.original0", ".weight_g")
    return name.replace(".parametrizations.weight.original1", ".weight_v")


def _normalised(name: str, g: object, v: object) -> _Normalised:
    if not (isinstance(g, np.ndarray) and isinstance(v, np.ndarray)):
        raise ValueError(f"lacks a half of the tensor {quoted(name)}")
    if v.ndim != 3 or g.shape != (len(v), 1, 1):
        raise ValueError(f"has a tensor {quoted(name)} whose halves do not fit together")
    return _Normalised(g, v)


def _numbers(name: str, tensor: Array | _Normalised) -> npt.NDArray[np.float32]:
    array = tensor if isinstance(tensor, np.ndarray) else tensor.folded()
    with np.errstate(over="ignore"):
        numbers = np.ascontiguousarray(array, np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError(f"is damaged: its tensor {name!r} holds infinite numbers or none (NaN)")
    return numbers


def _features(tensors: Mapping[str, object]) -> int:
    weight = tensors.get("enc_p.emb_phone.weight")
    if not isinstance(weight, np.ndarray) or weight.ndim != 2 or weight.shape[1] not in VERSIONS:
        raise ValueError("does not take the vectors of ContentVec, which have 256 or 768 numbers")
    return int(weight.shape[1])


def _rows(tensors: Mapping[str, object], name: str) -> int:
    table = tensors.get(name)
    if not isinstance(table, np.ndarray) or table.ndim != 2 or len(table) > MAX_SPEAKERS:
        raise ValueError(f"lacks the tensor {name!r}, the table of speakers")
    return len(table)


def _text(value: object) -> str:
    """Return a text of the file, cut short, or what stands for something else."""
    return value[:100] if isinstance(value, str) else ""
