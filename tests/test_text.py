"""Texts that others wrote."""

from __future__ import annotations

from tests.support.properties import given, st
from voiceshift.text import one_line


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    """Property: what breaks a line or steers a terminal is a space, all else as it was."""
    line = one_line(text)
    assert line.isprintable()
    assert len(line) == len(text)
    assert all(a == b for a, b in zip(text, line, strict=True) if a.isprintable())
