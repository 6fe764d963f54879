"""Names are compared generously and shown safely."""

from __future__ import annotations

from tests.support.properties import given, st
from voiceshift.local.library.titles import normalise
from voiceshift.util.text import listed, quoted


@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    """Simplifying twice changes nothing more, and neither do spaces around."""
    assert normalise(f"  {normalise(name)} ") == normalise(name)


@given(st.text(alphabet="abcdefäöüéñçßİıſΣσς𝓐𝓪Ⅷⅷ"))  # noqa: RUF001 - letters that look alike
def test_case_does_not_matter(name: str) -> None:
    """Also for letters whose upper case is another letter, or two."""
    assert normalise(name.upper().lower()) == normalise(name.upper())


@given(st.text(alphabet=st.characters(), max_size=300))
def test_quoted_names_can_be_sent(name: str) -> None:
    """As one short line of printable text."""
    assert quoted(name).isprintable()
    quoted(name).encode()
    assert len(quoted(name)) < 1100


def test_long_lists_are_cut() -> None:
    """And say how much was left out."""
    assert listed(map(str, range(10, 50))).endswith("'29', and 20 more")
