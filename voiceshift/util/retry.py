"""Trying again: after which failures, and how long to wait before it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceshift.errors import ConnectError

TRANSIENT_STATUSES = {408, 425, 429, 500, 502, 503, 504, *range(520, 531)}
"""HTTP statuses after which another attempt may succeed (RFC 9110, RFC 6585, RFC 8470), those from
520 when Cloudflare does not reach the server behind it."""

PERMANENT = (ValueError, TypeError, AttributeError, RuntimeError)
PERMANENT_ERRNOS = {errno.EAFNOSUPPORT, errno.EACCES, errno.EPERM, errno.EMFILE}
"""Causes that stay as they are."""


def backoff(failures: int, initial: float, maximum: float = float("inf")) -> float:
    """Seconds to wait after a number of failures in a row.

    Exponential, with jitter, so that a restarted service is not met by all its clients at once.

    Args:
        failures: How many there were, from 1.
        initial: Seconds to wait, at most, after the first; doubled after each further one.
        maximum: Seconds to wait, at most, after any.
    """
    import random  # not at the top: it takes longer to import than this whole module

    limit = min(initial * 2.0 ** (min(failures, 1000) - 1), maximum)
    return random.uniform(0.5, 1) * limit  # noqa: S311 - nothing secret


def is_transient(error: ConnectError) -> bool:
    """Whether another attempt to connect may succeed: a network or a service failed, nothing else.

    A certificate that is refused is a ValueError.
    """
    if error.status is not None:
        return error.status in TRANSIENT_STATUSES
    cause = error.__cause__
    return not (isinstance(cause, PERMANENT) or getattr(cause, "errno", None) in PERMANENT_ERRNOS)
