"""Processes that call functions for others: a crash in a native library ends only the worker.

::

    pool    an Executor of such processes
    worker  one of them, and what runs in it
"""
