"""Words for people."""

from __future__ import annotations

from tests.support.properties import given, st
from voiceshift.util.text import format_names, one_line, quoted


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    """Property: what breaks a line or steers a terminal is a space, all else as it was."""
    line = one_line(text)
    assert line.isprintable()
    assert len(line) == len(text)
    assert all(a == b for a, b in zip(text, line, strict=True) if a.isprintable())


@given(st.text(alphabet=st.characters(), max_size=300))
def test_quoted_names_can_be_sent(name: str) -> None:
    """As one short line of printable text."""
    assert quoted(name).isprintable()
    quoted(name).encode()
    assert len(quoted(name)) < 1100


def test_long_lists_are_cut() -> None:
    """And say how much was left out."""
    assert format_names(map(str, range(10, 50))).endswith("'29', and 20 more")
