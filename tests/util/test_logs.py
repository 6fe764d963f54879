"""Logging that never stops what is logged."""

from __future__ import annotations

import io
import logging
import sys
from typing import TYPE_CHECKING

import pytest

from voiceshift.util.logs import SafeLogger

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "voiceshift.a_test"


@pytest.fixture
def closed() -> Iterator[io.StringIO]:
    """A stream that is closed, to which a handler of the logger writes."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger(NAME).addHandler(handler)
    stream.close()
    yield stream
    logging.getLogger(NAME).removeHandler(handler)


def test_a_closed_stream_stops_nothing(
    closed: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where standard error is closed, too, the library's own logger raises."""
    logger = SafeLogger(NAME)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", closed)
        with pytest.raises(ValueError, match="closed"):
            logging.getLogger(NAME).warning("plain")
        logger.warning("a warning about %s", "a song")
        try:
            raise OSError
        except OSError:
            logger.exception("a failure")


def test_a_record_names_who_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Not the logger itself."""
    SafeLogger(NAME).warning("a warning about %s", "a song")
    (record,) = caplog.records
    assert (record.name, record.getMessage()) == (NAME, "a warning about a song")
    if sys.version_info >= (3, 11):
        assert record.funcName == "test_a_record_names_who_logged"
