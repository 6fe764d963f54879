"""Objects that ``torch.save`` wrote, read without executing anything.

Such a file is a ZIP file (PyTorch 1.6 and later) with a pickle in it and a member for the numbers
of each tensor. A pickle is a program: it can call any function there is, so that loading one can do
anything at all. Here its instructions are gone through one by one; the few that build numbers,
texts, lists, dictionaries and tensors are followed, and whatever else occurs is refused.
"""

from __future__ import annotations

import math
import pickletools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from voiceshift.local.engine.voices.rvc.zip_members import Member, read_members

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeGuard

Array = npt.NDArray[Any]

MAX_SIZE = 2**30
"""Bytes of the largest file that is read: a voice has 55 million, ContentVec 378 million."""

MAX_PICKLE_SIZE = 2**20
"""Bytes of the pickle; that of a voice has about 60,000."""

MAX_DIMENSIONS = 8

STORAGES = {
    "torch BFloat16Storage": "bfloat16",
    "torch DoubleStorage": "<f8",
    "torch FloatStorage": "<f4",
    "torch HalfStorage": "<f2",
    "torch IntStorage": "<i4",
    "torch LongStorage": "<i8",
}
"""What the pickle calls the types of numbers, and what numpy calls them."""


def read_torch_file(data: memoryview) -> object:
    """Return the object in a file of ``torch.save``, with arrays for its tensors.

    Args:
        data: The file. Arrays of it are views, so nothing is copied.

    Raises:
        ValueError: It is not such a file, or its pickle asks for more than numbers and texts.
    """
    members = read_members(data)
    pickles = [name for name in members if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise ValueError("is not a file of PyTorch: it has no data.pkl in it")
    folder = pickles[0].removesuffix("data.pkl")
    order = members.get(f"{folder}byteorder")
    if order is not None and bytes(order.content(16)) != b"little":
        raise ValueError("was written by a big-endian machine, whose files are not read")
    storages = _Storages(members, f"{folder}data/")
    return _Unpickler(storages).run(bytes(members[pickles[0]].content(MAX_PICKLE_SIZE)))


@frozen(eq=False)
class _Storages:
    """The numbers of the tensors; each storage is checked once."""

    members: dict[str, Member]
    folder: str
    known: dict[str, Array] = field(factory=dict)

    def get(self, identity: object) -> Array:
        """Return the storage that a persistent ID of the pickle names; its device is ignored."""
        if not (isinstance(identity, tuple) and len(identity) == 5 and identity[0] == "storage"):
            raise ValueError("has a tensor without numbers")
        _, kind, key, _, count = identity
        if not (isinstance(kind, _StorageType) and isinstance(key, str) and key.isascii()):
            raise ValueError("has a tensor of an unknown kind")
        if not key.isdigit() or f"{self.folder}{key}" not in self.members:
            raise ValueError("has a tensor whose numbers are missing")
        if key not in self.known:
            self.known[key] = kind.read(self.members[f"{self.folder}{key}"])
        if len(self.known[key]) != count:
            raise ValueError("has a tensor whose numbers are incomplete")
        return self.known[key]


@frozen
class _StorageType:
    name: str

    def read(self, member: Member) -> Array:
        if member.is_deflated:
            raise ValueError("was packed again by another program; PyTorch compresses nothing")
        is_bfloat16 = self.name == "bfloat16"
        dtype = np.dtype("<u2" if is_bfloat16 else self.name)
        content = member.content(MAX_SIZE)
        if len(content) % dtype.itemsize:
            raise ValueError("has a tensor whose numbers are incomplete")
        numbers = np.frombuffer(content, dtype)
        # A bfloat16 is the upper half of a 32-bit float.
        return (numbers.astype("<u4") << 16).view("<f4") if is_bfloat16 else numbers


@frozen
class _Function:
    """Stands for a function that the pickle may call."""

    call: Callable[..., object]


def _tensor(*arguments: object) -> Array:
    """Return what ``torch._utils._rebuild_tensor_v2`` does; hooks and gradients are ignored."""
    if len(arguments) < 4:
        raise ValueError("has an incomplete tensor")
    storage, offset, shape, strides = arguments[:4]
    if not (isinstance(storage, np.ndarray) and storage.ndim == 1 and _is_size(offset)):
        raise ValueError("has a tensor without numbers")
    if not (_are_sizes(shape) and _are_sizes(strides) and len(shape) == len(strides)):
        raise ValueError("has a tensor without a shape")
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if 0 in shape or last >= len(storage) or math.prod(shape) > len(storage):
        raise ValueError("has a tensor that reaches beyond its numbers")
    steps = [stride * storage.itemsize for stride in strides]
    view: Array = np.lib.stride_tricks.as_strided(storage[offset:], shape, steps, writeable=False)
    return view


def _parameter(*arguments: object) -> Array:
    """Return what ``torch._utils._rebuild_parameter`` does: its tensor."""
    if not (arguments and isinstance(arguments[0], np.ndarray)):
        raise ValueError("has a parameter that is no tensor")
    return arguments[0]


def _ordered_dict(*arguments: object) -> dict[str, object]:
    if arguments:
        raise ValueError("has a dictionary in an unusual form")
    return {}


GLOBALS: dict[str, _Function | _StorageType] = {
    "collections OrderedDict": _Function(_ordered_dict),
    "torch._utils _rebuild_tensor_v2": _Function(_tensor),
    "torch._utils _rebuild_parameter": _Function(_parameter),
    **{name: _StorageType(dtype) for name, dtype in STORAGES.items()},
}
"""All that a pickle may name."""


def _is_size(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 2**40


def _are_sizes(value: object) -> TypeGuard[tuple[int, ...]]:
    return isinstance(value, tuple) and len(value) <= MAX_DIMENSIONS and all(map(_is_size, value))


_MARK = object()
"""Lies on the stack where the items of a list, tuple or dictionary begin."""


class _Unpickler:
    """Follows the instructions of a pickle of protocol 2, as far as they are harmless.

    Keys are texts: to hash anything else, such as tuples in tuples, could take for ever.
    """

    def __init__(self, storages: _Storages) -> None:
        self._storages = storages
        self._stack: list[Any] = []
        self._memo: dict[int, object] = {}

    def run(self, data: bytes) -> object:
        """Return the object that the pickle ``data`` describes."""
        try:
            for opcode, argument, _ in pickletools.genops(data):
                self._follow(opcode.name, argument)
            (result,) = self._stack
        except IndexError as error:  # nothing is left on the stack
            raise ValueError("has a damaged pickle in it") from error
        return result

    def _follow(self, name: str, argument: Any) -> None:
        if name in LITERALS:
            self._stack.append(argument)
        elif name in CONSTANTS:
            self._stack.append(CONSTANTS[name])
        elif name in CONTAINERS:
            self._stack.append(CONTAINERS[name]())
        elif name in TUPLES:
            self._stack[-TUPLES[name] :] = [tuple(self._popped(TUPLES[name]))]
        elif name in INSTRUCTIONS:
            INSTRUCTIONS[name](self, argument)
        elif name not in IGNORED:
            raise ValueError(f"{UNEXPECTED} the instruction {name}")

    def _popped(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise IndexError
        return self._stack[-count:]

    def _pop_to_mark(self) -> list[Any]:
        items = []
        while (item := self._stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]

    def mark(self, _: object) -> None:
        self._stack.append(_MARK)

    def put(self, key: int) -> None:
        self._memo[key] = self._stack[-1]

    def get(self, key: int) -> None:
        if key not in self._memo:
            raise IndexError
        self._stack.append(self._memo[key])

    def make_tuple(self, _: object) -> None:
        self._stack.append(tuple(self._pop_to_mark()))

    def append(self, _: object) -> None:
        self._extend([self._stack.pop()])

    def append_all(self, _: object) -> None:
        self._extend(self._pop_to_mark())

    def _extend(self, items: list[Any]) -> None:
        if type(self._stack[-1]) is not list:
            raise ValueError("has a damaged list in it")
        self._stack[-1].extend(items)

    def set_item(self, _: object) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._update([key, value])

    def set_items(self, _: object) -> None:
        self._update(self._pop_to_mark())

    def _update(self, items: list[Any]) -> None:
        keys, target = items[::2], self._stack[-1]
        if type(target) is not dict or len(items) % 2 or {type(key) for key in keys} - {str}:
            raise ValueError("has a dictionary in it whose keys are not all texts")
        target.update(zip(keys, items[1::2], strict=True))

    def name_global(self, name: str) -> None:
        if name not in GLOBALS:
            raise ValueError(f"{UNEXPECTED} {name.replace(' ', '.')[:100]!r}")
        self._stack.append(GLOBALS[name])

    def find_storage(self, _: object) -> None:
        self._stack.append(self._storages.get(self._stack.pop()))

    def call(self, _: object) -> None:
        arguments, function = self._stack.pop(), self._stack.pop()
        if not (isinstance(function, _Function) and isinstance(arguments, tuple)):
            raise ValueError(f"{UNEXPECTED} a call of something that is no function")
        self._stack.append(function.call(*arguments))

    def set_state(self, _: object) -> None:
        """Pass over what PyTorch notes beside the tensors of a dictionary."""
        self._stack.pop()
        if type(self._stack[-1]) is not dict:
            raise ValueError(f"{UNEXPECTED} an object with a state")


UNEXPECTED = (
    "does not only hold numbers and texts, and may be malicious: do not open it with other "
    "programs; it asks for"
)
"""What is said of a pickle that asks for more; what for, follows."""

LITERALS = {"BINFLOAT", "BININT", "BININT1", "BININT2", "BINUNICODE", "LONG1"}

CONSTANTS = {"NEWFALSE": False, "NEWTRUE": True, "NONE": None}

CONTAINERS: dict[str, Callable[[], object]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}

TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}

IGNORED = {"PROTO", "STOP"}

INSTRUCTIONS: dict[str, Callable[[_Unpickler, Any], None]] = {
    "APPEND": _Unpickler.append,
    "APPENDS": _Unpickler.append_all,
    "BINGET": _Unpickler.get,
    "BINPERSID": _Unpickler.find_storage,
    "BINPUT": _Unpickler.put,
    "BUILD": _Unpickler.set_state,
    "GLOBAL": _Unpickler.name_global,
    "LONG_BINGET": _Unpickler.get,
    "LONG_BINPUT": _Unpickler.put,
    "MARK": _Unpickler.mark,
    "REDUCE": _Unpickler.call,
    "SETITEM": _Unpickler.set_item,
    "SETITEMS": _Unpickler.set_items,
    "TUPLE": _Unpickler.make_tuple,
}
"""What is done for each instruction, by its name in :mod:`pickletools`."""
