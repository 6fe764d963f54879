"""How good covers are, measured: ``python -m tests.benchmarks.cover_quality``.

The material is built from Debian packages of recordings and synthetic speakers, whose words, notes
and backings are known; none of it is in this repository. The page "How covers are made" of the
documentation says what is measured, what came out, and what it does not show. In this package::

    installed     programs and files of Debian packages, and a clear word where they are missing
    material      recorded and synthetic speakers, and backings, from Debian packages
    singing       speech made to sing a known melody
    mixes         singing over a backing
    covers        covers and separated vocals as samples
    listeners     who is it, what was said: networks that judge
    metrics       numbers out of samples, pitches and words
    ultrastar     the notes of real songs

and one module for each theme: ``separation``, ``conversion``, ``seams``, ``words``, ``whole``,
``moved``, ``resources`` (time, and length), ``files``, ``demo``, ``songs``. ``goals`` has what is
asked of a cover.
"""
