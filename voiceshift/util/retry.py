"""What HTTP statuses say about another attempt."""

from __future__ import annotations

__all__ = ["TRANSIENT_STATUSES"]

TRANSIENT_STATUSES = {408, 429, 500, 502, 503, 504}
"""After these another attempt may go better (RFC 9110, RFC 6585)."""
