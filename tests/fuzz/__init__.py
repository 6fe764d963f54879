"""Fuzzing of the way from the network's bytes to typed messages: ``python -m tests.fuzz``."""
