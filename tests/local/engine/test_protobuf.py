"""Messages are read field by field, and damaged ones are refused."""

from __future__ import annotations

import pytest
from onnx import StringStringEntryProto, TensorProto

from voiceshift.local.engine.protobuf import numbers, parts


def test_fields_are_found() -> None:
    """Numbers and texts, as protobuf writes them; views are not copied."""
    message = TensorProto(data_type=300, name="a name", float_data=[1.5]).SerializeToString()
    assert numbers(message) == {2: 300}
    assert parts(message, 8) == [b"a name"]
    assert bytes(parts(memoryview(message), 8)[0]) == b"a name"
    entry = StringStringEntryProto(key="k", value="v").SerializeToString()
    assert (parts(entry, 1), parts(entry, 2), parts(entry, 3)) == ([b"k"], [b"v"], [])


@pytest.mark.parametrize("message", [b"\x0a\x05abc", b"\x08", b"\x08" + b"\xff" * 11, b"\x0b"])
def test_damage_is_told(message: bytes) -> None:
    """A text or number that is cut off, one that is too long, an unknown kind of field."""
    with pytest.raises(ValueError, match=r"it is cut off|too long|of an unknown kind"):
        numbers(message)
