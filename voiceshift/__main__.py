"""``python -m voiceshift``: the command."""

from __future__ import annotations

import sys

from voiceshift.cli import main

if __name__ == "__main__":
    sys.exit(main())
