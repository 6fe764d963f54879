"""The monotonic clock, also where a test has replaced that of the module ``time``.

freezegun and its like stop every clock of ``time``, in all modules that hold one. A service is not
stopped with them, so that limits which count on such a clock pass at once, or never.
"""

from __future__ import annotations

from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from time import monotonic
else:
    # A second `time`, made from the interpreter's own: nobody else has it to replace its
    # functions, not even if this module is imported while the first one's are replaced.
    time = module_from_spec(BuiltinImporter.find_spec("time"))
    BuiltinImporter.exec_module(time)
    monotonic = time.monotonic

__all__ = ["monotonic"]
