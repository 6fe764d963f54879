"""Logging that never stops what is logged."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Subscripted only for type checkers: at run time it is no generic class on Python 3.10.
    Adapter = logging.LoggerAdapter[logging.Logger]
else:
    Adapter = logging.LoggerAdapter


class SafeLogger(Adapter):
    """A logger that passes over what its handlers raise.

    Where a record cannot be written, :mod:`logging` says so on standard error, and raises where
    that is closed.

    Args:
        name: That of the logger.
    """

    def __init__(self, name: str) -> None:
        super().__init__(logging.getLogger(name), {})

    def log(self, level: int, msg: object, *args: object, **options: Any) -> None:
        """Log a message."""
        with suppress(Exception):
            super().log(level, msg, *args, stacklevel=2, **options)
