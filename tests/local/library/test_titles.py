"""Names are compared generously."""

from __future__ import annotations

import time

from tests.support.properties import given, st
from voiceshift.local.library.titles import close_titles, fit_title, normalise


@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    """Simplifying twice changes nothing more, and neither do spaces around."""
    assert normalise(f"  {normalise(name)} ") == normalise(name)


@given(st.text(alphabet="abcdefäöüéñçßİıſΣσς𝓐𝓪Ⅷⅷ"))  # noqa: RUF001 - letters that look alike
def test_case_does_not_matter(name: str) -> None:
    """Also for letters whose upper case is another letter, or two."""
    assert normalise(name.upper().lower()) == normalise(name.upper())


def test_the_nearest_of_many_titles_are_found_quickly() -> None:
    """A wrong title costs the service a moment, however many there are."""
    titles = [f"{number} songs of love and night" for number in range(20_000)]
    before = time.thread_time()
    assert "1234 songs of love and night" in close_titles("1234 sogns of love and night", titles)
    assert close_titles("x" * 100_000, titles) == []
    assert time.thread_time() - before < 1  # several, when all are compared letter by letter


@given(st.text())
def test_a_title_that_fits_can_be_sent(title: str) -> None:
    """In one line, which is not too long."""
    text = fit_title(title * 100)
    assert text.isprintable()
    assert len(text.encode()) < 1000
