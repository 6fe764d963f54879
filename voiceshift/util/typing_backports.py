"""Names of ``typing`` that Python 3.10 lacks, for annotations that are looked up at runtime."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Union

if sys.version_info >= (3, 11):
    from typing import Self, Unpack
elif TYPE_CHECKING:
    from typing_extensions import Self, Unpack
else:
    Self, Unpack = Any, Union  # the union of one type is that type

__all__ = ["Self", "Unpack"]
