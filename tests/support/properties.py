"""Hypothesis, as all property tests use it: from here, so that it is set up when it is imported.

There is no limit on a single example, which a busy machine may slow down, and no examples are kept
on disk. They are the same in each run, so that a change is judged by what it changes; with
``--hypothesis-profile=search`` others in each run, to look for what nobody thought of.
"""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

__all__ = ["HealthCheck", "example", "given", "settings", "st"]

settings.register_profile("search", deadline=None, database=None)
settings.register_profile("repeat", deadline=None, database=None, derandomize=True)
settings.load_profile("repeat")
