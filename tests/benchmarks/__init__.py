"""The measured claims about the client, runnable: ``python -m tests.benchmarks``.

The page "Performance" of the documentation says what is measured and what it does not show.
"""
