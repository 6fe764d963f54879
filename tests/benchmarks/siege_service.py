"""The embedded service under siege, in a process of its own.

Its first line of output is its URL. For each line of its input it prints what it holds by then, and
how many sessions have failed; it ends with its input. With ``--echo`` its covers are a few bytes.
"""

from __future__ import annotations

import json
import logging
import sys
import threading

from attrs import asdict

from tests.benchmarks.soak import Usage
from tests.support.conversation import TOKEN
from tests.support.engines import EchoEngine
from voiceshift.local import Server


class Failures(logging.Handler):
    """Counts what the service logs as an error of its own.

    Attributes:
        count: So far.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record, and say what it is."""
        self.count += 1
        sys.stderr.write(f"{record.getMessage()}\n")


def main() -> None:
    """Serve until standard input ends."""
    failures = Failures()
    logging.getLogger("voiceshift").addHandler(failures)
    logging.getLogger("voiceshift").propagate = False
    threading.excepthook = lambda hook: failures.handle(
        logging.makeLogRecord({"msg": repr(hook.exc_value), "levelno": logging.ERROR})
    )
    engine = EchoEngine() if "--echo" in sys.argv else None
    with Server(TOKEN, engine=engine, auth_timeout=5, auth_delay=0.05) as server:
        report(server.uri)
        for _ in sys.stdin:
            report({"usage": asdict(Usage.now()), "failures": failures.count})


def report(value: object) -> None:
    """Print a line for whoever started this."""
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
