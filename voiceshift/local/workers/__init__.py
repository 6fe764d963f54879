"""Processes that call functions for others: a crash in a native library ends only the worker.

::

    pool    an executor of such processes
    worker  one of them: this side of the pipes, and what runs on the other
"""
