"""Coverage-guided fuzzing of the reading of a stream.

::

    python -m tests.fuzz --seconds 30 --seed 1     # needs atheris
    python -m tests.fuzz crash-0123...             # an input that was found, once more

An input that breaks the client is written to the working directory, and the command fails. atheris
has no packages for Windows, nor for every Python: the tests try the same inputs, changed at random.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzz.seeds import CORPUS

LONGEST_INPUT = 4096
"""Bytes: beyond it nothing new happens, but slower."""

LONGEST_TRY = 10
"""Seconds after which an input counts as one that hangs."""


def main() -> None:
    """Read the command line and fuzz; does not return."""
    parser = argparse.ArgumentParser(description="Fuzz the reading of a service's bytes.")
    parser.add_argument("inputs", nargs="*", type=Path, help="only try these files, once")
    parser.add_argument("--seconds", type=int, default=30, help="how long (default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="of the random changes (default: 1)")
    options = parser.parse_args()
    if options.inputs:
        from tests.fuzz.target import check

        for path in options.inputs:
            check(path.read_bytes())
        return
    fuzz(options.seconds, options.seed)


def fuzz(seconds: int, seed: int) -> None:
    """Change the corpus for so long, keeping what reaches new code; ends the process."""
    try:
        import atheris
    except ImportError:
        sys.exit("coverage-guided fuzzing needs atheris: pip install atheris")
    with atheris.instrument_imports(include=["voiceshift", "websocket"]):
        from tests.fuzz.target import check
    corpus = ",".join(str(path) for path in sorted(CORPUS.iterdir()))
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-max_len={LONGEST_INPUT}",
            f"-timeout={LONGEST_TRY}",
            # Not a folder: the fuzzer would write what it keeps into it.
            f"-seed_inputs={corpus}",
        ],
        check,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
