"""``python -m tests.benchmarks.rvc COMMAND``: the commands for voices of RVC."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tests.benchmarks.rvc import cost, cover, encoder, melody, parity, seams
from voiceshift.errors import VoiceShiftError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "parity": parity,
    "melody": melody,
    "seams": seams,
    "cost": cost,
    "cover": cover,
    "encoder": encoder,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked for: 0 where all is as it should be, 1 where not, 2 where it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.rvc", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        text = (module.__doc__ or "").partition("\n")[0]
        command = commands.add_parser(name, help=text, description=text)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    try:
        return 0 if options.run(options) else 1
    except VoiceShiftError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
