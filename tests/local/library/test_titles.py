"""Names are compared generously."""

from __future__ import annotations

from tests.support.properties import given, st
from voiceshift.local.library.titles import normalise


@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    """Simplifying twice changes nothing more, and neither do spaces around."""
    assert normalise(f"  {normalise(name)} ") == normalise(name)


@given(st.text(alphabet="abcdefäöüéñçßİıſΣσς𝓐𝓪Ⅷⅷ"))  # noqa: RUF001 - letters that look alike
def test_case_does_not_matter(name: str) -> None:
    """Also for letters whose upper case is another letter, or two."""
    assert normalise(name.upper().lower()) == normalise(name.upper())
